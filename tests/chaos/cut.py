"""The network between the app and a server is cut for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.ports import PortBlock
from tests.chaos.row import Seen
from tests.chaos.scene import Scene
from tests.support.proxy import Proxy
from tests.support.wait import until


@asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    """A proxy on a port of its own, closed in the end. It takes connections when it is
    mended for the first time."""
    block = PortBlock.reserve()
    made = Proxy(block.take(), target)
    try:
        yield made
    finally:
        with suppress(AssertionError):  # it was never mended
            await made.close()
        block.release()


async def cut_and_mend(
    scene: Scene, overrides: dict[str, str], between: Proxy, part: str, code: str, seconds: float
) -> Seen:
    """Cut ``between`` under people who talk and call; health must say ``code`` of ``part``."""
    async with scene.house(overrides, start=False) as house:
        # Not before: the supervisor makes sure that its own ports are free.
        await until(lambda: "starting Parley" in house.said(), 90, "the supervisor's start")
        await between.mend()
        await house.wait_started()
        people = await house.people()
        await between.cut()
        await house.wait_code(part, code)
        await asyncio.sleep(seconds)
        await between.mend()
        return await people.judge(time.time())
