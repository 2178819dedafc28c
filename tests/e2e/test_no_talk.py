"""A phone that answers and is gone, or sends no sound, has not talked with the customer."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from acd.records.queries import ContactRecord
from tests.support.installation import Centre, Installation
from tests.support.raw_phone import RawPhone
from tests.support.talk import answer, hears_music, talking


def _rings(record: ContactRecord) -> list[tuple[str | None, str | None]]:
    return [(s.agent_id, s.outcome) for s in record.segments if s.kind == SegmentKind.RING]


def _raw(centre: Centre, extension: str) -> RawPhone:
    password = centre.asterisk.phone_password(extension)
    return RawPhone.at(centre.asterisk.sip_port, extension, password)


async def test_a_phone_that_hangs_up_at_once(installation: Installation) -> None:
    """Whenever within the moment it does: the caller waits on at the old place and age, the
    next agent talks with them, and the phone gets no further customer."""
    centre = await installation({"phones.least_talk_seconds": "1.5"})
    async with _raw(centre, "6001") as phone:
        assert await phone.register() == 200
        await centre.server.router.log_in("alice", ready=True)
        for after in (0.0, 0.01, 0.05, 0.3):
            call = await centre.call("4000")
            ringing = await phone.next_call()
            contact = await centre.the_contact()
            ringing.answer()
            await asyncio.wait_for(ringing.confirmed.wait(), 10)  # no BYE before (RFC 3261, 15)
            await asyncio.sleep(after)
            ringing.bye()
            agent = await centre.wait_agent("alice", AgentState.NOT_READY)
            assert agent.reason in ("hung_up_at_once", "hung_up_early")
            now = await centre.the_contact()
            assert (now.id, now.state) == (contact.id, ContactState.QUEUED)
            assert (now.enqueued_at, now.rank) == (contact.enqueued_at, contact.rank)
            await hears_music(call)
            if "bob" not in centre.agents:
                await centre.agent("bob", ready=False)
            await centre.server.router.set_ready("bob")
            talk = await answer(centre, centre.agents["bob"], call)
            await call.hangup()
            await talk.over()
            await centre.wait_agent("bob", AgentState.READY)
            await centre.server.router.set_not_ready("bob", "break")
            record = await centre.record(contact.id)
            assert _rings(record) == [("alice", agent.reason), ("bob", "answered")]
            assert record.contact.first_agent_id == "bob"
            assert [s.agent_id for s in record.segments if s.kind == SegmentKind.TALK] == ["bob"]
            stays = [s.outcome for s in record.segments if s.kind == SegmentKind.QUEUE]
            assert stays == ["answered"]
            await centre.server.router.set_ready("alice")


async def test_a_short_talk_is_a_talk(installation: Installation) -> None:
    centre = await installation({"phones.least_talk_seconds": "0.2"})
    talk = await talking(centre, "alice")
    await asyncio.sleep(0.3)
    await talk.agent.hangup()
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP


async def test_a_caller_who_hangs_up_at_once_is_gone(installation: Installation) -> None:
    centre = await installation({"phones.least_talk_seconds": "5"})
    talk = await talking(centre, "alice")
    await talk.caller.hangup()
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    await centre.wait_agent("alice", AgentState.READY)


async def test_an_agent_who_ends_the_call_at_their_desk_means_it(
    installation: Installation,
) -> None:
    centre = await installation({"phones.least_talk_seconds": "5"})
    talk = await talking(centre, "alice")
    await centre.server.router.end(talk.contact_id)
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP


async def test_a_phone_without_sound(installation: Installation) -> None:
    centre = await installation({"phones.no_sound_seconds": "1"})
    async with _raw(centre, "6001") as phone:
        assert await phone.register() == 200
        await centre.server.router.log_in("alice", ready=True)
        call = await centre.call("4000")
        ringing = await phone.next_call()
        contact = await centre.the_contact()
        ringing.answer()
        await centre.wait_state(contact.id, "connected")
        agent = await centre.wait_agent("alice", AgentState.NOT_READY)
        assert agent.reason == "no_sound"
        await asyncio.wait_for(ringing.ended.wait(), 10)
        talk = await answer(centre, await centre.agent("bob"), call)
        await call.hangup()
        await talk.over()
        record = await centre.record(contact.id)
        assert _rings(record) == [("alice", "no_sound"), ("bob", "answered")]


@pytest.mark.parametrize("sends", ["comfort noise", "reports", "hold"])
async def test_a_phone_that_suppresses_silence_is_not_punished(
    installation: Installation, sends: str
) -> None:
    """One packet of comfort noise, or one report, is enough; who holds need send nothing."""
    centre = await installation({"phones.no_sound_seconds": "1"})
    async with _raw(centre, "6001") as phone:
        assert await phone.register() == 200
        await centre.server.router.log_in("alice", ready=True)
        call = await centre.call("4000")
        ringing = await phone.next_call()
        contact = await centre.contact_of("alice")
        ringing.answer()
        await centre.wait_state(contact, "connected")
        if sends == "hold":
            ringing.hold()
            await centre.wait_state(contact, "held")
        else:
            ringing.send_rtp(payload=13, rtcp=sends == "reports")
        leg = centre.server.legs.agent(contact)
        assert leg is not None
        async with asyncio.timeout(10):
            while not leg.was_checked:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # what the look found would have had its effect by now
        assert (await centre.the_contact()).agent_id == "alice"
        await call.hangup()
        await asyncio.wait_for(ringing.ended.wait(), 10)
