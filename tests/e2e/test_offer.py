"""A contact is offered: what agents, their phones and callers do with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from agent_softphone.phone_errors import PhoneRefused
from tests.support.installation import Centre, Installation
from tests.support.talk import answer, hears_music, talking


async def _ring_outcomes(centre: Centre, contact_id: str) -> list[tuple[str | None, str | None]]:
    record = await centre.record(contact_id)
    return [(s.agent_id, s.outcome) for s in record.segments if s.kind == SegmentKind.RING]


async def test_nobody_answers(installation: Installation) -> None:
    """RONA: not ready, the caller keeps place and age, the next agent is rung."""
    centre = await installation({"queues.support.ring_seconds": "3"})
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    contact = await centre.the_contact()
    bob = await centre.agent("bob")
    agent = await centre.wait_agent("alice", AgentState.NOT_READY)
    assert agent.reason == "rona"
    await ringing.wait_state("disconnected")
    talk = await answer(centre, bob, call)
    now = await centre.the_contact()
    assert (now.id, now.enqueued_at) == (contact.id, contact.enqueued_at)
    await talk.agent.hangup()
    await talk.over()
    assert await _ring_outcomes(centre, contact.id) == [("alice", "rona"), ("bob", "answered")]


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (486, "busy", "device_busy"),
        (600, "busy", "device_busy"),
        (480, "unavailable", "device_unavailable"),  # what phones on do-not-disturb send
        (603, "rejected", "rejected"),
        (503, "unreachable", "device_unreachable"),
    ],
)
async def test_the_agents_phone_refuses(
    installation: Installation, code: int, outcome: str, reason: str
) -> None:
    """Each refusal has an outcome and a reason of its own, and none is RONA."""
    centre = await installation()
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    await (await alice.phone.next_incoming()).reject(code)
    agent = await centre.wait_agent("alice", AgentState.NOT_READY)
    assert agent.reason == reason
    assert not [event for event in centre.events if event.type == "agent.rona"]
    await hears_music(call)
    await centre.server.router.set_ready("alice")
    talk = await answer(centre, alice, call)
    await call.hangup()
    await talk.over()
    assert await _ring_outcomes(centre, talk.contact_id) == [
        ("alice", outcome),
        ("alice", "answered"),
    ]


async def test_a_phone_that_is_not_registered(installation: Installation) -> None:
    centre = await installation({"phones.ready_without_phone": "allow"})
    await centre.agent("alice", register=False)
    call = await centre.call("4000")
    agent = await centre.wait_agent("alice", AgentState.NOT_READY)
    assert agent.reason == "device_unregistered"
    contact = await centre.the_contact()
    assert contact.state is ContactState.QUEUED
    talk = await answer(centre, await centre.agent("bob"), call)
    await call.hangup()
    await talk.over()
    assert await _ring_outcomes(centre, contact.id) == [
        ("alice", "unregistered"),
        ("bob", "answered"),
    ]


async def test_a_phone_that_dies_while_it_rings(installation: Installation) -> None:
    centre = await installation({"queues.support.ring_seconds": "3"})
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    await alice.phone.next_incoming()
    bob = await centre.agent("bob")
    await alice.phone.kill()
    await centre.wait_agent("alice", AgentState.NOT_READY)
    talk = await answer(centre, bob, call)
    await call.hangup()
    await talk.over()


async def test_a_phone_that_dies_in_mid_call(installation: Installation) -> None:
    centre = await installation({"sip.rtp_timeout_seconds": "2"})
    talk = await talking(centre, "alice")
    await talk.desk.phone.kill()
    await talk.caller.wait_state("disconnected", timeout=15)
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    await centre.server.router.set_not_ready("alice", "phone_broken")


async def test_the_caller_leaves_while_it_rings(installation: Installation) -> None:
    centre = await installation()
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    idle_since = (await centre.agent_state("alice")).idle_since
    contact = await centre.the_contact()
    left = await call.hangup()
    await ringing.wait_state("disconnected")
    assert ringing.at["disconnected"] - left < 1.0
    agent = await centre.wait_agent("alice", AgentState.READY)
    assert agent.idle_since == idle_since  # keeps the place among the idle
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_QUEUE
    assert await _ring_outcomes(centre, contact.id) == [("alice", "rescinded")]


@pytest.mark.parametrize("how", ["log out", "not ready"])
async def test_the_agent_leaves_while_it_rings(installation: Installation, how: str) -> None:
    centre = await installation()
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    bob = await centre.agent("bob")
    if how == "log out":
        await centre.server.router.log_out("alice")
    else:
        await centre.server.router.set_not_ready("alice", "break")
    await ringing.wait_state("disconnected")
    talk = await answer(centre, bob, call)
    agent = await centre.agent_state("alice")
    assert agent.state is (AgentState.LOGGED_OUT if how == "log out" else AgentState.NOT_READY)
    await call.hangup()
    await talk.over()
    assert (await _ring_outcomes(centre, talk.contact_id))[0] == ("alice", "agent_left")


async def test_an_answer_at_the_moment_of_the_callers_hang_up(installation: Installation) -> None:
    """Whoever wins, both are free afterwards, and the agent is not blamed."""
    centre = await installation()
    alice = await centre.agent("alice")
    reasons = {EndReason.ABANDONED_IN_QUEUE.value, EndReason.CUSTOMER_HUNG_UP.value}
    for turn in range(8):
        call = await centre.call("4000")
        ringing = await alice.phone.next_incoming()
        contact = await centre.contact_of("alice")
        with suppress(PhoneRefused):  # its call was over before it could answer
            if turn % 2:
                await asyncio.gather(ringing.answer(), call.hangup())
            else:
                await asyncio.gather(call.hangup(), ringing.answer())
        await ringing.wait_state("disconnected")
        await centre.wait_event("contact.ended", contact=contact)
        await centre.wait_agent("alice", AgentState.READY)
        record = await centre.record(contact)
        assert record.contact.end_reason in reasons


async def test_an_agent_who_answers_and_hangs_up_at_once(installation: Installation) -> None:
    centre = await installation()
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    contact = await centre.contact_of("alice")
    await asyncio.gather(ringing.answer(), ringing.wait_state("confirmed"))
    await ringing.hangup()
    await ringing.wait_state("disconnected")

    # Joined before: over. Not joined yet: the customer waits on, the agent is asked first.
    state = await centre.wait_agent_not("alice", AgentState.OFFERED, AgentState.BUSY)
    if state.state is AgentState.READY:
        await call.wait_state("disconnected")
        record = await centre.record(contact)
        assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    else:
        assert state.reason == "hung_up_early"
        await hears_music(call)
        await call.hangup()
