"""Guessing passwords: no door opens by it, and none is shut to its owner.

Every 127.0.0.x is an address of its own, so the attackers really come from elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from app.http.errors import TooManyAttempts
from app.http.throttle import (
    MOST_OF_ALL,
    MOST_OF_NAME,
    MOST_OF_NETWORK,
    MOST_OF_PAIR,
    MOST_OF_PLACE,
    MOST_OF_WIDE_NETWORK,
    Throttle,
)
from core.clock import SystemClock
from core.redis import Keys
from tests.support.web import WebHouse, web_house_on

PATIENCE = aiohttp.ClientTimeout(total=60)


class Visitor:
    """Somebody at ``address`` who tries passwords, perhaps with a browser's cookies."""

    def __init__(
        self, house: WebHouse, address: str, *, browser: bool = False, limit: int = 8
    ) -> None:
        jar = aiohttp.CookieJar(unsafe=True) if browser else aiohttp.DummyCookieJar()
        self.cookie = browser
        self.session = aiohttp.ClientSession(
            house.url, timeout=PATIENCE, cookie_jar=jar,
            headers={"Origin": house.url} if browser else {},
            connector=aiohttp.TCPConnector(local_addr=(address, 0), limit=limit),
        )  # fmt: skip
        house.clients.append(self.session)

    async def tries(self, login: str, password: str, **headers: str) -> int:
        body = {"agent_id": login, "password": password, "cookie": self.cookie}
        async with self.session.post("/api/session", json=body, headers=headers) as answer:
            return answer.status


async def test_three_hundred_at_once_are_no_more_tries_than_in_a_row(
    redis: Redis, tmp_path: Path
) -> None:
    more = {"server.web.connections_per_address": "400"}
    async with web_house_on(redis, tmp_path, overrides=more) as house:
        house.password("wang.fang")
        visitor = Visitor(house, "127.0.0.9", limit=400)
        tries = (visitor.tries("wang.fang", f"wrong {n}") for n in range(300))
        answers = await asyncio.gather(*tries)
    assert Counter(answers) == {401: MOST_OF_PAIR, 429: 300 - MOST_OF_PAIR}


async def test_an_attack_from_many_addresses_gets_few_tries_and_shuts_no_owner_out(
    web_house: WebHouse,
) -> None:
    right = web_house.password("wang.fang")
    program, page = Visitor(web_house, "127.0.0.7"), Visitor(web_house, "127.0.0.8", browser=True)
    assert await program.tries("wang.fang", right) == 200
    assert await page.tries("wang.fang", right) == 200
    bots = [Visitor(web_house, f"127.0.1.{n}") for n in range(1, 41)]
    answers: Counter[int] = Counter()
    for some in (bots[n : n + 5] for n in range(0, len(bots), 5)):
        answers.update(
            await asyncio.gather(*(b.tries("wang.fang", "wrong") for b in some for _ in "12"))
        )
    assert answers == {401: MOST_OF_NAME, 429: 80 - MOST_OF_NAME}
    # From where she is known, she gets in, and a wrong key there is only her own affair.
    assert await program.tries("wang.fang", "wrong") == 401
    assert await program.tries("wang.fang", right) == 200
    assert await page.tries("wang.fang", right) == 200
    # The right password from a strange place does not help an attacker now.
    assert await bots[-1].tries("wang.fang", right) == 429


async def test_a_known_browser_gets_in_at_an_address_that_is_attacked(
    web_house: WebHouse,
) -> None:
    """A company behind one address, with an attacker among them."""
    right = web_house.password("wang.fang")
    owner = Visitor(web_house, "127.0.0.7", browser=True)
    assert await owner.tries("wang.fang", right) == 200
    attacker = Visitor(web_house, "127.0.0.7")
    answers = [await attacker.tries("wang.fang", f"wrong {n}") for n in range(12)]
    assert answers == [401] * MOST_OF_PAIR + [429] * (12 - MOST_OF_PAIR)
    assert await owner.tries("wang.fang", right) == 200


async def test_random_names_lock_no_company_out(web_house: WebHouse, redis: Redis) -> None:
    right = web_house.password("wang.fang")
    assert await Visitor(web_house, "127.0.0.7").tries("wang.fang", right) == 200
    attacker = Visitor(web_house, "127.0.0.7")
    answers = Counter(
        await asyncio.gather(*(attacker.tries(f"name.{n}" * 6, "wrong") for n in range(100)))
    )
    # What her own sign-in reserved was given back.
    assert answers == {401: MOST_OF_PLACE, 429: 100 - MOST_OF_PLACE}
    assert await Visitor(web_house, "127.0.0.7").tries("wang.fang", right) == 200
    assert (
        await Visitor(web_house, "127.0.0.6").tries("li.wei", web_house.password("li.wei")) == 200
    )
    # What strangers leave behind is small and goes away.
    keys = [key async for key in redis.scan_iter("test:sign-in:*")]
    assert len(keys) <= 4 * MOST_OF_PLACE + 10
    assert all(len(key) < 100 for key in keys)
    assert all([await redis.ttl(key) > 0 for key in keys])
    assert not any("name." in key or "127.0" in key for key in keys)


@pytest.mark.parametrize(
    ("places", "most"),
    [
        ([f"2001:db8:1:7{n:02x}::/64" for n in range(256)], MOST_OF_NETWORK),
        ([f"2001:db8:1:{n << 8:x}::/64" for n in range(256)], MOST_OF_WIDE_NETWORK),
        ([f"198.51.100.{n}" for n in range(256)], MOST_OF_NETWORK),
    ],
)
async def test_one_customers_network_keeps_nobody_else_out(
    redis: Redis, places: list[str], most: int
) -> None:
    """One customer may have a /48 of 65,536 places; each has tries at other names."""
    throttle = Throttle(redis, Keys("test"), SystemClock())
    await throttle.succeeded(await throttle.reserve("li.wei", places[9]))
    allowed = 0
    for turn in range(3):
        for number, place in enumerate(places):
            with contextlib.suppress(TooManyAttempts):
                await throttle.reserve(f"name.{turn}.{number}", place)
                allowed += 1
    assert allowed == most < MOST_OF_ALL / 2
    for place in ("2001:db8:2::/64", "198.51.101.1"):
        one = await throttle.reserve("wang.fang", place)
        assert not one.pause
        await throttle.succeeded(one)
    # What was right is not counted; who is known in the attacked network gets in.
    counts = [await redis.get(key) async for key in redis.scan_iter("test:sign-in:network:*")]
    assert "0" in counts
    assert str(most) in counts
    await throttle.reserve("li.wei", places[9])


async def test_many_strangers_everywhere_are_slowed_and_not_refused(
    web_house: WebHouse, redis: Redis
) -> None:
    right = web_house.password("wang.fang")
    await redis.set("test:sign-in:all", MOST_OF_ALL, ex=60)
    visitor = Visitor(web_house, "127.0.0.9")
    began = time.perf_counter()
    assert await visitor.tries("wang.fang", "wrong") == 401
    assert time.perf_counter() - began >= 1
    assert await visitor.tries("wang.fang", right) == 200
    assert await redis.get("test:sign-in:all") == str(MOST_OF_ALL + 1)
    # Known now: no concern of hers any more.
    throttle = Throttle(redis, Keys("test"), SystemClock())
    assert not (await throttle.reserve("wang.fang", "127.0.0.9")).pause


async def test_failures_end_with_their_window(web_house: WebHouse, redis: Redis) -> None:
    visitor = Visitor(web_house, "127.0.0.9")
    right = web_house.password("wang.fang")
    for _ in range(MOST_OF_PAIR):
        await visitor.tries("wang.fang", "wrong")
    assert await visitor.tries("wang.fang", right) == 429
    async for key in redis.scan_iter("test:sign-in:pair:*"):
        assert 0 < await redis.ttl(key) <= 60
        await redis.pexpire(key, 1)
    await asyncio.sleep(0.05)
    assert await visitor.tries("wang.fang", right) == 200


async def test_a_name_that_nobody_has_takes_as_long(web_house: WebHouse) -> None:
    """Else the time would tell who works here."""
    web_house.password("wang.fang")

    async def seconds(login: str, number: int) -> float:
        visitor = Visitor(web_house, f"127.0.2.{number}")
        began = time.perf_counter()
        assert await visitor.tries(login, "wrong") == 401
        return time.perf_counter() - began

    known, unknown, keyless = [], [], []
    for number in range(1, 9):
        known.append(await seconds("wang.fang", number))
        unknown.append(await seconds("nobody.here", number + 20))
        keyless.append(await seconds("li.wei", number + 40))  # has no password yet
    for other in (unknown, keyless):
        assert 0.4 < statistics.median(other) / statistics.median(known) < 2.5


async def test_a_proxy_that_is_trusted_tells_who_asks(redis: Redis, tmp_path: Path) -> None:
    trusted = {"server.web.trusted_proxies": '["127.0.0.7", "10.0.0.0/8"]'}
    async with web_house_on(redis, tmp_path, overrides=trusted) as house:
        right = house.password("wang.fang")
        proxy, other = Visitor(house, "127.0.0.7"), Visitor(house, "127.0.0.9")

        async def wrong(visitor: Visitor, told: str, times: int = MOST_OF_PAIR) -> None:
            for _ in range(times):
                assert await visitor.tries("wang.fang", "wrong", **forwarded(told)) == 401

        def forwarded(told: str) -> dict[str, str]:
            return {"X-Forwarded-For": told}

        await wrong(proxy, "203.0.113.5")
        assert await proxy.tries("wang.fang", right, **forwarded("203.0.113.5")) == 429
        assert await proxy.tries("wang.fang", right, **forwarded("203.0.113.6")) == 200
        # What a client puts before is no address of theirs; proxies in a row are passed over.
        told = "203.0.113.6, 203.0.113.5, 10.1.2.3"
        assert await proxy.tries("wang.fang", right, **forwarded(told)) == 429
        # An address that is none ends the chain at who sent it.
        await wrong(proxy, "203.0.113.6, nonsense", 1)
        # Nobody else is believed: these are all one place.
        for number in range(MOST_OF_PAIR):
            told = f"198.51.100.{number}"
            assert await other.tries("wang.fang", "wrong", **forwarded(told)) == 401
        assert await other.tries("wang.fang", "wrong", **forwarded("198.51.100.9")) == 429


@pytest.mark.parametrize("login", ["x" * 64, "a:b:c", "*", "王芳\n", "' OR 1=1"])
async def test_odd_names_are_just_unknown(web_house: WebHouse, login: str) -> None:
    assert await Visitor(web_house, "127.0.0.9").tries(login, "wrong") == 401
