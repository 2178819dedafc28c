"""Customers handed on: age and history stay, wrap-up is not lost."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.errors import AgentNotReady, QueueFull
from acd.model import EndReason, SegmentKind
from core.errors import BadInput, Unavailable
from core.state_table import IllegalTransition
from tests.support.routing import House


async def test_transfer_to_a_queue_keeps_age_and_history(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    before = await house.contact(contact_id)
    house.clock.advance(40)
    younger = await house.customer("support")
    await house.router.transfer_to_queue(contact_id, "support")
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.QUEUED
    assert contact.enqueued_at == before.enqueued_at
    assert contact.segments[: len(before.segments) - 1] == before.segments[:-1]
    assert [s.kind for s in contact.segments] == [
        SegmentKind.QUEUE, SegmentKind.RING, SegmentKind.TALK,
        SegmentKind.WRAP_UP, SegmentKind.QUEUE,
    ]  # fmt: skip
    assert await house.router.position(contact_id) == 1
    assert await house.router.position(younger) == 2
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    await house.ready("chen")
    await house.medium.rings("chen", contact_id)
    await house.medium.picks_up("chen")
    assert await house.medium.talks(contact_id) == "chen"


async def test_skills_that_were_asked_for_go_with_the_customer(house: House) -> None:
    contact_id = await house.customer("tiny", skills={"language.zh": 3})
    await house.router.transfer_to_queue(contact_id, "support")
    assert (await house.contact(contact_id)).skills == {"support": 1, "language.zh": 3}


async def test_a_transfer_that_cannot_be_changes_nothing(house: House) -> None:
    await house.customer("tiny")
    await house.customer("tiny")
    contact_id = await house.connect("sales", "anna")
    before = await house.contact(contact_id)
    with pytest.raises(QueueFull):
        await house.router.transfer_to_queue(contact_id, "tiny")
    with pytest.raises(AgentNotReady, match="logged_out"):
        await house.router.transfer_to_agent(contact_id, "bo")
    house.medium.down = True
    with pytest.raises(Unavailable):
        await house.router.transfer_to_queue(contact_id, "support")
    assert await house.contact(contact_id) == before
    assert house.medium.joined == {contact_id: "anna"}
    arrived = await house.customer()
    await house.ready("bo")
    with pytest.raises(BadInput, match="fall back"):
        await house.router.transfer_to_agent(arrived, "bo")


async def test_an_earlier_agents_wrap_up_outlives_the_contact(house: House) -> None:
    """The customer leaves the second queue while the first agent still finishes: the
    contact is complete only when that wrap-up is."""
    contact_id = await house.connect("sales", "anna")
    await house.router.transfer_to_queue(contact_id, "support")
    house.clock.advance(4)
    await house.medium.customer_hangs_up(contact_id)
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.WRAP_UP
    assert contact.end_reason is EndReason.ABANDONED_IN_QUEUE
    gone_at = house.clock.now()
    await house.timers.advance(26)
    contact = await house.contact(contact_id)
    assert (contact.state, contact.ended_at) == (ContactState.ENDED, gone_at)
    wrap_up = next(s for s in contact.segments if s.kind is SegmentKind.WRAP_UP)
    assert wrap_up.ended_at is not None
    assert (wrap_up.ended_at - wrap_up.started_at).total_seconds() == 30


async def test_both_agents_wrap_up_the_same_contact(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.ready("bo")
    await house.router.transfer_to_agent(contact_id, "bo")
    await house.medium.rings("bo", contact_id)
    await house.medium.picks_up("bo")
    await house.contact_is(contact_id, ContactState.CONNECTED)
    house.clock.advance(10)
    await house.medium.customer_hangs_up(contact_id)
    await house.router.wrap_up_done("bo")
    assert (await house.contact(contact_id)).state is ContactState.WRAP_UP
    await house.router.wrap_up_done("anna")
    assert (await house.contact(contact_id)).state is ContactState.ENDED


@pytest.mark.parametrize("from_state", ["connected", "held", "queued", "offered"])
async def test_transfer_to_an_agent_rings_that_agent_only(house: House, from_state: str) -> None:
    if from_state in ("connected", "held"):
        contact_id = await house.connect("sales", "anna")
        if from_state == "held":
            await house.router.hold(contact_id)
    elif from_state == "queued":
        contact_id = await house.customer("sales")
    else:
        await house.ready("anna")
        contact_id = await house.customer("sales")
        await house.medium.rings("anna")
    house.clock.advance(5)
    if from_state == "queued":
        house.router.suspend(house_medium := (await house.contact(contact_id)).medium)
    await house.ready("chen", "bo")  # chen has no sales skill: only by name
    await house.router.transfer_to_agent(contact_id, "chen")
    offer = await house.medium.rings("chen", contact_id)
    assert offer.direct
    await house.quiet()
    await house.medium.until(lambda: set(house.medium.ringing) == {"chen"})
    await house.medium.picks_up("chen")
    assert await house.medium.talks(contact_id) == "chen"
    if from_state == "queued":
        house.router.resume_medium(house_medium)


async def test_a_direct_offer_that_fails_falls_back_to_the_queue(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    entered = (await house.contact(contact_id)).enqueued_at
    await house.ready("chen")
    await house.router.transfer_to_agent(contact_id, "chen")
    await house.medium.rings("chen", contact_id)
    await house.medium.does_not_answer("chen", "rejected")
    contact = await house.contact(contact_id)
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "sales")
    assert contact.enqueued_at == entered
    await house.ready("bo")
    await house.medium.rings("bo", contact_id)


async def test_attended_transfer(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.ready("bo")
    house.clock.advance(10)
    await house.router.hold(contact_id)
    await house.router.consult_started(contact_id, "bo")
    bo = await house.agent("bo")
    assert (bo.state, bo.contact_id) == (AgentState.BUSY, contact_id)  # and is not rung
    house.clock.advance(8)
    await house.router.handed_over(contact_id, "bo")
    await house.router.handed_over(contact_id, "bo")  # reports may repeat
    contact = await house.contact(contact_id)
    assert (contact.state, contact.agent_id) == (ContactState.CONNECTED, "bo")
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    lasted = {
        s.kind: (s.ended_at - s.started_at).total_seconds()
        for s in contact.segments
        if s.ended_at is not None and s.kind is not SegmentKind.TALK
    }
    assert lasted[SegmentKind.HOLD] == lasted[SegmentKind.CONSULT] == 8
    await house.timers.advance(30)
    assert (await house.agent("anna")).state is AgentState.READY
    assert (await house.contact(contact_id)).state is ContactState.CONNECTED
    house.medium.joined[contact_id] = "bo"
    await house.medium.customer_hangs_up(contact_id)
    assert (await house.agent("bo")).state is AgentState.WRAP_UP


@pytest.mark.parametrize("how", ["ended", "resumed", "b_hangs_up", "customer", "agent"])
async def test_a_consultation_that_leads_nowhere(house: House, how: str) -> None:
    """However it ends, the agent consulted is what they were before: on a break."""
    contact_id = await house.connect("sales", "anna")
    await house.router.log_in("bo")
    await house.router.set_not_ready("bo", "lunch")
    await house.router.hold(contact_id)
    await house.router.consult_started(contact_id, "bo")
    if how == "ended":
        await house.router.consult_ended(contact_id)
    elif how == "resumed":
        await house.router.resume(contact_id)
    elif how == "b_hangs_up":
        await house.router.agent_left(contact_id, "bo", 16)
    elif how == "customer":
        await house.medium.customer_hangs_up(contact_id)
    else:
        await house.medium.agent_hangs_up("anna")
    bo = await house.agent("bo")
    assert (bo.state, bo.reason, bo.contact_id) == (AgentState.NOT_READY, "lunch", None)
    contact = await house.contact(contact_id)
    assert contact.consult_agent_id is None
    states = {"resumed": ContactState.CONNECTED, "customer": ContactState.WRAP_UP,
              "agent": ContactState.WRAP_UP}  # fmt: skip
    assert contact.state is states.get(how, ContactState.HELD)


async def test_consulting_somebody_outside(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    with pytest.raises(IllegalTransition):
        await house.router.consult_started(contact_id, None)
    await house.router.hold(contact_id)
    await house.router.consult_started(contact_id, None)
    await house.router.finish(contact_id, EndReason.TRANSFERRED_OUT)
    contact = await house.contact(contact_id)
    assert contact.end_reason is EndReason.TRANSFERRED_OUT
    assert (await house.agent("anna")).state is AgentState.WRAP_UP


async def test_a_busy_agent_cannot_be_consulted(house: House) -> None:
    first = await house.connect("sales", "anna")
    await house.connect("support", "chen")
    await house.router.hold(first)
    with pytest.raises(AgentNotReady, match="busy"):
        await house.router.consult_started(first, "chen")
    with pytest.raises(AgentNotReady, match="busy"):
        await house.router.handed_over(first, "chen")
