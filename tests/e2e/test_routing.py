"""What the configuration says of routing, heard on real phones."""

from __future__ import annotations

from acd.model import EndReason
from agent_softphone.remote_call import Call
from tests.support.installation import AgentDesk, Centre, Installation
from tests.support.wait import until


async def _waiting(centre: Centre, number: str, caller: str = "13800000001") -> tuple[Call, str]:
    known = {e.contact_id for e in centre.events if e.type == "contact.queued"}
    call = await centre.call(number, caller=caller)

    def look() -> str | None:
        new = {e.contact_id for e in centre.events if e.type == "contact.queued"} - known
        return new.pop() if new else None

    return call, await until(look, 15, "a queued contact")


async def _served(centre: Centre, desk: AgentDesk, contact_id: str, caller: Call) -> None:
    """The next call of the agent is this contact; they talk and part."""
    ringing = await desk.phone.next_incoming()
    await ringing.answer()
    await centre.wait_state(contact_id, "connected")
    await caller.hangup()
    await ringing.wait_state("disconnected")


async def test_vip_before_others(installation: Installation) -> None:
    centre = await installation()
    first, first_id = await _waiting(centre, "4000", "13800000001")
    vip, vip_id = await _waiting(centre, "4002", "13800000002")
    alice = await centre.agent("alice")
    await _served(centre, alice, vip_id, vip)
    await _served(centre, alice, first_id, first)


async def test_an_expression_and_its_relaxation(installation: Installation) -> None:
    """Bob is not of the team; after three seconds that is not asked any more."""
    centre = await installation(
        {
            "queues.support.requires": 'loans >= 8 or agent.team == "north"',
            "queues.support.relax": "[{after_seconds: 3, drop: [loans]}]",
        }
    )
    # Somebody who fits is logged in, so that the step is not passed over.
    await centre.agent("alice", ready=False)
    bob = await centre.agent("bob")
    call, contact_id = await _waiting(centre, "4000")
    ringing = await bob.phone.next_incoming()
    event = await centre.wait_event("contact.offered", contact=contact_id)
    queued = await centre.wait_event("contact.queued", contact=contact_id)
    assert 2.9 < (event.at - queued.at).total_seconds() < 6
    assert event.data["why"]["step"] == 1
    await ringing.answer()
    await centre.wait_state(contact_id, "connected")
    await call.hangup()


async def test_the_last_agent_first(installation: Installation) -> None:
    centre = await installation({"queues.support.last_agent_seconds": "60"})
    bob = await centre.agent("bob")
    call, contact_id = await _waiting(centre, "4000", "13800000007")
    await _served(centre, bob, contact_id, call)
    await centre.record(contact_id)
    alice = await centre.agent("alice")
    await centre.server.router.set_not_ready("bob", "break")
    await centre.server.router.set_ready("bob")  # idle for less long than alice now
    other, other_id = await _waiting(centre, "4000", "13800000008")
    await _served(centre, alice, other_id, other)
    await centre.record(other_id)
    await centre.server.router.set_not_ready("bob", "break")
    await centre.server.router.set_ready("bob")
    again, again_id = await _waiting(centre, "4000", "13800000007")
    await _served(centre, bob, again_id, again)


async def test_too_long_leads_to_a_message(installation: Installation) -> None:
    """Out of the queue by the router, into a flow, and away for the right reason."""
    centre = await installation(
        {
            "queues.support.overflow.after_seconds": "2",
            "queues.support.overflow.after": "message:beep",
        }
    )
    call, contact_id = await _waiting(centre, "4000")
    await call.wait_state("disconnected", 15)
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.OVERFLOWED
    assert record.contact.attributes["ivr_path"] == ["wait", "start"]
