"""What a node tells the others of its media arrives in the order in which it was so."""

from __future__ import annotations

import asyncio
import json

from acd.model import AgentConfig, Medium, QueueConfig
from tests.acd.floor import MakeFloor

ANNA = AgentConfig(id="anna", device="1")
OPEN = QueueConfig(name="open", wrap_up_seconds=0)


async def test_a_medium_that_works_again_is_not_told_to_be_shut_by_a_late_try(
    make_floor: MakeFloor,
) -> None:
    """The answer to the first is lost, so it is told again: not after the second."""
    floor = await make_floor([OPEN], [ANNA], nodes=2)
    await floor.ready("anna", node="north")
    east = floor.stations["east"]
    east.wire.lose(3)
    east.router.suspend(Medium.CHAT)
    while east.wire.loses_more:
        await asyncio.sleep(0)
    east.router.resume_medium(Medium.CHAT)
    await floor.settle()
    told = await floor.redis.hget(floor.keys("shut"), "east")
    assert told is not None
    assert json.loads(told) == []
    assert await floor.rung_for(await floor.comes("open", Medium.CHAT)) == "anna"
