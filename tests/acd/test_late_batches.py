"""A batch that was given up reaches the server after all, when nobody counts on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from acd import moves
from acd.change import Change
from acd.model import Contact, Medium
from acd.store import Store
from core import redis as redis_access
from core.clock import SystemClock
from core.ports import PortBlock
from core.redis import Keys, RedisUnavailable
from tests.support.proxy import Proxy, proxy_to
from tests.support.wait import eventually

KEYS = Keys("test")
TIMEOUT = 0.3


def new_contact(id_: str) -> Change:
    change = Change(KEYS, SystemClock().now())
    contact = Contact(
        id=id_, medium=Medium.VOICE, channel="phone", direction="inbound", created_at=change.now
    )
    moves.arrived(change, contact)
    return change


@dataclass
class Line:
    """A store that reaches the server through ``proxy``; ``redis`` goes there directly."""

    store: Store
    proxy: Proxy
    redis: Redis

    async def exists(self, id_: str) -> bool:
        return bool(await self.redis.exists(KEYS("contact", id_)))

    async def arrived(self) -> None:
        """What was held back has reached the server, which has done it."""

        async def so() -> bool:
            return self.proxy.holding == 0

        await eventually(so, "nothing is held back")
        for _ in range(3):  # what came to it before is done before the last of these
            await self.redis.ping()


@pytest_asyncio.fixture
async def line(redis: Redis, redis_url: str) -> AsyncIterator[Line]:
    block = PortBlock.reserve()
    port = make_url(redis_url).port
    assert port is not None
    proxy = await proxy_to(port, block)
    url = redis_url.replace(f":{port}", f":{proxy.port}")
    through = redis_access.connect(url, timeout=TIMEOUT)
    store = Store(through, KEYS, patience=TIMEOUT)
    await store.commit(new_contact("con_0"))  # the script is known now
    yield Line(store, proxy, redis)
    await store.close()
    await through.aclose()
    await proxy.close()
    block.release()


async def test_after_its_successor_it_writes_nothing(line: Line) -> None:
    held = line.proxy.hold_requests()
    with pytest.raises(RedisUnavailable):
        await line.store.commit(new_contact("con_1"))
    line.proxy.pass_requests()
    await line.store.commit(new_contact("con_2"))
    held.set()
    await line.arrived()
    assert not await line.exists("con_1")
    assert await line.exists("con_2")
    assert await line.redis.xlen(KEYS("events")) == 2
    await line.store.commit(new_contact("con_1"))  # is new as far as anybody knows
    assert await line.redis.xlen(KEYS("events")) == 3


async def test_once_the_server_answers_again_it_writes_nothing(line: Line) -> None:
    """What is read after an outage stays true, even if nothing else is written."""
    held = line.proxy.hold_requests()
    with pytest.raises(RedisUnavailable):
        await line.store.commit(new_contact("con_1"))
    line.proxy.pass_requests()
    await line.store.answers()
    assert [one.id for one in await line.store.contacts()] == ["con_0"]
    held.set()
    await line.arrived()
    assert not await line.exists("con_1")


async def test_before_its_successor_it_counts(line: Line) -> None:
    """Only the answer was late: the batch is there when it is sent again."""
    held = line.proxy.hold_requests()
    written = line.store.submit(new_contact("con_1"))

    async def is_held() -> bool:
        return line.proxy.holding > 0

    await eventually(is_held, "the batch is held back")
    line.proxy.pass_requests()
    held.set()
    assert await written == "ok"
    assert await line.exists("con_1")
