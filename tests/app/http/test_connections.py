"""Connections that say nothing, speak slowly or are too many cost only their owner."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio
from redis.asyncio import Redis

from core import metrics
from tests.support.wait import eventually
from tests.support.web import WebHouse, web_house_on

HALF = b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: "


@pytest_asyncio.fixture
async def narrow(redis: Redis, tmp_path: Path) -> AsyncIterator[WebHouse]:
    """A server with room for 40 connections, 20 of an address, and little patience."""
    little = {
        "server.web.connections": "40",
        "server.web.connections_per_address": "20",
        "server.web.header_seconds": "2",
        "server.web.streams": "10",
        "server.web.streams_per_person": "4",
    }
    async with web_house_on(redis, tmp_path, overrides=little) as house:
        yield house


class Crowd:
    """Connections of somebody at ``address``."""

    def __init__(self, house: WebHouse, address: str) -> None:
        self._port = house.settings.server.web.port
        self._address = address
        self.open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def grows(self, count: int, say: bytes) -> None:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._address, 0)
            )
            with contextlib.suppress(ConnectionError):
                writer.write(say)
                await writer.drain()
            self.open.append((reader, writer))

    async def alive(self) -> int:
        """How many the server has not ended."""

        async def lives(reader: asyncio.StreamReader) -> bool:
            try:
                async with asyncio.timeout(0.2):
                    return bool(await reader.read(1000))
            except TimeoutError:
                return True
            except ConnectionError:
                return False

        return sum(await asyncio.gather(*(lives(reader) for reader, _ in self.open)))

    def goes(self) -> None:
        for _, writer in self.open:
            writer.close()


def ended(reason: str) -> float:
    found: float = metrics.http_connections_ended_total.labels(reason)._value.get()
    return found


async def get(house: WebHouse, address: str, path: str = "/health/live") -> int:
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    timeout = aiohttp.ClientTimeout(total=10)
    async with (
        aiohttp.ClientSession(house.url, connector=connector, timeout=timeout) as session,
        session.get(path) as answer,
    ):
        await answer.read()
        return answer.status


async def test_half_requests_push_out_their_like_and_end_by_themselves(narrow: WebHouse) -> None:
    """Four hundred of them, from ten addresses: everybody else is served all the while."""
    agent = await narrow.signed_in("wang.fang")
    live = await agent.ws_connect("/api/live")
    assert (await live.receive_json())["type"] == "state"
    slow, crowds = ended("slow"), [Crowd(narrow, f"127.0.3.{n}") for n in range(1, 11)]
    for crowd in crowds:
        await crowd.grows(40, HALF)
        assert await get(narrow, "127.0.0.1") == 200
        assert await get(narrow, "127.0.0.77") == 200
        assert await get(narrow, "127.0.3.1") == 200, "nor is their own address shut"
    assert len(narrow.web.server._connections) <= 40
    async with agent.get("/api/agents/me") as answer:
        assert answer.status == 200

    async def all_gone() -> bool:
        return sum([await crowd.alive() for crowd in crowds]) == 0

    await eventually(all_gone, "half-sent requests end", seconds=20)
    assert ended("slow") > slow
    await live.ping()
    await agent.post("/api/agents/me/log-in", json={"ready": True})
    async with asyncio.timeout(10):
        assert (await live.receive_json())["type"] == "change"
    await live.close()


async def test_silent_and_dripping_connections_end(narrow: WebHouse) -> None:
    crowd = Crowd(narrow, "127.0.3.1")
    await crowd.grows(5, b"")
    await crowd.grows(5, b"GET / HTTP/1.1\r\n")
    # A byte now and then is no request either; nor is one after a whole request.
    await crowd.grows(1, HALF)
    await crowd.grows(1, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.1)
    writers = [writer for _, writer in crowd.open[-2:]]

    async def drip() -> None:
        while True:
            for writer in writers:
                with contextlib.suppress(ConnectionError):
                    writer.write(b"a")
            await asyncio.sleep(0.2)

    dripping = asyncio.ensure_future(drip())

    async def all_gone() -> bool:
        return await crowd.alive() == 0

    try:
        await eventually(all_gone, "they end", seconds=20)
    finally:
        dripping.cancel()
    crowd.goes()


async def test_a_slow_body_gets_408(narrow: WebHouse) -> None:
    crowd = Crowd(narrow, "127.0.3.1")
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    await crowd.grows(1, head + b"Content-Length: 50\r\n\r\n{")
    reader, _ = crowd.open[0]
    async with asyncio.timeout(25):
        answer = await reader.read(10_000)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b"request_timeout" in answer
    crowd.goes()


async def test_a_person_has_so_many_streams_and_the_last_are_for_others(
    narrow: WebHouse,
) -> None:
    agents = [await narrow.signed_in(name) for name in ("wang.fang", "li.wei", "grace.hill")]
    sockets = [await agents[0].ws_connect("/api/live") for _ in range(4)]
    with contextlib.suppress(aiohttp.WSServerHandshakeError):
        sockets.append(await agents[0].ws_connect("/api/live"))
    assert len(sockets) == 4
    async with agents[0].get("/api/live") as answer:
        assert answer.status == 429
        assert (await answer.json())["code"] == "full"
    # Ten in all: two of the last are for people who have fewer than two.
    sockets += [await agents[1].ws_connect("/api/live") for _ in range(4)]
    sockets += [await agents[2].ws_connect("/api/live") for _ in range(2)]
    async with agents[2].get("/api/live") as answer:
        assert answer.status == 429
    await sockets[0].close()

    async def again() -> bool:
        async with agents[1].get("/api/live") as answer:
            return answer.status == 429

    assert await again(), "one who has four gets no fifth"
    for socket in sockets[1:]:
        await socket.close()


async def test_ordinary_requests_of_a_person_do_not_count_as_streams(narrow: WebHouse) -> None:
    agent = await narrow.signed_in("wang.fang")

    async def one() -> int:
        async with agent.get("/api/agents/me") as answer:
            return answer.status

    assert set(await asyncio.gather(*(one() for _ in range(30)))) == {200}


async def test_one_who_never_reads_is_let_go(narrow: WebHouse) -> None:
    """Many requests in a row, no answer taken: the server does not hold them for ever."""
    crowd = Crowd(narrow, "127.0.3.1")
    await crowd.grows(1, b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
    assert await get(narrow, "127.0.0.1") == 200
    # It is nobody's, so it goes as soon as its address needs the room.
    await crowd.grows(25, HALF)
    reader, _ = crowd.open[0]

    async def over() -> bool:
        return reader.at_eof() or reader.exception() is not None or not narrow_holds()

    def narrow_holds() -> bool:
        return len(narrow.web.server._connections) > 20

    await eventually(over, "the oldest of that address is gone", seconds=10)
    crowd.goes()
