"""A process that stands still for a while (SIGSTOP), then goes on."""

from __future__ import annotations

import asyncio
import time

from tests.chaos.row import Seen
from tests.chaos.scene import Scene


async def frozen(scene: Scene, part: str, *, seconds: float, may_hear_nothing: float = 0.0) -> Seen:
    """``part`` of a house does nothing for ``seconds``."""
    async with scene.house() as house:
        people = await house.people()
        process = house.part(part)
        assert process is not None
        process.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:
            process.resume()
        seen = await people.judge(time.time(), may_hear_nothing=may_hear_nothing)
        now = house.part(part)
        seen.must(now is not None and now.pid == process.pid, f"{part} was restarted")
        return seen
