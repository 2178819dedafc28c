"""The event log: complete, in order, each once, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from core import redis as redis_access
from core.errors import BadInput
from core.event_log import BEGINNING, FIELD, STREAM, EventLog, Logged, decode, encode
from core.events import Event
from core.ids import new_id
from core.redis import Keys, RedisUnavailable
from core.tasks import TaskOwner
from tests.support.valkey import ValkeyFactory

AT = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def event(type_: str = "contact.queued", **fields: object) -> Event:
    return Event(type=type_, at=AT, **fields)  # type: ignore[arg-type]


@pytest.fixture
def keys() -> Keys:
    return Keys("test")


@pytest.fixture
def log(redis: Redis, keys: Keys) -> EventLog:
    return EventLog(redis, keys)


@pytest_asyncio.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    owner = TaskOwner("test")
    yield owner
    await owner.close()


async def take(stream: AsyncIterator[Logged], count: int) -> list[Logged]:
    found: list[Logged] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found.append(await anext(stream))
    return found


async def test_an_event_comes_back_as_it_was(log: EventLog) -> None:
    told = event(contact_id=new_id("con"), agent_id="anna", seq=3, data={"text": "排队 é", "n": 1})
    position = await log.append(told)
    assert await log.tail() == [Logged(position, told)]
    assert decode({FIELD: encode(told)}) == told


async def test_text_without_utf8_form_does_not_fail(log: EventLog) -> None:
    await log.append(event(data={"value": "a\ud800b"}))
    (logged,) = await log.tail()
    assert logged.event.data == {"value": "a?b"}


async def test_tail_gives_the_last_wanted_oldest_first(log: EventLog) -> None:
    mine = new_id("con")
    for number in range(1200):
        whose = mine if number % 100 == 0 else None
        type_ = "contact.queued" if number % 2 == 0 else "agent.ready"
        await log.append(event(type_, contact_id=whose, data={"n": number}))

    def numbers(found: list[Logged]) -> list[int]:
        return [one.event.data["n"] for one in found]

    assert numbers(await log.tail(3)) == [1197, 1198, 1199]
    assert numbers(await log.tail(3, contact=mine)) == [900, 1000, 1100]
    assert numbers(await log.tail(99, contact=mine)) == list(range(0, 1200, 100))
    assert numbers(await log.tail(2, types={"agent.ready"})) == [1197, 1199]
    assert numbers(await log.tail(2, types={"contact.*"})) == [1196, 1198]
    assert numbers(await log.tail(2, types={"contact.*", "agent.ready"})) == [1198, 1199]
    assert await log.tail(2, types={"contact.ended"}) == []


async def test_an_empty_log(log: EventLog) -> None:
    assert await log.tail() == []
    assert await log.end() == BEGINNING


async def test_follows_from_now(log: EventLog, redis: Redis) -> None:
    await log.append(event("contact.past"))
    following = log.follow()
    others = await blocked(redis)
    first = asyncio.ensure_future(anext(following))
    await until_blocked(redis, others)
    told = event("contact.present")
    await log.append(told)
    assert (await asyncio.wait_for(first, 10)).event == told
    await following.aclose()  # type: ignore[attr-defined]


async def blocked(redis: Redis) -> set[str]:
    """The connections that wait on a stream; a reader of an earlier test may linger."""
    return {c["id"] for c in await redis.client_list() if "b" in c["flags"]}


async def until_blocked(redis: Redis, others: Collection[str] = ()) -> None:
    """Wait until the server has one more reader that waits on a stream."""
    async with asyncio.timeout(10):
        while not await blocked(redis) - set(others):
            await asyncio.sleep(0.005)


async def test_follows_from_a_position_without_gap_or_repetition(log: EventLog) -> None:
    before = [await log.append(event(data={"n": n})) for n in range(700)]
    from_there = log.follow(before[99])
    found = await take(from_there, 600)
    assert [one.event.data["n"] for one in found] == list(range(100, 700))
    whole = await take(log.follow(BEGINNING), 700)
    assert [one.position for one in whole] == before


async def test_follows_one_contact(log: EventLog) -> None:
    mine, other = new_id("con"), new_id("con")
    for number in range(10):
        await log.append(event(contact_id=other if number % 2 else mine, data={"n": number}))
    found = await take(log.follow(BEGINNING, contact=mine, types={"contact.queued"}), 5)
    assert [one.event.data["n"] for one in found] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("position", ["", "now", "1-x", "-"])
async def test_what_is_no_position(log: EventLog, position: str) -> None:
    with pytest.raises(BadInput):
        await anext(log.follow(position))


async def test_an_unreadable_entry_is_passed_over(log: EventLog, redis: Redis, keys: Keys) -> None:
    good = [event(data={"n": 1}), event(data={"n": 2})]
    await log.append(good[0])
    await redis.xadd(keys(STREAM), {FIELD: "not json"})
    await redis.xadd(keys(STREAM), {"other": "field"})
    await redis.xadd(keys(STREAM), {FIELD: '{"id": "x"}'})
    await log.append(good[1])
    assert [one.event for one in await log.tail()] == good
    assert [one.event for one in await take(log.follow(BEGINNING), 2)] == good


async def test_the_log_is_bounded(log: EventLog, redis: Redis, keys: Keys) -> None:
    pipe = redis.pipeline(transaction=False)
    for _ in range(100_500):
        pipe.xadd(keys(STREAM), {FIELD: "{}"})
    await pipe.execute()
    await log.append(event())
    assert 100_000 <= await redis.xlen(keys(STREAM)) < 100_500


async def test_no_event_is_missed_or_doubled_when_the_server_dies(
    valkey_factory: ValkeyFactory, keys: Keys, tasks: TaskOwner
) -> None:
    valkey = await valkey_factory()
    writing = redis_access.connect(valkey.url)
    reading = redis_access.connect(valkey.url)
    told = EventLog(writing, keys)
    found: list[int] = []
    changed = asyncio.Event()

    async def read() -> None:
        async for logged in EventLog(reading, keys).follow(BEGINNING):
            found.append(logged.event.data["n"])
            changed.set()

    async def until(count: int) -> None:
        async with asyncio.timeout(20):
            while len(found) < count:
                changed.clear()
                await changed.wait()

    tasks.start(read(), name="reader")
    for number in range(50):
        await told.append(event(data={"n": number}))
    await until(50)
    await valkey.kill()
    with pytest.raises(RedisUnavailable):
        await told.append(event(data={"n": -1}))
    await valkey.start()
    for number in range(50, 100):
        await told.append(event(data={"n": number}))
    await until(100)
    assert found == list(range(100))
    await tasks.close()
    await writing.aclose()
    await reading.aclose()


async def test_goes_on_when_the_server_comes_back_empty(
    valkey_factory: ValkeyFactory, keys: Keys, tasks: TaskOwner
) -> None:
    """A position beyond the end of the log would otherwise never be reached."""
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url)
    log = EventLog(redis, keys)
    found: asyncio.Queue[Logged] = asyncio.Queue()

    async def read() -> None:
        async for logged in log.follow("99999999999999-0"):
            found.put_nowait(logged)

    tasks.start(read(), name="reader")
    await until_blocked(redis)
    await valkey.kill()
    await valkey.start()
    told = event()
    async with asyncio.timeout(20):
        while found.empty():  # what comes before the reader is back is before its start
            await log.append(told)
            await asyncio.sleep(0.02)
    assert (await found.get()).event == told
    await tasks.close()
    await redis.aclose()


async def test_says_when_the_server_does_not_answer(
    valkey_factory: ValkeyFactory, keys: Keys
) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url)
    log = EventLog(redis, keys)
    await valkey.kill()
    for work in (log.tail, log.end):
        with pytest.raises(RedisUnavailable) as away:
            await work()
        assert away.value.retryable
    await redis.aclose()
