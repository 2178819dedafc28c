"""Somebody's password is guessed from many addresses at once, and random names are tried
from hers."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import aiohttp

from app.http.throttle import MOST_OF_NAME, MOST_OF_PAIR
from tests.chaos.house import House
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene
from tests.support.logins import passwords_of

_HERS = "127.0.0.7"
_PATIENCE = aiohttp.ClientTimeout(total=30)


async def _try(house: House, address: str, login: str, password: str) -> int:
    url = f"http://127.0.0.1:{house.settings.server.web.port}/api/session"
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    body = {"agent_id": login, "password": password}
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_PATIENCE) as http,
            http.post(url, json=body) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def run(scene: Scene) -> Seen:
    async with scene.house() as house:
        right = await asyncio.to_thread(passwords_of, house.secrets, "alice")
        people = await house.people()
        first = await _try(house, _HERS, "alice", right)
        tried: Counter[int] = Counter()
        until, number, got_in, asked = time.monotonic() + scene.seconds(60, 10), 0, 0, 0
        while time.monotonic() < until:
            batch = [(f"127.0.6.{1 + (number + n) % 200}", "alice") for n in range(20)]
            names = [(_HERS, f"name{number + n}") for n in range(10)]
            answers = asyncio.gather(
                *(_try(house, address, name, f"wrong {number}") for address, name in batch)
            )
            others = asyncio.gather(
                *(_try(house, address, name, "wrong") for address, name in names)
            )
            asked += 1
            got_in += await _try(house, _HERS, "alice", right) == 200
            tried.update(await answers)
            await others
            number += 20
            await asyncio.sleep(0.2)
        seen = await people.judge(time.time())
        seen.must(first == 200, f"her first sign-in was answered with {first}")
        seen.must(got_in == asked, f"she got in {got_in} of {asked} times")
        most = MOST_OF_NAME + MOST_OF_PAIR
        seen.must(tried[401] <= most, f"{tried[401]} passwords were looked at ({number} tries)")
        seen.must(tried[200] == 0 and tried[500] == 0, f"answers: {dict(tried)}")
        return seen


ROW = Row(
    name="web-guessing",
    title="A password is guessed from 200 addresses, random names from the owner's",
    promise="A few tries are looked at; the owner gets in; calls notice nothing",
    run=run,
)
