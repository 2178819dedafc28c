"""Agents' own calls while the app is away."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason
from tests.support.app_process import Killable
from tests.support.carrier import Carrier
from tests.support.talk import AGENT_HZ, THIRD_HZ, hears
from tests.support.wait import until

NUMBER = "95551234"


@pytest.mark.parametrize("answered", ["before", "while it is away", "afterwards"])
async def test_killed_during_a_call_out(
    killable: Killable, carrier: Carrier, answered: str
) -> None:
    centre = await killable({"own_calls.wrap_up_seconds": "0", **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    call = await alice.phone.call(NUMBER)
    outside = await carrier.phone.next_incoming()

    async def talk() -> None:
        await outside.answer()
        await asyncio.gather(call.tone(AGENT_HZ), outside.tone(THIRD_HZ))
        await asyncio.gather(hears(call, THIRD_HZ), hears(outside, AGENT_HZ))

    contact = await centre.wait_contact(ContactState.DIALLING)
    if answered == "before":
        await talk()
        await centre.wait_contact(ContactState.CONNECTED)
    await centre.kill_app()
    if answered == "while it is away":
        await talk()
    await centre.start_app()
    if answered == "afterwards":
        await talk()
    now = await centre.wait_contact(ContactState.CONNECTED)
    assert now.id == contact.id
    await asyncio.gather(hears(call, THIRD_HZ), hears(outside, AGENT_HZ))
    await centre.api("POST", f"/api/contacts/{contact.id}/hold")
    await centre.wait_contact(ContactState.HELD)
    await centre.api("POST", f"/api/contacts/{contact.id}/resume")
    await asyncio.gather(hears(call, THIRD_HZ), hears(outside, AGENT_HZ))
    await call.hangup()
    await outside.wait_state("disconnected")
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP


@pytest.mark.parametrize("answered", ["while it is away", "afterwards"])
async def test_begun_without_the_app(killable: Killable, answered: str) -> None:
    """The dialplan puts colleagues through by itself; the app takes the call over."""
    centre = await killable({"own_calls.ring_seconds": "120"})
    alice, bob = await centre.agent("alice"), await centre.agent("bob")
    await centre.kill_app()
    call = await alice.phone.call("6002")
    incoming = await bob.phone.next_incoming()

    async def talk() -> None:
        await incoming.answer()
        await asyncio.gather(call.tone(AGENT_HZ), incoming.tone(THIRD_HZ))
        await asyncio.gather(hears(call, THIRD_HZ), hears(incoming, AGENT_HZ))

    if answered == "while it is away":
        await talk()
    await centre.start_app()
    if answered == "afterwards":
        await centre.wait_contact(ContactState.DIALLING)
        await talk()
    contact = await centre.wait_contact(ContactState.CONNECTED)
    assert (contact.direction, contact.agent_id, contact.peer_agent_id) == (
        "internal", "alice", "bob",
    )  # fmt: skip

    async def busy() -> bool:
        agents = {agent.id: agent for agent in await centre.store.agents()}
        return all(agents[id_].state is AgentState.BUSY for id_ in ("alice", "bob"))

    await until(busy, 10, "busy agents")
    await incoming.hangup()
    await call.wait_state("disconnected")
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
