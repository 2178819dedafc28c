"""The app may open no further file or connection for a while."""

from __future__ import annotations

import asyncio
import time

import psutil

from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        people = await house.people()
        app = house.part("app")
        assert app is not None
        before = app.rlimit(psutil.RLIMIT_NOFILE)
        highest = max(int(one.fd) for one in app.open_files()) if app.open_files() else 0
        limit = max(app.num_fds(), highest) + 1
        app.rlimit(psutil.RLIMIT_NOFILE, (limit, before[1]))
        await asyncio.sleep(scene.seconds(10, 5))
        app.rlimit(psutil.RLIMIT_NOFILE, before)
        return await people.judge(time.time())


ROW = Row(
    name="out-of-descriptors",
    title="The app is out of file descriptors for 10 s",
    promise="Talks go on; callers wait; all is well by itself",
    run=run,
)
