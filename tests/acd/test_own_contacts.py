"""Contacts that agents begin: they take the agent at once, in any medium."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.errors import AgentNotReady
from acd.model import AgentConfig, Direction, EndReason, Medium, QueueConfig
from core import ids
from tests.acd.floor import Floor, MakeFloor
from tests.acd.proof.world import Line


async def dials(
    floor: Floor, agent_id: str, medium: Medium = Medium.VOICE, *, only_if_free: bool = False
) -> str:
    """The agent begins a contact; its id."""
    line = Line(ids.new_id(ids.CONTACT), "east", medium)
    floor.world.lines[line.contact_id] = line
    await floor.router.start_outbound(
        agent_id, medium=medium, channel="test", address=line.contact_id,
        contact_id=line.contact_id, only_if_free=only_if_free,
    )  # fmt: skip
    line.known = True
    await floor.settle()
    return line.contact_id


async def _floor(make_floor: MakeFloor) -> Floor:
    agents = [AgentConfig(id=id_, device=id_) for id_ in ("anna", "ben")]
    return await make_floor([QueueConfig(name="q")], agents)


async def test_nobody_is_offered_to_who_dials(make_floor: MakeFloor) -> None:
    floor = await _floor(make_floor)
    await floor.ready("anna")
    own = await dials(floor, "anna")
    waiting = await floor.comes("q")
    assert await floor.rung_for(waiting) is None
    assert (await floor.agent("anna")).state is AgentState.BUSY
    with pytest.raises(AgentNotReady):
        await dials(floor, "anna", only_if_free=True)
    await floor.router.unreached(own, EndReason.NO_ANSWER)
    assert await floor.rung_for(waiting) == "anna"


async def test_what_rings_is_taken_back(make_floor: MakeFloor) -> None:
    floor = await _floor(make_floor)
    await floor.ready("anna")
    waiting = await floor.comes("q")
    assert await floor.rung_for(waiting) == "anna"
    await dials(floor, "anna")
    assert await floor.state(waiting) is ContactState.QUEUED
    assert (await floor.agent("anna")).presence.value == "ready"  # nobody is blamed
    await floor.ready("ben")
    assert await floor.rung_for(waiting) == "ben"


async def test_at_the_same_moment_as_the_routers_claim(make_floor: MakeFloor) -> None:
    floor = await _floor(make_floor)
    for _ in range(10):
        await floor.ready("anna")
        waiting, own = await asyncio.gather(floor.comes("q"), dials(floor, "anna"))
        agent = await floor.agent("anna")
        assert [one.contact_id for one in agent.assignments] == [own]
        await floor.router.unreached(own, EndReason.BUSY)
        assert await floor.rung_for(waiting) == "anna"
        await floor.goes(waiting)


async def test_a_text_contact(make_floor: MakeFloor) -> None:
    """Nothing of it is the phone's."""
    floor = await _floor(make_floor)
    await floor.ready("anna")
    own = await dials(floor, "anna", Medium.CHAT)
    await floor.router.reached(own, "somewhere")
    contact = await floor.contact(own)
    assert (contact.state, contact.direction) == (ContactState.CONNECTED, Direction.OUTBOUND)
    assert contact.address == "somewhere"


async def test_a_colleague_who_has_a_call(make_floor: MakeFloor) -> None:
    floor = await _floor(make_floor)
    await floor.ready("anna", "ben")
    first = await dials(floor, "ben")
    own = await dials(floor, "anna")
    with pytest.raises(AgentNotReady):
        await floor.router.call_colleague(own, "ben")
    await floor.router.unreached(first, EndReason.CANCELLED)
    await floor.router.call_colleague(own, "ben")
    assert (await floor.agent("ben")).state is AgentState.BUSY
    await floor.router.unreached(own, EndReason.NO_ANSWER)
    assert (await floor.agent("ben")).state is AgentState.READY
