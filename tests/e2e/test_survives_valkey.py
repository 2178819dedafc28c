"""The Redis-protocol server is killed; it comes back with its data."""

from __future__ import annotations

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from tests.support.app_process import Killable


async def test_nothing_that_waits_is_lost(killable: Killable) -> None:
    centre = await killable()
    call = await centre.call("4000")
    before = await centre.wait_contact(ContactState.QUEUED)
    await centre.valkey.kill()
    await centre.valkey.start()
    after = await centre.wait_contact(ContactState.QUEUED)
    assert (after.id, after.enqueued_at) == (before.id, before.enqueued_at)
    agent = await centre.agent("alice")
    incoming = await agent.phone.next_incoming(20)
    await incoming.answer()
    await call.tone(440)
    await incoming.hear_tone(440)


async def test_what_happens_while_it_is_away_is_not_forgotten(killable: Killable) -> None:
    centre = await killable()
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    await centre.valkey.kill()
    await call.hangup()
    await incoming.wait_state("disconnected")
    await centre.valkey.start()
    record = await centre.record(contact_id)
    assert record.contact.end_reason == "customer_hung_up"
    await centre.wait_agent("alice", AgentState.READY)
