"""The app dies at any moment; another start goes on. A medium's reports have a gap."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.model import AgentConfig, EndReason, Medium, QueueConfig, SegmentKind
from acd.watch import GRACE
from tests.support.routing import AGENTS, QUEUES, House

GRACE_SECONDS = GRACE.total_seconds()


async def restart(house: House) -> None:
    """Kill the router without a word and start another."""
    await house.router.close()
    house.new_router()
    await house.router.recover()


async def test_waiting_customers_keep_age_and_order(house: House) -> None:
    first = await house.customer("sales")
    house.clock.advance(10)
    second = await house.customer("sales", priority=3)
    ages = {id_: (await house.contact(id_)).enqueued_at for id_ in (first, second)}
    await restart(house)
    house.clock.advance(10)
    assert {id_: (await house.contact(id_)).enqueued_at for id_ in (first, second)} == ages
    await house.ready("bo")
    await house.medium.rings("bo", second)


async def test_contact_popped_and_the_node_dies(house: House) -> None:
    """The lease expires and the contact returns at its old age."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    entered = (await house.contact(contact_id)).enqueued_at
    await house.medium.rings("anna")
    await restart(house)
    assert (await house.contact(contact_id)).state is ContactState.OFFERED
    await house.ready("bo")
    await house.timers.advance(20)
    await house.medium.rings("bo", contact_id)
    assert (await house.contact(contact_id)).enqueued_at == entered


async def test_a_lease_that_ran_out_meanwhile_has_a_grace(house: House) -> None:
    """The agent answered just then; the medium tells us as soon as it is heard."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.medium.rings("anna")
    await house.router.close()
    house.clock.advance(25)
    house.new_router()
    await house.router.recover()
    await house.timers.advance(GRACE_SECONDS - 1)
    await house.medium.picks_up("anna")
    assert await house.medium.talks(contact_id) == "anna"


async def test_nobody_is_blamed_before_the_medium_was_looked_at(house: House) -> None:
    """However long that takes; then the grace begins."""
    await house.ready("anna")
    contact_id = await house.customer("sales", address="PJSIP/1")
    offer = await house.medium.rings("anna")
    await house.router.close()
    house.new_router()
    await house.router.recover()
    house.router.suspend(Medium.VOICE)
    await house.timers.advance(600)
    assert (await house.agent("anna")).state is AgentState.OFFERED
    await house.router.reconcile({"PJSIP/1"}, {}, alive_offers={offer.id})
    await house.timers.advance(GRACE_SECONDS - 1)
    await house.medium.picks_up("anna")
    assert await house.medium.talks(contact_id) == "anna"
    await house.timers.advance(600)
    assert not house.told("agent.rona")


async def test_an_offer_that_nobody_decides_is_over_after_the_grace(house: House) -> None:
    await house.ready("anna")
    await house.customer("sales", address="PJSIP/1")
    offer = await house.medium.rings("anna")
    house.router.suspend(Medium.VOICE)  # a gap, without a restart of ours
    await house.timers.advance(60)
    assert (await house.agent("anna")).state is AgentState.OFFERED
    await house.router.reconcile({"PJSIP/1"}, {}, alive_offers={offer.id})
    await house.timers.advance(GRACE_SECONDS)
    assert (await house.agent("anna")).reason == "rona"


@pytest.mark.parametrize("leg", [True, False])
async def test_a_join_waits_until_the_medium_was_looked_at(house: House, leg: bool) -> None:
    await house.ready("anna")
    contact_id = await house.customer("sales", address="PJSIP/1")
    await house.medium.rings("anna")
    house.medium.connect_gate = asyncio.Event()
    offer = await house.medium.picks_up("anna")
    await house.medium.until(lambda: house.medium.count("connect") == 1)
    await house.router.close()
    house.medium.connect_gate = None
    house.new_router()
    await house.router.recover()
    house.router.suspend(Medium.VOICE)
    await house.timers.advance(600)
    assert house.medium.count("connect") == 1
    if not leg:
        house.medium.answered.clear()
    await house.router.reconcile({"PJSIP/1"}, {}, alive_offers={offer.id} if leg else set())
    await house.contact_is(contact_id, ContactState.CONNECTED if leg else ContactState.QUEUED)


async def test_wrap_up_ends_at_the_time_it_would_have(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.medium.customer_hangs_up(contact_id)
    house.clock.advance(10)
    await restart(house)
    await house.timers.advance(19)
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    await house.timers.advance(1)
    assert (await house.agent("anna")).state is AgentState.READY
    contact = await house.contact(contact_id)
    wrap_up = contact.segments[-1]
    assert wrap_up.ended_at == wrap_up.started_at + timedelta(seconds=30)


async def test_wrap_up_that_was_over_meanwhile(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.medium.customer_hangs_up(contact_id)
    await house.router.close()
    house.clock.advance(300)
    house.new_router()
    await house.router.recover()
    await house.timers.advance(0)
    assert (await house.agent("anna")).state is AgentState.READY
    assert (await house.contact(contact_id)).state is ContactState.ENDED


async def test_a_conversation_goes_on(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await restart(house)
    assert (await house.contact(contact_id)).state is ContactState.CONNECTED
    assert (await house.agent("anna")).state is AgentState.BUSY
    house.clock.advance(50)
    await house.medium.customer_hangs_up(contact_id)
    talk = [s for s in (await house.contact(contact_id)).segments if s.kind is SegmentKind.TALK]
    assert talk[0].ended_at is not None
    assert (talk[0].ended_at - talk[0].started_at).total_seconds() == 50


@pytest.mark.parametrize("leg", [True, False])
async def test_died_between_answer_and_bridge(house: House, leg: bool) -> None:
    """With the agent's leg still up they are joined, else the customer waits on."""
    await house.ready("anna")
    contact_id = await house.customer("sales", address="PJSIP/trunk-1")
    await house.medium.rings("anna")
    house.medium.connect_gate = asyncio.Event()
    offer = await house.medium.picks_up("anna")
    await house.medium.until(lambda: house.medium.count("connect") == 1)
    await house.router.close()
    house.medium.connect_gate = None
    house.new_router()
    await house.router.recover()
    legs = {offer.id} if leg else set()
    if not leg:
        house.medium.answered.clear()
    address = (await house.contact(contact_id)).address
    await house.router.reconcile({address}, {}, alive_offers=legs)
    if leg:
        assert await house.medium.talks(contact_id) == "anna"
        await house.contact_is(contact_id, ContactState.CONNECTED)
    else:
        assert (await house.contact(contact_id)).state is ContactState.QUEUED


async def test_died_between_answer_and_bridge_of_a_medium_that_tells_nothing(house: House) -> None:
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.medium.rings("anna")
    house.medium.connect_gate = asyncio.Event()
    await house.medium.picks_up("anna")
    await house.medium.until(lambda: house.medium.count("connect") == 1)
    await house.router.close()
    house.medium.connect_gate = None
    house.new_router()
    await house.router.recover()
    await house.timers.advance(GRACE_SECONDS)
    assert await house.medium.talks(contact_id) == "anna"


async def test_reconcile_closes_with_the_true_time(house: House) -> None:
    """Calls that ended while we were away: known ends keep their time and cause."""
    talking = await house.connect("sales", "anna")
    waiting, lost, alive = [await house.customer("sales", address=f"PJSIP/{i}") for i in range(3)]
    at = house.clock.now() + timedelta(seconds=30)
    house.clock.advance(100)
    ended = {talking: (at, 16), waiting: (at + timedelta(seconds=1), 19)}
    await house.router.reconcile({"PJSIP/2"}, ended, alive_offers=set())
    contact = await house.contact(talking)
    assert (contact.end_reason, contact.hangup_cause) == (EndReason.CUSTOMER_HUNG_UP, 16)
    assert contact.ended_at == at
    talk = next(s for s in contact.segments if s.kind is SegmentKind.TALK)
    assert talk.ended_at == at
    gone = await house.contact(waiting)
    assert (gone.end_reason, gone.hangup_cause) == (EndReason.ABANDONED_IN_QUEUE, 19)
    assert gone.ended_at == at + timedelta(seconds=1)
    unknown = await house.contact(lost)
    assert unknown.end_reason is EndReason.TELEPHONY_LOST
    assert (await house.contact(alive)).state is ContactState.QUEUED
    assert (await house.agent("anna")).state is AgentState.WRAP_UP


async def test_reconcile_after_the_medium_died(house: House) -> None:
    """Asterisk was killed: every contact closes with a reason, agents are freed, and
    what comes next is served without a restart."""
    talking = await house.connect("sales", "bo")
    await house.ready("anna")
    ringing = await house.customer("sales", address="PJSIP/1")
    await house.medium.rings("anna")
    ivr = await house.customer(address="PJSIP/2")
    house.router.suspend(Medium.VOICE)
    house.medium.ringing.clear()
    house.medium.answered.clear()
    house.medium.joined.clear()
    await house.router.reconcile(set(), {}, alive_offers=set())
    for contact_id in (talking, ringing, ivr):
        contact = await house.contact(contact_id)
        assert contact.end_reason is EndReason.TELEPHONY_LOST
    assert (await house.agent("anna")).state is AgentState.READY
    assert (await house.agent("bo")).state is AgentState.WRAP_UP
    await house.medium.rings("anna", await house.customer("sales", address="PJSIP/3"))


async def test_reconcile_drops_an_offer_whose_leg_is_gone(house: House) -> None:
    """The process died between claim and ring: nobody is rung, nobody is blamed."""
    await house.ready("anna")
    contact_id = await house.customer("sales", address="PJSIP/1")
    old = await house.medium.rings("anna")
    await house.router.close()
    house.medium.ringing.clear()
    house.new_router()
    house.router.suspend(Medium.VOICE)
    await house.router.recover()
    await house.router.reconcile({"PJSIP/1"}, {}, alive_offers=set())
    new = await house.medium.rings("anna", contact_id)
    assert new.id != old.id
    assert not house.told("agent.rona")


async def test_reconcile_frees_the_agent_whose_leg_is_gone(house: House) -> None:
    await house.ready("bo")
    contact_id = await house.customer("support", address="PJSIP/1")
    await house.ready("anna")
    await house.medium.rings("anna")
    await house.medium.picks_up("anna")
    await house.contact_is(contact_id, ContactState.CONNECTED)
    await house.router.reconcile({"PJSIP/1"}, {}, alive_offers=set())
    contact = await house.contact(contact_id)
    assert (contact.state, contact.end_reason) == (ContactState.ENDED, EndReason.AGENT_HUNG_UP)
    assert (await house.agent("anna")).state is AgentState.READY


async def test_reconcile_leaves_alone_what_began_after_the_list_was_taken(house: House) -> None:
    as_of = house.clock.now()
    house.clock.advance(0.5)
    await house.ready("anna")
    contact_id = await house.customer("sales", address="PJSIP/new")
    await house.medium.rings("anna")
    await house.router.reconcile(set(), {}, alive_offers=set(), as_of=as_of)
    assert (await house.contact(contact_id)).state is ContactState.OFFERED
    assert house.medium.count("stop_ringing") == 0


async def test_a_configuration_that_changed_meanwhile(house: House) -> None:
    """Skills of agents and queues are as configured now; who is gone is logged out."""
    contact_id = await house.customer("tiny", skills={"language.zh": 2})
    await house.ready("anna", "bo")
    await house.router.close()
    queues = [q for q in QUEUES if q.name != "tiny"] + [QueueConfig(name="tiny", skills={"new": 1})]
    anna = AgentConfig(id="anna", device="7001", skills={"new": 5, "language.zh": 2})
    agents = [anna, *(a for a in AGENTS if a.id == "chen")]
    house.directory = StaticDirectory(queues, agents)
    house.new_router()
    await house.router.recover()
    await house.medium.rings("anna", contact_id)
    assert (await house.agent("anna")).device == "7001"
    bo = {agent.id: agent for agent in await house.router.store.agents()}["bo"]
    assert bo.state is AgentState.LOGGED_OUT


async def test_an_agent_bound_to_a_contact_that_is_gone_is_freed(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await house.redis.delete(house.keys("contact", contact_id))
    codes = {finding.code for finding in await house.router.sweep()}
    assert codes == {"agent_without_contact"}
    await restart(house)
    assert (await house.agent("anna")).state is AgentState.READY
