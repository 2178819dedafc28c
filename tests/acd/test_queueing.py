"""Entering a queue, who is served first, RONA, full queues, ends of each kind."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.errors import ContactNotFound, QueueFull, UnknownQueue
from acd.model import EndReason, Medium, SegmentKind
from core.errors import BadInput
from tests.support.routing import House


async def test_order_is_by_priority_then_age_across_queues(house: House) -> None:
    old_support = await house.customer("support")
    house.clock.advance(1)
    sales = await house.customer("sales")
    house.clock.advance(1)
    urgent = await house.customer("support", priority=5)
    served = []
    await house.ready("anna")
    for _ in range(3):
        offer = await house.medium.rings("anna")
        served.append(offer.contact_id)
        await house.medium.customer_hangs_up(offer.contact_id)
        await house.medium.until(lambda: house.medium.ringing.get("anna") is not offer)  # noqa: B023
    assert served == [urgent, old_support, sales]


async def test_the_longest_idle_agent_is_rung(house: House) -> None:
    await house.ready("bo", "anna")
    await house.customer("sales")
    await house.medium.rings("bo")


async def test_only_agents_with_the_skills_are_rung(house: House) -> None:
    await house.ready("anna", "chen")
    chinese = await house.customer("support", skills={"language.zh": 5})
    plain = await house.customer("support")
    assert (await house.medium.rings("chen")).contact_id == chinese
    assert (await house.medium.rings("anna")).contact_id == plain
    contact = await house.contact(chinese)
    assert contact.skills == {"support": 1, "language.zh": 5}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("timed_out", "rona"), ("rejected", "rejected"), ("busy", "device_busy"),
        ("unavailable", "device_unavailable"), ("unregistered", "device_unregistered"),
        ("unreachable", "device_unreachable"), ("redirected", "redirected"),
    ],
)  # fmt: skip
async def test_not_answered(house: House, outcome: str, reason: str) -> None:
    """The agent becomes not ready with a reason that says why, the caller keeps the place."""
    await house.ready("anna", "bo")
    contact_id = await house.customer("sales")
    entered = (await house.contact(contact_id)).enqueued_at
    house.clock.advance(3)
    later = await house.customer("sales")
    await house.medium.rings("anna")
    await house.medium.rings("bo")
    house.clock.advance(4)
    await house.medium.does_not_answer("anna", outcome)
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, reason)
    assert bool(house.told("agent.rona")) == (reason == "rona")
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.QUEUED
    assert contact.enqueued_at == entered
    assert await house.router.position(contact_id) == 1
    await house.medium.customer_hangs_up(later)
    await house.medium.rings("bo", contact_id)
    rings = [s for s in (await house.contact(contact_id)).segments if s.kind is SegmentKind.RING]
    shown = "rona" if outcome == "timed_out" else outcome
    assert [(s.agent_id, s.outcome) for s in rings] == [("anna", shown), ("bo", None)]


async def test_the_deadline_alone_is_rona_and_the_phone_stops(house: House) -> None:
    """The medium need not report anything: the offer is a lease."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    assert (offer.deadline - offer.created_at).total_seconds() == 20
    await house.timers.advance(19.9)
    assert (await house.contact(contact_id)).state is ContactState.OFFERED
    await house.timers.advance(0.1)
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "rona")
    await house.medium.until(lambda: "anna" not in house.medium.ringing)


async def test_an_unreachable_phone_is_passed_over_at_once(house: House) -> None:
    house.medium.unreachable.add("6001")
    await house.ready("anna", "bo")
    contact_id = await house.customer("sales")
    assert (await house.medium.rings("bo")).contact_id == contact_id
    assert (await house.agent("anna")).reason == "device_unreachable"


async def test_a_medium_that_is_down_blames_no_agent(house: House) -> None:
    house.medium.down = True
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.contact_is(contact_id, ContactState.OFFERED)
    await house.contact_is(contact_id, ContactState.QUEUED)
    assert (await house.agent("anna")).state is AgentState.READY
    await house.quiet()
    assert house.medium.count("ring") == 1  # and it is not hammered
    house.medium.down = False
    await house.timers.advance(1)
    assert (await house.medium.rings("anna")).contact_id == contact_id


async def test_a_failed_ring_does_not_undo_what_the_medium_suspended(house: House) -> None:
    """Nobody is offered, however often the ring's own pause is over, until the medium
    itself says that it works."""
    house.medium.ring_gate = asyncio.Event()
    house.medium.down = True
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.medium.until(lambda: house.medium.count("ring") == 1)
    house.router.suspend(Medium.VOICE)
    house.medium.ring_gate.set()
    await house.contact_is(contact_id, ContactState.QUEUED)
    for _ in range(5):
        await house.timers.advance(1)
        await house.quiet()
    rings = [s for s in (await house.contact(contact_id)).segments if s.kind is SegmentKind.RING]
    assert len(rings) == house.medium.count("ring") == 1
    house.medium.down = False
    house.router.resume_medium(Medium.VOICE)
    assert (await house.medium.rings("anna")).contact_id == contact_id


async def test_a_full_queue_says_so_and_changes_nothing(house: House) -> None:
    first, second = await house.customer("tiny"), await house.customer("tiny")
    third = await house.customer()
    with pytest.raises(QueueFull) as caught:
        await house.router.enqueue(third, "tiny")
    assert caught.value.code == "queue_full"
    assert (await house.contact(third)).state is ContactState.ARRIVED
    assert await house.router.position(second) == 2
    await house.medium.customer_hangs_up(first)
    await house.router.enqueue(third, "tiny")
    assert await house.router.position(third) == 2


async def test_unknown_queue_contact_and_priority(house: House) -> None:
    contact_id = await house.customer()
    with pytest.raises(UnknownQueue, match="sales"):
        await house.router.enqueue(contact_id, "nowhere")
    with pytest.raises(ContactNotFound):
        await house.router.enqueue("con_NO", "sales")
    with pytest.raises(BadInput):
        await house.router.enqueue(contact_id, "sales", priority=10**6)


async def test_moving_to_another_queue_keeps_the_age(house: House) -> None:
    contact_id = await house.customer("tiny")
    entered = (await house.contact(contact_id)).enqueued_at
    house.clock.advance(100)
    later = await house.customer("sales")
    await house.router.enqueue(contact_id, "sales")
    contact = await house.contact(contact_id)
    assert contact.enqueued_at == entered
    assert await house.router.position(contact_id) == 1
    assert await house.router.position(later) == 2
    await house.router.enqueue(contact_id, "sales")  # again: nothing
    assert await house.contact(contact_id) == contact


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        ("arrived", EndReason.ABANDONED_IN_IVR),
        ("ivr", EndReason.ABANDONED_IN_IVR),
        ("queued", EndReason.ABANDONED_IN_QUEUE),
        ("offered", EndReason.ABANDONED_IN_QUEUE),
        ("connected", EndReason.CUSTOMER_HUNG_UP),
        ("held", EndReason.CUSTOMER_HUNG_UP),
    ],
)
async def test_the_customer_hangs_up_at_each_stage(
    house: House, stage: str, reason: EndReason
) -> None:
    if stage in ("connected", "held"):
        contact_id = await house.connect("sales", "anna")
        if stage == "held":
            await house.router.hold(contact_id)
    else:
        contact_id = await house.customer()
        if stage == "ivr":
            await house.router.contacts.ivr_started(contact_id)
        if stage in ("queued", "offered"):
            await house.router.enqueue(contact_id, "sales")
        if stage == "offered":
            await house.ready("anna")
            await house.medium.rings("anna")
    await house.medium.customer_hangs_up(contact_id, cause=16)
    await house.medium.customer_hangs_up(contact_id, cause=16)  # reports may repeat
    contact = await house.contact(contact_id)
    assert (contact.end_reason, contact.hangup_cause) == (reason, 16)
    assert contact.ended_at == house.clock.now()
    await house.timers.advance(60)
    assert (await house.contact(contact_id)).state is ContactState.ENDED
    assert len(house.told("contact.ended")) == 1
    assert (await house.agent("anna")).state in (AgentState.READY, AgentState.LOGGED_OUT)


@pytest.mark.parametrize("held", [False, True])
async def test_the_agent_hangs_up(house: House, held: bool) -> None:
    contact_id = await house.connect("sales", "anna")
    if held:
        await house.router.hold(contact_id)
    await house.medium.agent_hangs_up("anna")
    contact = await house.contact_is(contact_id, ContactState.WRAP_UP)
    assert contact.end_reason is EndReason.AGENT_HUNG_UP
    # Nobody comes back to hold music; one who talked goes on by the medium's own way.
    await house.quiet()
    assert house.medium.count("end") == (1 if held else 0)


async def test_self_service_says_goodbye(house: House) -> None:
    contact_id = await house.customer()
    await house.router.contacts.ivr_started(contact_id)
    assert await house.router.finish(contact_id, EndReason.COMPLETED_IN_IVR)
    await house.medium.customer_hangs_up(contact_id)
    contact = await house.contact(contact_id)
    assert (contact.state, contact.end_reason) == (
        ContactState.ENDED,
        EndReason.COMPLETED_IN_IVR,
    )
    assert not await house.router.finish(contact_id, EndReason.ERROR)


async def test_an_end_reason_said_beforehand(house: House) -> None:
    contact_id = await house.customer()
    await house.router.contacts.ivr_started(contact_id)
    await house.router.contacts.set_end_reason(contact_id, EndReason.NO_INPUT)
    await house.medium.customer_hangs_up(contact_id)
    assert (await house.contact(contact_id)).end_reason is EndReason.NO_INPUT


async def test_the_api_ends_a_conversation(house: House) -> None:
    contact_id = await house.connect("support", "anna")
    await house.router.end(contact_id)
    contact = await house.contact(contact_id)
    assert (contact.state, contact.end_reason) == (ContactState.ENDED, EndReason.AGENT_HUNG_UP)
    assert house.medium.count("end") == 1


async def test_the_device_holds_by_itself(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.router.held(contact_id)
    await house.router.held(contact_id)
    assert (await house.contact(contact_id)).state is ContactState.HELD
    await house.router.resumed(contact_id)
    assert (await house.contact(contact_id)).state is ContactState.CONNECTED
    await house.medium.customer_hangs_up(contact_id)
    await house.router.held(contact_id)  # late: nothing
    assert (await house.contact(contact_id)).state is ContactState.WRAP_UP


async def test_snapshot(house: House) -> None:
    await house.connect("sales", "anna")
    house.clock.advance(5)
    waiting = await house.customer("sales")
    house.clock.advance(7)
    state = await house.router.snapshot()
    sales = next(queue for queue in state["queues"] if queue["name"] == "sales")
    assert (sales["waiting"], sales["in_conversation"], sales["longest_wait"]) == (1, 1, 7)
    assert (sales["agents_ready"], sales["agents_logged_in"]) == (0, 1)
    assert {a["id"]: a["state"] for a in state["agents"]} == {
        "anna": "busy", "bo": "logged_out", "chen": "logged_out",
    }  # fmt: skip
    assert waiting in [contact["id"] for contact in state["contacts"]]
    assert "+4930123" not in str(state)
