"""Phones show with whom they talk: consulted colleagues, transferees, supervisors."""

from __future__ import annotations

import asyncio

from acd.driver import PartyMode
from sip.voice.desk import Target
from tests.support.installation import Centre, Installation
from tests.support.raw_phone import RawCall, RawPhone
from tests.support.talk import AGENT_HZ, CALLER, CALLER_HZ, THIRD_HZ, hears, talking
from tests.support.wait import until


def _raw(centre: Centre, extension: str) -> RawPhone:
    password = centre.asterisk.phone_password(extension)
    return RawPhone.at(centre.asterisk.sip_port, extension, password)


async def _shows(call: RawCall, number: str, name: str = "") -> None:
    """Wait until the last identity that the phone was told is this one."""

    def look() -> bool:
        told = [m.get("p-asserted-identity") for m in call.updates]
        last = [one for one in told if one][-1:]
        return any(f"sip:{number}@" in one and name in one for one in last)

    await until(look, 15, f"the phone to show {number}: {[m.line for m in call.updates]}")


async def test_a_consulted_colleague_sees_the_agent_then_the_customer(
    installation: Installation,
) -> None:
    centre = await installation({"phones.no_sound_seconds": "0"})
    async with _raw(centre, "6001") as first, _raw(centre, "6002") as second:
        assert (await first.register(), await second.register()) == (200, 200)
        await centre.server.router.log_in("alice", ready=True)
        await centre.server.router.log_in("bob", ready=False)
        caller = await centre.call("4000")
        alice = await first.next_call()
        assert f"sip:{CALLER}@" in alice.invite.get("from")
        alice.answer()
        contact = await centre.contact_of("alice")
        await centre.wait_state(contact, "connected")
        await centre.server.desk.consult(contact, Target(agent_id="bob"))
        bob = await second.next_call()
        assert "sip:6001@" in bob.invite.get("from")
        assert "Alice" in bob.invite.get("from")
        bob.answer()
        await _shows(alice, "6002", "Bob")
        await centre.server.desk.consult_complete(contact)
        await _shows(bob, CALLER)
        assert not any("anonymous" in str(m.headers).lower() for m in bob.updates)
        await caller.hangup()
        await asyncio.wait_for(bob.ended.wait(), 15)


async def test_who_takes_the_customer_back_sees_them_again(installation: Installation) -> None:
    centre = await installation({"phones.no_sound_seconds": "0"})
    bob = await centre.agent("bob", ready=False)
    async with _raw(centre, "6001") as first:
        assert await first.register() == 200
        await centre.server.router.log_in("alice", ready=True)
        caller = await centre.call("4000")
        alice = await first.next_call()
        alice.answer()
        contact = await centre.contact_of("alice")
        await centre.wait_state(contact, "connected")
        await centre.server.desk.consult(contact, Target(agent_id="bob"))
        asked = await bob.phone.next_incoming()
        assert (asked.from_user, asked.from_name) == ("6001", "Alice")
        await asked.answer()
        await _shows(alice, "6002", "Bob")
        await centre.server.desk.consult_cancel(contact)
        await asked.wait_state("disconnected")
        await centre.wait_event("contact.consult_ended", contact=contact)
        await centre.server.router.resume(contact)
        await _shows(alice, CALLER)
        await caller.hangup()
        await asyncio.wait_for(alice.ended.wait(), 15)


async def test_a_supervisor_sees_and_hears_whom_they_listen_to(
    installation: Installation,
) -> None:
    """Also during a consultation: both of those who talk then are heard."""
    centre = await installation()
    talk = await talking(centre, "alice")
    sue = await centre.agent("sue", ready=False)
    await centre.server.desk.supervise(talk.contact_id, "sue", PartyMode.LISTEN)
    listens = await sue.phone.next_incoming()
    assert (listens.from_user, listens.from_name) == ("6001", f"Alice / {CALLER}")
    await listens.answer()
    await hears(listens, CALLER_HZ)
    bob = await centre.agent("bob", ready=False)
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    asked = await bob.phone.next_incoming()
    await asked.answer()
    await asked.tone(THIRD_HZ)
    await hears(talk.agent, THIRD_HZ)
    await hears(listens, THIRD_HZ, but_not=(CALLER_HZ,))
    await hears(listens, AGENT_HZ)
    await listens.hangup()
    # Who begins to listen in the middle of it hears both too.
    await centre.server.desk.supervise(talk.contact_id, "sue", PartyMode.LISTEN)
    again = await sue.phone.next_incoming()
    await again.answer()
    await hears(again, THIRD_HZ, but_not=(CALLER_HZ,))
    await hears(again, AGENT_HZ)
    await centre.server.desk.consult_complete(talk.contact_id)
    await talk.agent.wait_state("disconnected")
    await talk.caller.hangup()
    await asked.wait_state("disconnected")
