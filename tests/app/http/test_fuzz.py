"""A stranger and two people who belong here send what nobody should send: no answer is 5xx,
none is in aiohttp's words, and nothing leaves a traceback in the log.

Set ``PARLEY_FUZZ`` to the number of requests for each operation to search longer, and
``PARLEY_FUZZ_SEED`` for other ones.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.support.http_fuzz import RAW, Maker, answer_to, wrong_with
from tests.support.logs import LogLines
from tests.support.web import WebHouse, web_house_on

pytestmark = pytest.mark.timeout(3600)
EACH = int(os.environ.get("PARLEY_FUZZ", "6"))
SEED = int(os.environ.get("PARLEY_FUZZ_SEED", "20261130"))
AT_ONCE = 8
SPARED = frozenset({("DELETE", "/api/session")})


@pytest.fixture
def tracebacks(log_lines: LogLines, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What was logged as a failure: by us, by aiohttp or by asyncio."""
    found: list[str] = []
    with caplog.at_level(logging.WARNING):
        yield found
    found += [str(line) for line in log_lines if line.get("exc_info") or "exception" in line]
    found += [str(line) for line in log_lines if line["event"] == "http.failed"]
    found += [record.getMessage() for record in caplog.records if record.exc_info]
    assert found == [], found[:3]


async def token_of(house: WebHouse, person: str) -> str:
    client = await house.signed_in(person)
    return str(client.headers["Authorization"]).removeprefix("Bearer ")


async def test_bytes_that_are_no_request(web_house: WebHouse, tracebacks: list[str]) -> None:
    port = web_house.settings.server.web.port
    bad = []
    for raw in RAW:
        answer = await answer_to(port, raw, seconds=15, quiet=0.2)
        if what := wrong_with(answer):
            bad.append((raw[:100], what))
    assert bad == []
    assert tracebacks == []


async def test_every_operation_withstands_nonsense(
    web_house: WebHouse, tracebacks: list[str]
) -> None:
    await withstands(web_house, EACH)
    assert tracebacks == []


async def test_so_it_does_on_postgresql(
    redis: Redis, postgres_url: str, tmp_path: Path, tracebacks: list[str]
) -> None:
    """Which takes other texts than SQLite: no NUL, no lone surrogate."""
    where = {"server.database_url": postgres_url}
    async with web_house_on(redis, tmp_path, overrides=where) as house:
        await withstands(house, max(2, EACH // 3))
    assert tracebacks == []


async def withstands(house: WebHouse, each: int) -> None:
    """Send each operation ``each`` requests."""
    contact_id = await house.connect("cards", "li.wei")
    waiting = await house.customer("cards")
    agent = await token_of(house, "li.wei")
    boss = await token_of(house, "grace.hill")
    async with house.client().get("/api/openapi.json") as response:
        document = await response.json()
    maker = Maker(
        document, random.Random(SEED), tokens=("", "nonsense", agent, agent, boss, boss),
        ids=(contact_id, waiting, "li.wei", "me", "cards", "grace.hill"), spared=SPARED,
    )  # fmt: skip
    samples = [maker.sample(one) for one in maker.operations for _ in range(each)]
    gate, bad = asyncio.Semaphore(AT_ONCE), []

    async def send(number: int) -> None:
        async with gate:
            answer = await answer_to(house.settings.server.web.port, samples[number].raw)
        if what := wrong_with(answer):
            bad.append(f"{what}\n    for {samples[number]}")

    await asyncio.gather(*(send(number) for number in range(len(samples))))
    assert bad == [], "\n".join(bad[:20])
