"""Whoever asked is gone in the middle: what medium and record do together is done to its
end, or is not begun."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from acd.contact_states import ContactState
from acd.errors import OtherNode
from acd.model import AgentConfig, EndReason, QueueConfig
from tests.acd.floor import MakeFloor
from tests.support.routing import House

TURNS = 12  # of the event loop: about as many as any of these takes
OPEN = QueueConfig(name="open", wrap_up_seconds=0)


async def _cut_short(work: Coroutine[Any, Any, None], house: House, verb: str, turns: int) -> None:
    """``work`` is cancelled after the medium was asked: before it has answered, or so many
    turns later."""
    before = house.medium.count(verb)
    gate = house.medium.answer_gate = asyncio.Event()
    task = asyncio.ensure_future(work)
    while house.medium.count(verb) == before and not task.done():
        await asyncio.sleep(0)
    if turns:
        gate.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gate.set()
    await house.quiet()


@pytest.mark.parametrize("to", ["queue", "agent"])
async def test_a_transfer_that_is_cancelled(house: House, to: str) -> None:
    """The medium has parted them, or has not; the state says the same."""
    for turns in range(TURNS):
        contact_id = await house.customer("support")
        await house.ready("anna")
        await house.medium.rings("anna", contact_id)
        await house.medium.picks_up("anna")
        await house.contact_is(contact_id, ContactState.CONNECTED)
        await house.quiet()
        if to == "queue":
            work = house.router.transfer_to_queue(contact_id, "tiny")
        else:
            await house.ready("bo")
            work = house.router.transfer_to_agent(contact_id, "bo", queue="tiny")
        await _cut_short(work, house, "requeue", turns)
        contact = await house.contact(contact_id)
        assert contact.end_reason is None, "the medium's echo ended it"
        assert contact_id not in house.medium.joined
        assert contact.queue == "tiny"
        assert contact.state is (ContactState.QUEUED if to == "queue" else ContactState.OFFERED)
        await house.medium.customer_hangs_up(contact_id)
        for agent_id in ("anna", "bo")[: 1 if to == "queue" else 2]:
            await house.router.log_out(agent_id)


@pytest.mark.parametrize("verb", ["hold", "resume"])
async def test_a_hold_that_is_cancelled(house: House, verb: str) -> None:
    contact_id = await house.connect("sales", "anna")
    for turns in range(TURNS):
        if verb == "resume":
            await house.router.hold(contact_id)
        await _cut_short(getattr(house.router, verb)(contact_id), house, verb, turns)
        held = contact_id in house.medium.on_hold
        assert held == (verb == "hold")
        expected = ContactState.HELD if held else ContactState.CONNECTED
        assert (await house.contact(contact_id)).state is expected
        if held:
            await house.router.resume(contact_id)
    await house.medium.customer_hangs_up(contact_id)
    await house.router.wrap_up_done("anna")


async def test_an_end_that_is_cancelled(house: House) -> None:
    """Nobody stays on the line of a contact that is over."""
    for turns in range(TURNS):
        contact_id = await house.customer("tiny")
        task = asyncio.ensure_future(house.router.end(contact_id, EndReason.ERROR))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await house.quiet()
        over = (await house.contact(contact_id)).state is ContactState.ENDED
        assert over == (contact_id not in house.medium.customers)
        if not over:
            await house.router.end(contact_id, EndReason.ERROR)


async def test_a_process_that_closes_finishes_a_transfer(house: House) -> None:
    contact_id = await house.connect("sales", "anna")
    task = asyncio.ensure_future(house.router.transfer_to_queue(contact_id, "support"))
    while not house.medium.count("requeue"):
        await asyncio.sleep(0)
    first = house.router
    await first.close()
    await task
    house.routers.remove(first)
    await house.new_router().recover()
    contact = await house.contact(contact_id)
    assert (contact.state, contact.queue) == (ContactState.QUEUED, "support")


async def test_assigned_at_one_node_as_the_other_joins_them(make_floor: MakeFloor) -> None:
    """Who was rung for when it was looked at talks by now: only their node can part them."""
    staff = [AgentConfig(id="a0", device="0"), AgentConfig(id="a1", device="1")]
    floor = await make_floor([OPEN], staff, nodes=2)
    (leader,) = [s.node for s in floor.running if s.router.leads]
    (other,) = set(floor.stations) - {leader}
    await floor.ready("a0", "a1")
    contact_id = await floor.comes("open", node=other)
    assert await floor.rung_for(contact_id) == "a0"
    router = floor.at(leader)
    assigned = asyncio.ensure_future(router.assign(contact_id, "a1"))
    while not router.store._writes._waiting:
        await asyncio.sleep(0)
    floor.stop(leader)  # its write is on the way, and held up
    line = floor.world.lines[contact_id]
    offer = line.up["a0"] = line.ringing.pop("a0")
    floor.report(line, lambda at_node: at_node.agent_answered(offer.id))
    await floor.settle()
    assert line.joined == "a0"
    floor.go_on(leader)
    with pytest.raises(OtherNode):
        await assigned
    await floor.settle()
    assert await floor.state(contact_id) is ContactState.CONNECTED
    assert line.joined == "a0"
    assert (await floor.agent("a1")).assignments == []
