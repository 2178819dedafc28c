"""A phone that dies on a call, without session timers: nobody is kept for ever."""

from __future__ import annotations

import os
import signal

import pytest

from acd.agent_states import AgentState
from acd.model import EndReason, SegmentKind
from tests.support.installation import Installation
from tests.support.talk import answer, talking
from tests.support.wait import until


@pytest.mark.parametrize("while_", ["holds", "is held", "talks"])
async def test_a_phone_that_stops_gives_the_customer_back(
    installation: Installation, while_: str
) -> None:
    """It is stopped (SIGSTOP), as one whose network is gone: the customer goes back to the
    queue at the old age, another agent takes them, and the phone is out of routing until it
    is there again."""
    centre = await installation({"sip.qualify_seconds": "1", "phones.lost_seconds": "2"})
    centre.expected_errors.add("trunk.changed")  # nobody is at the carrier's
    talk = await talking(centre, "alice")
    if while_ == "holds":
        await talk.agent.hold()
        await centre.wait_state(talk.contact_id, "held")
    elif while_ == "is held":
        await centre.server.router.hold(talk.contact_id)
    before = await centre.the_contact()
    bob = await centre.agent("bob")
    os.kill(talk.desk.phone.pid, signal.SIGSTOP)
    try:
        again = await answer(centre, bob, talk.caller)
        contact = await centre.the_contact()
        assert (contact.id, contact.enqueued_at) == (before.id, before.enqueued_at)
        alice = await centre.agent_state("alice")
        assert (alice.state, alice.reason) == (AgentState.NOT_READY, "device_unreachable")
    finally:
        os.kill(talk.desk.phone.pid, signal.SIGCONT)
    await centre.wait_agent("alice", AgentState.READY, 30)
    await again.caller.hangup()
    await again.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    parts = [(s.kind, s.agent_id, s.outcome) for s in record.segments]
    last = SegmentKind.TALK if while_ == "talks" else SegmentKind.HOLD
    assert (last, "alice", "device_unreachable") in parts
    assert (SegmentKind.TALK, "bob", None) in parts


async def test_a_phone_that_does_not_respond_but_talks_is_left_alone(
    installation: Installation,
) -> None:
    """Its registration is gone, its sound is not."""
    centre = await installation({"phones.lost_seconds": "1"})
    talk = await talking(centre, "alice")
    await talk.desk.account.unregister()

    async def gone() -> bool:
        return (await centre.agent_state("alice")).next_reason == "device_unregistered"

    await until(gone, 15, "the phone to be missed")
    for _ in range(4):  # looks at it
        await talk.both_hear()
        assert not [e for e in centre.events if e.data.get("lost")]
    await talk.agent.hangup()
    await talk.over()


async def test_a_phone_nobody_asks_has_a_bound_on_hold(installation: Installation) -> None:
    """Without OPTIONS and session timers Asterisk itself gives it up."""
    centre = await installation({"sip.qualify_seconds": "0", "sip.rtp_timeout_hold_seconds": "2"})
    talk = await talking(centre, "alice")
    await talk.agent.hold()
    await centre.wait_state(talk.contact_id, "held")
    await talk.desk.phone.kill()
    await talk.caller.wait_state("disconnected", timeout=20)
    await centre.wait_event("contact.ended", contact=talk.contact_id)
    await centre.server.router.set_not_ready("alice", "phone_broken")
