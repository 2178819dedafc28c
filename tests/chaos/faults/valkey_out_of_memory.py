"""Valkey answers and takes no writes: it is out of memory."""

from __future__ import annotations

import asyncio
import time

from core import redis as redis_access
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        redis = redis_access.connect(house.redis_url)
        people = await house.people()
        await redis.config_set("maxmemory", "1")
        await house.wait_code("redis", "redis_refuses_writes")
        await asyncio.sleep(scene.seconds(10, 4))
        await redis.config_set("maxmemory", "0")
        seen = await people.judge(time.time())
        await redis.aclose()
        return seen


ROW = Row(
    name="valkey-out-of-memory",
    title="Valkey is out of memory for 10 s",
    promise="Talks go on; callers wait; health says so at once",
    run=run,
    quick=True,
)
