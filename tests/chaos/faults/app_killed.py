"""The app is killed in the middle of everything."""

from __future__ import annotations

import os
import signal
import time

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        app = house.part("app")
        assert app is not None
        os.kill(app.pid, signal.SIGKILL)
        killed = time.time()
        await house.wait_replaced("app", app.pid)
        return await people.judge(killed)


ROW = Row(
    name="app-killed",
    title="The app is killed (SIGKILL)",
    promise="Talks go on; callers wait for some seconds; nothing is lost",
    run=run,
    quick=True,
)
