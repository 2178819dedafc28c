"""Blind transfer: to a queue, to an agent. To a number outside: test_transfer_out.py."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.errors import AgentNotReady, UnknownQueue
from acd.model import EndReason, SegmentKind
from tests.support.installation import Installation
from tests.support.talk import answer, hears_music, talking


async def test_to_a_queue(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "bob")
    age = (await centre.the_contact()).enqueued_at
    with pytest.raises(UnknownQueue):
        await centre.server.router.transfer_to_queue(talk.contact_id, "nowhere")
    await centre.server.router.transfer_to_queue(talk.contact_id, "loans")
    await talk.agent.wait_state("disconnected")
    await hears_music(talk.caller)
    contact = await centre.wait_state(talk.contact_id, "queued")
    assert (contact.enqueued_at, contact.queue, contact.agent_id) == (age, "loans", None)
    await centre.wait_agent("bob", AgentState.READY)
    carol = await centre.agent("carol")
    second = await answer(centre, carol, talk.caller)
    assert second.contact_id == talk.contact_id
    await talk.caller.hangup()
    await second.over()
    await centre.wait_agent("carol", AgentState.WRAP_UP)
    await centre.server.router.wrap_up_done("carol")
    record = await centre.record(talk.contact_id)
    assert [(s.kind, s.agent_id) for s in record.segments if s.kind == SegmentKind.TALK] == [
        (SegmentKind.TALK, "bob"),
        (SegmentKind.TALK, "carol"),
    ]
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP


async def test_to_an_agent(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30"})
    talk = await talking(centre, "alice")
    with pytest.raises(AgentNotReady):
        await centre.server.router.transfer_to_agent(talk.contact_id, "bob")
    await talk.both_hear()  # nothing has happened to them
    bob, carol = await centre.agent("bob"), await centre.agent("carol")
    age = (await centre.the_contact()).enqueued_at
    await centre.server.router.transfer_to_agent(talk.contact_id, "carol")
    second = await answer(centre, carol, talk.caller)
    await talk.agent.wait_state("disconnected")
    assert (await centre.the_contact()).enqueued_at == age
    assert (await centre.agent_state("alice")).state is AgentState.WRAP_UP
    assert not bob.phone.calls
    await second.agent.hangup()
    await second.over()
    for agent in ("alice", "carol"):
        await centre.wait_agent(agent, AgentState.WRAP_UP)
        await centre.server.router.wrap_up_done(agent)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP


async def test_to_an_agent_whose_phone_is_busy(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.router.set_not_ready("alice", "break")
    bob = await centre.agent("bob")
    await centre.server.router.transfer_to_agent(talk.contact_id, "bob")
    ringing = await bob.phone.next_incoming()
    await ringing.reject(486)
    bob_now = await centre.wait_agent("bob", AgentState.NOT_READY)
    assert bob_now.reason == "device_busy"
    await centre.wait_state(talk.contact_id, "queued")
    await hears_music(talk.caller)
    await centre.server.router.set_ready("alice")
    again = await answer(centre, talk.desk, talk.caller)
    assert again.contact_id == talk.contact_id
    await talk.caller.hangup()
