"""What others did while nobody could be heard is on the wall as soon as they can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from acd.router import Router
from core import redis as redis_access
from core.clock import SystemClock
from core.events import EventBus
from core.ports import PortBlock
from core.redis import Keys
from tests.app.http.watcher import agrees, watching
from tests.support.proxy import proxy_to
from tests.support.wait import eventually
from tests.support.web import web_house_on

PAGE = 200  # entries that are read at once


@pytest.mark.parametrize("trimmed", [True, False])
async def test_a_gap_in_what_others_write(
    redis: Redis, redis_url: str, tmp_path: Path, trimmed: bool
) -> None:
    """``trimmed``: so much was written meanwhile that the stream has not all of it. Long
    before the time at which everything is read again anyway."""
    block = PortBlock.reserve()
    port = make_url(redis_url).port
    assert port is not None
    proxy = await proxy_to(port, block)
    through = redis_access.connect(redis_url.replace(f":{port}", f":{proxy.port}"))
    async with web_house_on(through, tmp_path) as house, watching(house) as watcher:
        other = Router(
            redis, Keys("test"), house.router.directory, SystemClock(), EventBus(), node="elsewhere"
        )
        await other.recover()
        await agrees(house, watcher)
        await proxy.cut()
        for agent_id in ("emma.clarke", "li.wei"):
            await other.log_in(agent_id)
        if trimmed:
            for _ in range(PAGE):
                await other.log_in("zhang.min")
                await other.log_out("zhang.min")
            await redis.xtrim(house.keys("changes"), maxlen=PAGE, approximate=False)
        await proxy.mend()

        async def shown() -> bool:
            agents = watcher.state["agents"]
            return {agents[one]["state"] for one in ("emma.clarke", "li.wei")} == {"not_ready"}

        await eventually(shown, "the wall shows them", seconds=15)
        await agrees(house, watcher)
        told = [event["id"] for event in watcher.state["events"]]
        assert len(told) == len(set(told))
        await other.log_out("emma.clarke")
        await agrees(house, watcher)
        await other.close()
    await through.aclose()
    await proxy.close()
    block.release()
