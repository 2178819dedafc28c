"""The client: a task that talks to the server can be ended at any moment."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from redis.asyncio import Redis

from core import redis as redis_access
from tests.support.valkey import ValkeyFactory


async def test_a_task_that_uses_redis_in_a_loop_can_be_cancelled_at_any_moment(
    redis: Redis,
) -> None:
    async def work() -> None:
        while True:
            await redis.ping()

    for turns in range(60):
        task = asyncio.create_task(work())
        await redis.ping()
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=2)
        assert done, "the cancellation was swallowed"
        assert task.cancelled()


async def test_a_server_that_hangs_is_a_time_out(valkey_factory: ValkeyFactory) -> None:
    server = await valkey_factory()
    client = redis_access.connect(server.url, timeout=0.1)
    await client.ping()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(redis_access.RedisUnavailable):
            await redis_access.ping(client)
    finally:
        os.kill(server.pid, signal.SIGCONT)
        await client.aclose()
