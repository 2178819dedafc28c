"""The races that break contact centres, each by name."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from acd import claim
from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.errors import VersionConflict
from acd.model import AgentConfig, EndReason, QueueConfig
from acd.offer_states import OfferState
from core.state_table import IllegalTransition
from tests.support.routing import House


async def test_two_dispatchers_pick_one_agent(redis: Redis) -> None:
    """Two routers match the same contacts and agents at once: each agent gets one
    contact, each contact one agent, nothing stays reserved."""
    house = House(redis)
    house.directory = many = _staff(12)
    first = house.new_router("one")
    second = house.new_router("two")
    await asyncio.gather(first.recover(), second.recover())
    assert [first.leads, second.leads].count(True) == 1
    contacts = []
    for router in [first, second] * 10:
        contacts.append(await house.customer("open", router=router))
        house.clock.advance(1)
    await house.matched()  # the leader has heard of all
    await asyncio.gather(
        *(
            router.log_in(agent.id, ready=True)
            for agent, router in zip(many.agents(), [first, second] * 6, strict=True)
        )
    )
    await house.medium.until(lambda: len(house.medium.ringing) == 12)
    await house.quiet()
    offers = list(house.medium.ringing.values())
    assert len({offer.contact_id for offer in offers}) == 12
    assert house.medium.count("ring") == 12
    # By age: the first twelve, whichever node they are on.
    assert {offer.contact_id for offer in offers} == set(contacts[:12])
    await house.check()
    await house.close()


async def test_a_claim_on_an_outdated_look_changes_nothing(house: House) -> None:
    """Fencing: a router that slept through a change cannot write."""
    await house.ready("anna")
    house.medium.ring_gate = asyncio.Event()
    contact_id = await house.customer()
    await house.router.enqueue(contact_id, "tiny")
    asleep, agent = await house.contact(contact_id), await house.agent("anna")
    change = house.router.change()
    queue, policies = house.directory.queue("tiny"), house.router.policies
    offer = claim.claim(change, asleep, agent, queue, policies)
    await house.router.contacts.set_language(contact_id, "zh")  # somebody else was awake
    with pytest.raises(VersionConflict):
        await house.router.commit(change)
    assert (await house.contact(contact_id)).state is ContactState.QUEUED
    assert (await house.agent("anna")).state is AgentState.READY
    assert await house.router.store.offers([offer.id]) == {}
    house.medium.ring_gate.set()


@pytest.mark.parametrize("gone", ["before", "during"])
async def test_customer_leaves_before_or_during_the_ring_request(house: House, gone: str) -> None:
    """Cancelled although no agent leg exists yet; the agent is free at once."""
    house.medium.ring_gate = asyncio.Event()
    await house.ready("anna")
    contact_id = await house.customer("sales")
    if gone == "during":
        await house.medium.until(lambda: house.medium.count("ring") == 1)
    else:
        await house.contact_is(contact_id, ContactState.OFFERED)
    await house.medium.customer_hangs_up(contact_id)
    agent = await house.agent("anna")
    assert agent.state is AgentState.READY
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.ENDED
    assert contact.end_reason is EndReason.ABANDONED_IN_QUEUE
    assert contact.agent_id is None
    house.medium.ring_gate.set()  # only now does the medium get to ring
    await house.quiet()
    assert house.medium.ringing == {}


async def test_customer_leaves_while_ringing_and_the_next_gets_the_agent(house: House) -> None:
    await house.ready("anna")
    first = await house.customer("sales")
    assert (await house.medium.rings("anna")).contact_id == first
    second = await house.customer("sales")
    await house.medium.customer_hangs_up(first)
    await house.medium.until(
        lambda: "anna" in house.medium.ringing and house.medium.ringing["anna"].contact_id == second
    )


@pytest.mark.parametrize("how", ["log_out", "pause", "lost_socket"])
async def test_agent_leaves_while_ringing(house: House, how: str) -> None:
    """The offer is rescinded; the contact keeps its age and goes to the next agent."""
    await house.ready("anna", "bo")
    contact_id = await house.customer("sales")
    entered = (await house.contact(contact_id)).enqueued_at
    offer = await house.medium.rings("anna")
    house.clock.advance(5)
    if how == "log_out":
        await house.router.log_out("anna")
    else:
        await house.router.set_not_ready("anna", how)
    assert (await house.medium.rings("bo")).contact_id == contact_id
    await house.medium.until(lambda: "anna" not in house.medium.ringing)
    contact = await house.contact(contact_id)
    assert contact.enqueued_at == entered
    expected = AgentState.LOGGED_OUT if how == "log_out" else AgentState.NOT_READY
    assert (await house.agent("anna")).state is expected
    assert (await house.router.store.offers([offer.id]))[offer.id].state is OfferState.RESCINDED


@pytest.mark.parametrize("over", ["timed_out", "rescinded"])
async def test_accept_arrives_too_late(house: House, over: str) -> None:
    """Refused by offer id; the device is hung up and the agent told why."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    if over == "timed_out":
        await house.timers.advance(20)
    else:
        await house.medium.customer_hangs_up(contact_id)
    await house.quiet()
    stops = house.medium.count("stop_ringing")
    await house.medium.answers_late("anna", offer)
    await house.quiet()
    assert house.medium.count("connect") == 0
    assert house.medium.count("stop_ringing") == stops + 1
    assert "anna" not in house.medium.answered
    refused = house.told("offer.refused")
    assert [(e.agent_id, e.data["reason"]) for e in refused] == [("anna", over)]


async def test_accept_of_an_old_offer_does_not_touch_the_new_one(house: House) -> None:
    """After a rescind the same pair can meet again: another offer, another id."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    old = await house.medium.rings("anna")
    await house.timers.advance(20)
    await house.medium.until(lambda: "anna" not in house.medium.ringing)
    await house.router.set_ready("anna")
    new = await house.medium.rings("anna")
    assert new.contact_id == contact_id
    assert new.id != old.id
    await house.router.agent_answered(old.id)
    await house.router.agent_answered(new.id, new.version + 1)  # not the version offered
    assert (await house.contact(contact_id)).state is ContactState.OFFERED
    assert [e.data["reason"] for e in house.told("offer.refused")] == ["timed_out", "outdated"]
    await house.medium.until(lambda: house.medium.count("stop_ringing") >= 2)
    assert house.medium.ringing["anna"].id == new.id
    await house.medium.picks_up("anna")
    assert await house.medium.talks(contact_id) == "anna"


async def test_two_answers_at_once(house: House) -> None:
    """Two devices of the agent answer one offer: exactly one connection."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    house.medium.answered["anna"] = house.medium.ringing.pop("anna")
    await asyncio.gather(*(house.router.agent_answered(offer.id) for _ in range(5)))
    await house.contact_is(contact_id, ContactState.CONNECTED)
    assert house.medium.count("connect") == 1
    assert len(house.told("contact.connected")) == 1


async def test_the_deadline_and_the_answer_at_once(house: House) -> None:
    """Whichever is written first wins, and the other does nothing."""
    await house.ready("anna")
    contact_id = await house.customer("sales")
    offer = await house.medium.rings("anna")
    await asyncio.gather(house.medium.picks_up("anna"), house.router.offer_is_due(offer.id))
    await house.quiet()
    contact, agent = await house.contact(contact_id), await house.agent("anna")
    won = contact.state is ContactState.CONNECTED and agent.state is AgentState.BUSY
    lost = contact.state is ContactState.QUEUED and agent.state is AgentState.NOT_READY
    assert won or lost
    assert won == (contact_id in house.medium.joined)
    assert lost == bool(house.told("offer.refused"))


async def test_agent_answers_and_hangs_up_before_the_bridge(house: House) -> None:
    """The customer is requeued at the old age; other offers are untouched."""
    house.medium.connect_gate = asyncio.Event()
    await house.ready("anna", "bo")
    contact_id = await house.customer("sales")
    entered = (await house.contact(contact_id)).enqueued_at
    other = await house.customer("sales")
    await house.medium.rings("anna")
    untouched = await house.medium.rings("bo")
    await house.medium.picks_up("anna")
    await house.medium.until(lambda: house.medium.count("connect") == 1)
    await house.medium.agent_hangs_up("anna")
    contact = await house.contact_is(contact_id, ContactState.QUEUED)
    house.medium.connect_gate.set()  # ... and now the bridge fails
    await house.quiet()
    assert contact.enqueued_at == entered
    assert await house.router.position(contact_id) == 1
    assert house.medium.count("requeue") == 1
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "hung_up_early")
    assert house.medium.ringing["bo"].id == untouched.id
    assert (await house.contact(other)).state is ContactState.OFFERED


async def test_the_bridge_fails_by_itself(house: House) -> None:
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.medium.rings("anna")
    offer = house.medium.ringing.pop("anna")
    await house.router.agent_answered(offer.id)  # but there is no leg: connect will fail
    await house.contact_is(contact_id, ContactState.QUEUED)
    agent = await house.agent("anna")
    assert (agent.state, agent.reason) == (AgentState.NOT_READY, "connect_failed")


async def test_customer_leaves_between_answer_and_bridge(house: House) -> None:
    """The agent's leg is let go and the agent is free, without wrap-up."""
    house.medium.connect_gate = asyncio.Event()
    await house.ready("anna")
    contact_id = await house.customer("sales")
    await house.medium.rings("anna")
    await house.medium.picks_up("anna")
    await house.medium.until(lambda: house.medium.count("connect") == 1)
    await house.medium.customer_hangs_up(contact_id)
    contact = await house.contact(contact_id)
    assert contact.end_reason is EndReason.ABANDONED_IN_QUEUE
    assert (await house.agent("anna")).state is AgentState.READY
    house.medium.connect_gate.set()
    await house.quiet()
    assert "anna" not in house.medium.answered


async def test_customer_and_agent_hang_up_at_once(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    await asyncio.gather(
        house.router.customer_left(contact_id, 16), house.router.agent_left(contact_id, "anna", 16)
    )
    contact = await house.contact(contact_id)
    assert contact.state is ContactState.WRAP_UP
    assert contact.end_reason is EndReason.CUSTOMER_HUNG_UP
    assert len(house.told("agent.contact_ended")) == 1


@pytest.mark.parametrize("frees", ["wrap_up_ends", "done", "returns", "logs_in"])
async def test_whoever_becomes_free_gets_waiting_work_at_once(house: House, frees: str) -> None:
    """No polling gap: the offer follows from the write itself, time stands still."""
    if frees in ("wrap_up_ends", "done"):
        served = await house.connect("sales", "anna")
        await house.medium.customer_hangs_up(served)
    elif frees == "returns":
        await house.ready("anna")
        await house.router.set_not_ready("anna", "break")
    waiting = await house.customer("sales")
    await house.quiet()
    assert "anna" not in house.medium.ringing
    if frees == "wrap_up_ends":
        await house.timers.advance(30)
    elif frees == "done":
        await house.router.wrap_up_done("anna")
    elif frees == "returns":
        await house.router.set_ready("anna")
    else:
        await house.router.log_in("anna", ready=True)
    assert (await house.medium.rings("anna")).contact_id == waiting


async def test_waiting_work_is_drained_when_many_become_free(redis: Redis) -> None:
    house = House(redis)
    house.directory = _staff(8)
    await house.new_router().recover()
    for _ in range(8):
        await house.customer("open")
    await house.ready(*(agent.id for agent in house.directory.agents()))
    await house.medium.until(lambda: len(house.medium.ringing) == 8)
    await house.check()
    await house.close()


async def test_an_illegal_verb_changes_nothing(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    before = await house.contact(contact_id)
    with pytest.raises(IllegalTransition):
        await house.router.enqueue(contact_id, "sales")
    with pytest.raises(IllegalTransition):
        await house.router.resume(contact_id)
    assert await house.contact(contact_id) == before


def _staff(agents: int) -> StaticDirectory:
    staff = [AgentConfig(id=f"a{i:02}", device=str(i)) for i in range(agents)]
    return StaticDirectory([QueueConfig(name="open")], staff)
