"""The races between routers of several nodes on one real server."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.errors import OtherNode
from acd.model import AgentConfig, EndReason, Medium, QueueConfig
from core import metrics
from tests.acd.floor import Floor, MakeFloor

STAFF = [AgentConfig(id=f"a{n}", device=str(n)) for n in range(3)]
OPEN = QueueConfig(name="open", ring_seconds=20, wrap_up_seconds=0)


async def two(make_floor: MakeFloor, agents: int = 3) -> tuple[Floor, str, str]:
    """A floor of two nodes: which leads, and which does not."""
    floor = await make_floor([OPEN], STAFF[:agents], nodes=2)
    (leader,) = [s.node for s in floor.running if s.router.leads]
    (other,) = set(floor.stations) - {leader}
    return floor, leader, other


async def test_contacts_of_all_nodes_stand_in_one_order(make_floor: MakeFloor) -> None:
    floor, leader, other = await two(make_floor, 1)
    contacts = []
    for node in (other, leader, other, leader):
        contacts.append(await floor.comes("open", node=node))
        floor.clock.advance(1)
    await floor.ready("a0", node=other)
    for contact_id in contacts:
        assert await floor.takes(contact_id) == "a0"
        await floor.goes(contact_id)
    assert floor.world.wrongs == []  # each was rung, joined and ended by its own node


@pytest.mark.parametrize("when", ["before", "while_it_rings"])
async def test_a_customer_leaves_at_another_node_than_the_leaders(
    make_floor: MakeFloor, when: str
) -> None:
    """Before the originate: the leader has offered, the node has not heard of it yet."""
    floor, _, other = await two(make_floor)
    first = await floor.comes("open", node=other)
    second = await floor.comes("open", node=other)
    if when == "before":
        # All in one turn: the offer is on its way to the node as the customer goes.
        station = floor.stations[other]
        station.do(station.router.log_in("a0", ready=True))
        for _ in range(3):
            await asyncio.sleep(0)
        floor.leaves(floor.world.lines[first])
        await floor.settle()
    else:
        await floor.ready("a0")
        assert await floor.rung_for(first) == "a0"
        await floor.goes(first)
    assert (await floor.contact(first)).end_reason is EndReason.ABANDONED_IN_QUEUE
    assert floor.world.lines[first].ringing == {}
    assert await floor.rung_for(second) == "a0"  # free at once, for the next


@pytest.mark.parametrize("verb", ["log_out", "break"])
async def test_an_agent_leaves_through_another_router_while_it_rings(
    make_floor: MakeFloor, verb: str
) -> None:
    floor, leader, other = await two(make_floor)
    await floor.ready("a0", "a1")
    contact_id = await floor.comes("open", node=leader)
    entered = (await floor.contact(contact_id)).enqueued_at
    assert await floor.rung_for(contact_id) == "a0"
    router = floor.at(other)
    await (router.log_out("a0") if verb == "log_out" else router.set_not_ready("a0", verb))
    assert await floor.rung_for(contact_id) == "a1"
    assert set(floor.world.lines[contact_id].ringing) == {"a1"}
    assert (await floor.contact(contact_id)).enqueued_at == entered


async def test_an_answer_after_the_leader_called_time(make_floor: MakeFloor) -> None:
    """The deadline is the leader's, the answer comes to the node: refused, and let go."""
    floor, _, other = await two(make_floor)
    await floor.ready("a0", "a1")
    contact_id = await floor.comes("open", node=other)
    offer = floor.offer(contact_id)
    await floor.passes(20)
    assert await floor.rung_for(contact_id) == "a1"
    line = floor.world.lines[contact_id]
    line.up["a0"] = offer
    await floor.at(other).agent_answered(offer.id)
    await floor.settle()
    assert line.up == {}  # the late device was hung up
    assert await floor.takes(contact_id) == "a1"


async def test_two_answers_at_once_through_two_routers(make_floor: MakeFloor) -> None:
    floor, leader, other = await two(make_floor)
    await floor.ready("a0")
    contact_id = await floor.comes("open", node=other)
    assert await floor.rung_for(contact_id) == "a0"
    line = floor.world.lines[contact_id]
    offer = line.up["a0"] = line.ringing.pop("a0")
    await asyncio.gather(
        *(floor.at(node).agent_answered(offer.id) for node in (leader, other, leader, other))
    )
    await floor.settle()
    assert line.joined == "a0"
    asked = [one for one in floor.world.asked if one[0] == "connect"]
    assert asked == [("connect", other, contact_id, offer.id)]


async def test_deadline_and_answer_at_two_routers_at_once(make_floor: MakeFloor) -> None:
    """Whichever is written first wins; the loser changes nothing."""
    floor, leader, other = await two(make_floor)
    for _ in range(10):
        await floor.ready("a0")
        contact_id = await floor.comes("open", node=other)
        assert await floor.rung_for(contact_id) == "a0"
        line = floor.world.lines[contact_id]
        offer = line.up["a0"] = line.ringing.pop("a0")
        await asyncio.gather(
            floor.at(other).agent_answered(offer.id), floor.at(leader).offer_is_due(offer.id)
        )
        await floor.settle()
        won = line.joined == "a0"
        assert won == (await floor.state(contact_id) is ContactState.CONNECTED)
        assert won == ((await floor.agent("a0")).state is AgentState.BUSY)
        assert won or line.up == {}
        await floor.goes(contact_id)
        await floor.router.set_ready("a0")


@pytest.mark.parametrize("frees", ["capacity", "returns", "logs_in"])
async def test_whoever_becomes_free_at_one_node_serves_the_other_at_once(
    make_floor: MakeFloor, frees: str
) -> None:
    """Event-driven across routers: no clock moves."""
    floor, leader, other = await two(make_floor, 1)
    busy = None
    if frees == "capacity":
        await floor.ready("a0")
        busy = await floor.comes("open", node=other)
        await floor.takes(busy)
    elif frees == "returns":
        await floor.ready("a0")
        await floor.at(other).set_not_ready("a0", "break")
    waiting = await floor.comes("open", node=leader)
    assert await floor.rung_for(waiting) is None
    if busy is not None:
        await floor.goes(busy)
    elif frees == "returns":
        await floor.at(other).set_ready("a0")
    else:
        await floor.at(other).log_in("a0", ready=True)
    assert await floor.rung_for(waiting) == "a0"


async def test_the_answer_to_a_claim_is_lost(make_floor: MakeFloor) -> None:
    """The server has done it; the batch is sent again and not done again: one offer, one
    ring."""
    floor, leader, _ = await two(make_floor)
    await floor.ready("a0")
    for _ in range(5):
        floor.stations[leader].wire.lose(3)
        contact_id = await floor.comes("open", node=leader)
        assert await floor.rung_for(contact_id) == "a0"
        events = await floor.redis.lrange(floor.keys("contact", contact_id, "events"), 0, -1)
        assert sum('"contact.offered"' in str(event) for event in events) == 1
        rings = [one for one in floor.world.asked if one[0] == "ring" and one[2] == contact_id]
        assert len(rings) == 1
        await floor.takes(contact_id)
        await floor.goes(contact_id)
    assert floor.stations[leader].wire.lost >= 10


async def test_a_node_that_heard_nothing_for_a_while_catches_up(make_floor: MakeFloor) -> None:
    """Stopped shorter than its lease: what was offered meanwhile rings when it goes on."""
    floor, leader, other = await two(make_floor)
    contact_id = await floor.comes("open", node=other)
    floor.stations[other].wire.stop()
    router = floor.at(leader)
    await router.log_in("a0", ready=True)
    await router.quiet()
    assert (await router.contacts.get(contact_id)).state is ContactState.OFFERED
    assert floor.world.lines[contact_id].ringing == {}
    floor.stations[other].wire.go_on()
    await floor.settle()
    assert set(floor.world.lines[contact_id].ringing) == {"a0"}


async def test_the_leader_dies_and_the_lease_of_its_offer_runs_out(make_floor: MakeFloor) -> None:
    """Contact claimed, node dies: under the next leader the contact returns at its old
    age and goes to the next agent."""
    floor, leader, other = await two(make_floor)
    await floor.ready("a0", node=other)
    contact_id = await floor.comes("open", node=other)
    entered = (await floor.contact(contact_id)).enqueued_at
    assert await floor.rung_for(contact_id) == "a0"
    await floor.kill(leader)
    await floor.settle()
    assert floor.at(other).leads
    await floor.ready("a1", node=other)
    await floor.passes(18.9)
    assert await floor.state(contact_id) is ContactState.OFFERED
    await floor.passes(0.1)
    assert await floor.rung_for(contact_id) == "a1"
    assert (await floor.agent("a0")).reason == "rona"
    assert (await floor.contact(contact_id)).enqueued_at == entered


async def test_the_node_that_carries_a_contact_dies(make_floor: MakeFloor) -> None:
    """Nobody rings for it there: whoever was to be rung is not blamed, and it is offered
    to nobody until its node lives again."""
    floor, leader, other = await two(make_floor)
    await floor.ready("a0")
    contact_id = await floor.comes("open", node=other)
    entered = (await floor.contact(contact_id)).enqueued_at
    assert await floor.rung_for(contact_id) == "a0"
    await floor.kill(other)
    await floor.settle()
    await floor.passes(20)
    assert (await floor.agent("a0")).state is AgentState.READY
    assert await floor.state(contact_id) is ContactState.QUEUED
    mine = await floor.comes("open", node=leader)
    assert await floor.takes(mine) == "a0"  # who is carried elsewhere is served
    await floor.goes(mine)
    assert await floor.rung_for(contact_id) is None
    await floor.start(other)
    assert await floor.rung_for(contact_id) == "a0"
    assert (await floor.contact(contact_id)).enqueued_at == entered


@pytest.mark.parametrize("restart", [True, False])
async def test_a_leader_that_slept_through_its_own_end_cannot_claim(
    make_floor: MakeFloor, restart: bool
) -> None:
    """Two lead at once: the claim of the first carries an old epoch and is refused."""
    floor, leader, other = await two(make_floor)
    sleeper = floor.stations[leader]
    epoch = sleeper.router.leadership.epoch
    contact_id = await floor.comes("open", node=leader)
    fenced = metrics.claims_total.labels("fenced")._value.get()
    # Its claim is written, but held up on the way, as it falls asleep.
    sleeper.do(sleeper.router.log_in("a0", ready=True))
    while not sleeper.router._state.under_way:
        await asyncio.sleep(0)
    floor.stop(leader)
    await floor.settle()
    assert floor.at(other).leads
    assert floor.at(other).leadership.epoch == epoch + 1
    assert sleeper.router.leadership.epoch == epoch  # as far as it knows, it leads
    if restart:
        await floor.ready("a1", node=other)
    floor.go_on(leader)
    await floor.settle()
    assert metrics.claims_total.labels("fenced")._value.get() == fenced + 1
    assert sleeper.router.leadership.epoch == 0
    assert await floor.rung_for(contact_id) in ("a0", "a1")
    rung = [agent for agent in await floor.router.agents.all() if agent.assignments]
    assert len(rung) == 1


async def test_conversation_verbs_belong_to_the_node_of_the_contact(
    make_floor: MakeFloor,
) -> None:
    floor, leader, other = await two(make_floor)
    await floor.ready("a0")
    contact_id = await floor.comes("open", node=other)
    await floor.takes(contact_id)
    with pytest.raises(OtherNode):
        await floor.at(leader).hold(contact_id)
    await floor.at(other).hold(contact_id)
    assert await floor.state(contact_id) is ContactState.HELD
    assert floor.world.lines[contact_id].on_hold


async def test_a_medium_that_a_node_does_not_serve_is_not_offered_by_the_leader(
    make_floor: MakeFloor,
) -> None:
    floor, leader, other = await two(make_floor)
    floor.at(other).suspend(Medium.VOICE)
    await floor.settle()
    await floor.ready("a0")
    shut = await floor.comes("open", node=other)
    chat = await floor.comes("open", Medium.CHAT, node=other)
    assert await floor.rung_for(chat) == "a0"
    assert await floor.rung_for(shut) is None
    await floor.ready("a1")
    served = await floor.comes("open", node=leader)
    assert await floor.rung_for(served) == "a1"
    await floor.ready("a2")
    assert await floor.rung_for(shut) is None
    floor.at(other).resume_medium(Medium.VOICE)
    assert await floor.rung_for(shut) == "a2"


async def test_one_process_of_a_node_replaces_another_at_once(make_floor: MakeFloor) -> None:
    """A restart that is quicker than the lease does not wait for it."""
    floor = await make_floor([OPEN], STAFF, nodes=1)
    contact_id = await floor.comes("open")
    await floor.kill("east")
    floor._ghosts.clear()  # its lease goes on
    await floor.start("east")
    assert floor.router.leads
    await floor.ready("a0")
    assert await floor.rung_for(contact_id) == "a0"
