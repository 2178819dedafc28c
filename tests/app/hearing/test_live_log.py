"""The live log against a real server: complete, in order, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from app.hearing import live_log
from app.hearing.live_log import BOUND, LiveLog, LogClosed
from core import redis as redis_access
from core.clock import SystemClock
from core.events import Event, EventBus
from core.ids import new_id
from core.redis import Keys
from core.tasks import TaskOwner
from core.valkey import ValkeyInstance
from tests.support.valkey import ValkeyFactory


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest_asyncio.fixture
async def log(redis: Redis, bus: EventBus) -> AsyncIterator[LiveLog]:
    made = LiveLog(redis, Keys("test"), bus, SystemClock())
    yield made
    await made.close()


@pytest_asyncio.fixture
async def other(valkey: ValkeyInstance) -> AsyncIterator[LiveLog]:
    """The log of another app process."""
    client = redis_access.connect(valkey.url)
    made = LiveLog(client, Keys("test"), EventBus(), SystemClock())
    yield made
    await made.close()
    await client.aclose()


async def take(stream: AsyncIterator[Event], count: int) -> list[Event]:
    async with asyncio.timeout(20):
        return [await anext(stream) for _ in range(count)]


def numbers(events: list[Event]) -> list[int]:
    return [event.data["n"] for event in events]


async def test_numbers_count_each_contact_from_one(log: LiveLog, bus: EventBus) -> None:
    one, two = new_id("con"), new_id("con")
    with bus.subscribe() as told:
        assert await log.append(one, "turn.started", {"leg": "customer", "at": 0.5}) == 1
        assert await log.append(two, "turn.started", {"leg": "agent"}, agent_id="anna") == 1
        assert await log.append(one, "transcript.final", {"text": "你好 \ud800"}) == 2
        published = [await told.next() for _ in range(3)]
    read = await log.read(one)
    assert numbers(read) == [1, 2]
    assert read[0] == published[0]
    assert read[1].data == {"text": "你好 ?", "n": 2}
    assert (read[0].contact_id, read[0].seq) == (one, 0)
    (theirs,) = await log.read(two)
    assert theirs.agent_id == "anna"
    assert await log.read(new_id("con")) == []


async def test_read_pages(log: LiveLog) -> None:
    contact = new_id("con")
    await asyncio.gather(*(log.append(contact, "turn.ended", {"i": i}) for i in range(600)))
    assert numbers(await log.read(contact, after=590)) == list(range(591, 601))
    page = await log.read(contact, after=5, count=3)
    assert [(e.data["n"], e.data["i"]) for e in page] == [(6, 5), (7, 6), (8, 7)]


async def test_follow_replays_then_lives_of_every_process(log: LiveLog, other: LiveLog) -> None:
    contact, quiet = new_id("con"), new_id("con")
    await log.append(contact, "turn.started", {})
    await log.append(contact, "turn.ended", {})
    first, second, third = log.follow(contact), other.follow(contact, after=1), log.follow(quiet)
    waiting = asyncio.ensure_future(anext(third))
    assert numbers(await take(first, 2)) == [1, 2]
    for source in (log, other, log, other):
        await source.append(contact, "turn.started", {})
    assert numbers(await take(first, 4)) == [3, 4, 5, 6]
    assert numbers(await take(second, 5)) == [2, 3, 4, 5, 6]
    assert await other.append(quiet, "turn.started", {}) == 1
    async with asyncio.timeout(20):
        assert (await waiting).contact_id == quiet


async def test_one_connection_serves_many_followers(valkey: ValkeyInstance, log: LiveLog) -> None:
    """More than the pool has connections."""
    client = redis_access.connect(valkey.url, connections=4)
    reader = LiveLog(client, Keys("test"), EventBus(), SystemClock())
    contacts = [new_id("con") for _ in range(40)]
    owner = TaskOwner("test")
    found = [owner.start(take(reader.follow(c), 2), name=c) for c in contacts]
    for _ in range(2):
        await asyncio.gather(*(log.append(c, "turn.started", {}) for c in contacts))
    assert [numbers(events) for events in await asyncio.gather(*found)] == [[1, 2]] * 40
    await owner.close()
    await reader.close()
    await client.aclose()


async def test_redis_away_nothing_is_lost_or_doubled(valkey_factory: ValkeyFactory) -> None:
    server = await valkey_factory()
    client = redis_access.connect(server.url, timeout=1.0)
    bus, contact = EventBus(), new_id("con")
    log = LiveLog(client, Keys("test"), bus, SystemClock())
    owner = TaskOwner("test")
    reader = owner.start(take(log.follow(contact), 60), name="reader")
    for i in range(20):
        await log.append(contact, "turn.started", {"i": i})
    await server.kill()
    more = [
        owner.start(log.append(contact, "turn.started", {"i": i}), name=f"{i}")
        for i in range(20, 60)
    ]
    await asyncio.sleep(0)
    await server.start()
    assert await asyncio.gather(*more) == list(range(21, 61))
    events = await reader
    assert [e.data["i"] for e in events] == list(range(60))
    await owner.close()
    await log.close()
    await client.aclose()


async def test_full_drops_what_passes_and_never_a_final(valkey_factory: ValkeyFactory) -> None:
    server = await valkey_factory()
    client = redis_access.connect(server.url, timeout=1.0)
    contact = new_id("con")
    log = LiveLog(client, Keys("test"), EventBus(), SystemClock())
    owner = TaskOwner("test")

    def append(type_: str, i: int) -> asyncio.Task[int]:
        return owner.start(log.append(contact, type_, {"i": i}), name=f"{type_}{i}")

    await server.kill()
    passing = [append("transcript.partial", i) for i in range(BOUND)]
    finals = [append("transcript.final", i) for i in range(BOUND)]
    await asyncio.sleep(0)
    await server.start()
    assert all(await asyncio.gather(*finals))
    kept = [n for n in await asyncio.gather(*passing) if n]
    assert log.dropped == BOUND - len(kept) > 0
    found: list[Event] = []
    while page := await log.read(contact, after=len(found)):
        found += page
    assert numbers(found) == list(range(1, len(found) + 1))
    said = [e.data["i"] for e in found if e.type == "transcript.final"]
    assert said == list(range(BOUND))
    await owner.close()
    await log.close()
    await client.aclose()


async def test_closed_takes_nothing(log: LiveLog) -> None:
    contact = new_id("con")
    late = asyncio.ensure_future(log.append(contact, "turn.started", {}))
    await asyncio.sleep(0)
    await log.close()
    assert await late == 1
    with pytest.raises(LogClosed):
        await log.append(contact, "turn.started", {})


async def test_a_stream_ends_a_day_after_its_last_event(log: LiveLog, redis: Redis) -> None:
    contact = new_id("con")
    await log.append(contact, "turn.started", {})
    left = await redis.ttl(Keys("test")(live_log.STREAM, contact))
    assert live_log.LIVES_SECONDS - 60 < left <= live_log.LIVES_SECONDS


async def test_the_same_batch_again_adds_nothing(log: LiveLog, redis: Redis) -> None:
    """A client that lost the connection before the answer asks again."""
    script = redis.register_script(live_log._LUA.read_text())
    keys = ["token", "set", "s", "s"]
    values: list[str | int] = [10, 60, 60, "a", "", "b", "con"]
    first = await script(keys, values)
    assert first == await script(keys, values) == "0-1 0-2"
    assert await redis.xlen("s") == 2
    assert await redis.smembers("set") == {"con"}


async def test_what_is_to_be_stored_is_known_until_it_is(log: LiveLog) -> None:
    one, two = new_id("con"), new_id("con")
    await log.append(one, "transcript.partial", {})
    assert await log.unstored() == set()
    await log.append(one, "transcript.final", {})
    await log.append(two, "facts.found", {})
    assert await log.unstored() == {one, two}
    assert await log.stored_until(one) == 0
    await log.note_stored(one, 1)  # more has come meanwhile
    assert await log.unstored() == {one, two}
    await log.note_stored(one, 2)
    assert await log.unstored() == {two}
    assert await log.stored_until(one) == 2
