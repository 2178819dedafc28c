"""The app gets no more memory; later it is killed for it, as the kernel would do."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress

import psutil

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        app = house.part("app")
        assert app is not None
        before = app.rlimit(psutil.RLIMIT_AS)
        app.rlimit(psutil.RLIMIT_AS, (app.memory_info().vms, before[1]))
        await asyncio.sleep(scene.seconds(10, 5))
        now = house.part("app")
        if now is not None and now.pid == app.pid:
            with suppress(psutil.Error):
                app.rlimit(psutil.RLIMIT_AS, before)
            with suppress(ProcessLookupError):
                os.kill(app.pid, signal.SIGKILL)
        killed = time.time()
        await house.wait_replaced("app", app.pid)
        return await people.judge(killed)


ROW = Row(
    name="out-of-memory",
    title="The app gets no memory for 10 s and is killed",
    promise="Talks go on; callers wait; nothing is lost",
    run=run,
)
