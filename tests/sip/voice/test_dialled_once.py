"""The same key twice, at two nodes at the same time: one call."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from acd.errors import AgentNotReady
from acd.store import Store
from core.redis import Keys
from sip.voice.dialled_once import KEPT_SECONDS, DialledOnce, KeyReused

KEY = "test:dial:alice:one"
WANTED = ("95551234", "support", None)


class Phone:
    """Rings until it is let go, and counts how often."""

    def __init__(self) -> None:
        self.rung = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def dial(self) -> None:
        self.rung += 1
        self.begun.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def nodes(redis: Redis) -> tuple[DialledOnce, DialledOnce]:
    """Of two processes."""
    one, two = (DialledOnce(Store(redis, Keys("test"), process=name)) for name in ("a", "b"))
    return one, two


async def test_two_nodes_ring_once(nodes: tuple[DialledOnce, DialledOnce], redis: Redis) -> None:
    one, two = nodes
    phone = Phone()
    first = asyncio.create_task(one.run(KEY, WANTED, "con_1", phone.dial))
    await asyncio.wait_for(phone.begun.wait(), 20)
    assert 0 < await redis.ttl(KEY) < 600  # a process that dies now keeps it for no day
    assert await two.run(KEY, WANTED, "con_2", phone.dial) == "con_1"
    phone.go_on.set()
    assert await first == "con_1"
    assert await two.run(KEY, WANTED, "con_3", phone.dial) == "con_1"
    assert phone.rung == 1
    assert KEPT_SECONDS - 60 < await redis.ttl(KEY) <= KEPT_SECONDS


@pytest.mark.parametrize(
    "other",
    [("95551235", "support", None), ("95551234", None, "support"), ("95551234", "support", "4930")],
)
async def test_a_key_is_for_one_call(
    nodes: tuple[DialledOnce, DialledOnce], other: tuple[str | None, ...]
) -> None:
    phone = Phone()
    phone.go_on.set()
    await nodes[0].run(KEY, WANTED, "con_1", phone.dial)
    with pytest.raises(KeyReused) as refused:
        await nodes[1].run(KEY, other, "con_2", phone.dial)
    assert refused.value.http_status == 409
    assert phone.rung == 1


async def test_a_refused_call_gives_its_key_back(nodes: tuple[DialledOnce, DialledOnce]) -> None:
    phone = Phone()
    phone.go_on.set()
    phone.error = AgentNotReady("Not logged in.")
    with pytest.raises(AgentNotReady):
        await nodes[0].run(KEY, WANTED, "con_1", phone.dial)
    phone.error = None
    other = ("95551235", None, None)
    assert await nodes[1].run(KEY, other, "con_2", phone.dial) == "con_2"


async def test_what_an_older_version_kept_is_understood(
    nodes: tuple[DialledOnce, DialledOnce], redis: Redis
) -> None:
    await redis.set(KEY, "con_0")
    assert await nodes[0].run(KEY, WANTED, "con_1", Phone().dial) == "con_0"


async def test_a_key_taken_by_another_meanwhile_is_left_to_them(
    nodes: tuple[DialledOnce, DialledOnce], redis: Redis
) -> None:
    phone = Phone()
    phone.error = AgentNotReady("Not logged in.")
    first = asyncio.create_task(nodes[0].run(KEY, WANTED, "con_1", phone.dial))
    await asyncio.wait_for(phone.begun.wait(), 20)
    await redis.set(KEY, "con_2")
    phone.go_on.set()
    with pytest.raises(AgentNotReady):
        await first
    assert await redis.get(KEY) == "con_2"
