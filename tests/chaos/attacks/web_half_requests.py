"""Strangers open connections to the web server, send half a request and wait, while the
process has few file descriptors: calls need one each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from tests.chaos.house import House
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene

_DESCRIPTORS = 512
_ADDRESSES = 20
_OPEN = 600  # at once, more than the web server may have
_HALF = b"POST /api/session HTTP/1.1\r\nHost: x\r\nX-A: "


async def _attack(house: House, seconds: float) -> int:
    """Half requests from many addresses for ``seconds``; how many."""
    until, count = time.monotonic() + seconds, 0
    held: deque[asyncio.StreamWriter] = deque()
    port = house.settings.server.web.port
    while time.monotonic() < until:
        address = f"127.0.5.{1 + count % _ADDRESSES}"
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            writer.write(_HALF)
            held.append(writer)
            count += 1
        if len(held) > _OPEN:
            held.popleft().close()
        await asyncio.sleep(0.005)
    for writer in held:
        writer.close()
    return count


async def run(scene: Scene) -> Seen:
    prefix = ("prlimit", f"--nofile={_DESCRIPTORS}:{_DESCRIPTORS}")
    async with scene.house(prefix=prefix) as house:
        people = await house.people()
        attack = asyncio.ensure_future(_attack(house, scene.seconds(60, 10)))
        answered = asked = 0
        while not attack.done():
            asked += 1
            with contextlib.suppress(Exception):  # counted: whatever it was
                await house.api("GET", "/api/agents")
                answered += 1
            await asyncio.sleep(0.5)
        count = await attack
        seen = await people.judge(time.time())
        seen.must(count > 500, f"only {count} connections were tried")
        seen.must(answered == asked, f"the desk got {answered} of {asked} answers meanwhile")
        refused = await house.metric("parley_agi_sessions_total", outcome="full")
        seen.must(not refused, "FastAGI refused calls")
        return seen


ROW = Row(
    name="web-half-requests",
    title="Half-sent web requests without end, with 512 file descriptors",
    promise="Calls and the desk notice nothing",
    run=run,
)
