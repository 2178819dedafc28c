"""A client of the live feed, and whether what it believes is so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.support.wait import eventually
from tests.support.web import WebHouse


class Watcher:
    """A client that only applies what it is sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.state: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.seq = -1

    async def follow(self) -> None:
        async for raw in self.socket:
            message = raw.json()
            self.messages.append(message)
            if message["type"] == "state":
                self.state = message["state"]
            else:
                assert message["seq"] == self.seq + 1
                for table, id_, row in message["changes"]:
                    if row is None:
                        del self.state[table][id_]
                    else:
                        self.state[table][id_] = row
                self.state["events"] = [*self.state["events"], *message["events"]][-40:]
            self.seq = message["seq"]


@asynccontextmanager
async def watching(house: WebHouse, who: str = "grace.hill") -> AsyncIterator[Watcher]:
    client = await house.signed_in(who)
    async with client.ws_connect("/api/live") as socket:
        watcher = Watcher(socket)
        following = asyncio.create_task(watcher.follow())
        yield watcher
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def agrees(house: WebHouse, watcher: Watcher) -> None:
    """Wait until the watcher's state is the one read anew from Redis."""
    last: list[Any] = []

    async def same() -> bool:
        fresh: Any = await house.web.wall.fresh()
        ids = [event["id"] for event in fresh.pop("events")]
        mine = dict(watcher.state)
        seen = [event["id"] for event in mine.pop("events", [])]
        last[:] = [fresh, mine]
        return bool(fresh == mine) and set(ids) == set(seen)

    try:
        await eventually(same, "the watcher's state is the fresh one")
    except AssertionError:
        fresh, mine = last
        for table in fresh:
            assert mine.get(table) == fresh[table], table
        raise
