"""A caller dials, waits, talks to an agent with audio both ways, and leaves a record."""

from __future__ import annotations

from acd.agent_states import AgentState
from acd.model import EndReason, SegmentKind
from tests.support.installation import Installation


async def test_a_call_is_answered_heard_and_ended(installation: Installation) -> None:
    centre = await installation()
    agent = await centre.agent("alice")
    call = await centre.call("4000")
    ringing = await agent.phone.next_incoming()
    await ringing.answer()
    await call.tone(440)
    await ringing.tone(880)
    await ringing.hear_tone(440)
    await call.hear_tone(880)
    contact = await centre.the_contact()
    assert contact.agent_id == "alice"
    await call.hangup()
    await ringing.wait_state("disconnected")
    await centre.wait_event("contact.ended", contact=contact.id)
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(contact.id)
    assert [segment.kind for segment in record.segments] == [
        SegmentKind.IVR,
        SegmentKind.QUEUE,
        SegmentKind.RING,
        SegmentKind.TALK,
    ]
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
