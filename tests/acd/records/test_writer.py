"""What is written of a contact, and that nothing is lost or doubled on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.model import EndReason, SegmentKind
from acd.records.live import Dirty, LiveContacts
from acd.records.store import store
from acd.records.tables import ContactRow
from acd.records.writer import RecordWriter
from core.clock import ManualClock, SystemClock
from core.events import EventBus
from core.redis import Keys
from tests.acd.records.build import CUSTOMER, START, arrive, dirty, everything, whole_call
from tests.support.wait import eventually


async def test_a_whole_call_is_kept_with_its_figures(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = whole_call()
    await call.save(redis, keys)
    assert await writer.drain(10)
    kept = await everything(engine, call.id)
    (contact,) = kept["contact"]
    times = {"created_at", "enqueued_at", "answered_at", "ended_at"}
    assert {k: v for k, v in contact.items() if k not in {"id", *times}} == {
        "version": call.contact.version,
        "medium": "voice",
        "channel": "phone",
        "direction": "inbound",
        "business": "parley-bank",
        "customer_number": CUSTOMER,
        "dialled_number": "4000",
        "language": "de",
        "state": "ended",
        "priority": 0,
        "queue": "cards",
        "first_agent_id": "anna",
        "last_agent_id": "anna",
        "peer_agent_id": None,
        "end_reason": "customer_hung_up",
        "hangup_cause": 16,
        "disposition": "resolved",
        "ivr_seconds": 5,
        "wait_seconds": 20,
        "talk_seconds": 90,
        "hold_seconds": 15,
        "wrap_up_seconds": 10,
        "attributes": {},
    }
    assert {name: contact[name] for name in times} == {
        "created_at": START,
        "enqueued_at": START + timedelta(seconds=5.5),
        "answered_at": START + timedelta(seconds=25.5),
        "ended_at": START + timedelta(seconds=140.5),
    }
    assert all(contact[name].utcoffset() == timedelta(0) for name in times)
    segments = sorted(kept["segment"], key=lambda row: row["position"])
    assert [row["kind"] for row in segments] == [
        "ivr", "queue", "ring", "talk", "hold", "talk", "wrap_up",
    ]  # fmt: skip
    assert [(row["ended_at"] - row["started_at"]).total_seconds() for row in segments] == [
        5, 20, 4, 60, 15, 30, 10,
    ]  # fmt: skip
    assert sorted(row["seq"] for row in kept["event"]) == list(range(1, len(call.events) + 1))
    (recording,) = kept["recording"]
    assert (recording["channels"], recording["sample_rate"]) == (2, 8000)
    assert recording["details"] == {"codec": "slin"}
    (disposition,) = kept["disposition"]
    assert (disposition["code"], disposition["agent_id"]) == ("resolved", "anna")
    assert disposition["note"] == "new card ordered"
    assert disposition["at"] == START + timedelta(seconds=132.5)


async def test_live_keys_go_when_the_contact_has_ended_and_not_before(
    redis: Redis, keys: Keys, writer: RecordWriter
) -> None:
    over, going = whole_call(), arrive()
    await over.save(redis, keys)
    await going.save(redis, keys)
    assert await writer.drain(10)
    assert await dirty(redis, keys) == {}
    left = {key async for key in redis.scan_iter()}
    assert left == {
        keys("contact", going.id),
        keys("contact", going.id, "events"),
        keys("contacts"),
        keys("events"),
    }
    members: Any = await redis.smembers(keys("contacts"))
    assert members == {going.id}


async def test_a_contact_in_wrap_up_is_live_although_the_customer_is_gone(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = whole_call()
    wrapping = call.versions[-3]
    wrapping.contact.ended_at = call.contact.ended_at
    await call.save(redis, keys, wrapping)
    assert await writer.drain(10)
    assert await redis.exists(keys("contact", call.id))
    await call.save(redis, keys)
    assert await writer.drain(10)
    assert not await redis.exists(keys("contact", call.id))
    assert (await everything(engine, call.id))["contact"][0]["wrap_up_seconds"] == 10


async def test_each_stage_is_stored_and_only_new_events_are_written(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = whole_call()
    for version in call.versions:
        await call.save(redis, keys, version)
        assert await writer.drain(10)
        kept = await everything(engine, call.id)
        assert kept["contact"][0]["version"] == version.contact.version
        assert len(kept["event"]) == len(version.events)
        assert len(kept["segment"]) == len(version.contact.segments)


async def test_a_change_between_reading_and_clearing_stays_marked(
    redis: Redis, keys: Keys, engine: AsyncEngine
) -> None:
    call = whole_call()
    live = LiveContacts(redis, keys)
    early, late = call.versions[3], call.versions[-1]
    await call.save(redis, keys, early)
    rows, gone, unreadable = await live.read([Dirty(call.id, str(early.contact.version))])
    assert (gone, unreadable) == ([], [])
    await store(engine, rows)
    await call.save(redis, keys, late)
    assert await live.clear(rows) == 0
    assert await dirty(redis, keys) == {call.id: str(late.contact.version)}
    assert await redis.exists(keys("contact", call.id))


async def test_a_contact_that_is_gone_is_forgotten(
    redis: Redis, keys: Keys, writer: RecordWriter
) -> None:
    await redis.hset(keys("dirty"), "con_GONE", "7")
    await redis.sadd(keys("contacts"), "con_GONE")
    assert await writer.drain(10)
    assert await redis.dbsize() == 0


async def test_starts_with_what_was_left_and_wakes_when_told(
    redis: Redis, keys: Keys, engine: AsyncEngine
) -> None:
    left, later = whole_call(), whole_call()
    await left.save(redis, keys)
    # A sweep so rare that only waking can explain what is stored.
    writer = RecordWriter(redis, keys, engine, SystemClock(), linger=0.0, sweep=3600)
    bus = EventBus()
    bus.listen(writer.on_event)

    async def stored(contact_id: str) -> bool:
        return bool((await everything(engine, contact_id))["contact"])

    try:
        writer.start()
        await eventually(lambda: stored(left.id), "what was left is stored")
        assert not await stored(later.id)
        await later.save(redis, keys)
        bus.publish(later.events[-1])
        await eventually(lambda: stored(later.id), "what changed is stored")
    finally:
        await writer.close()


async def test_a_sweep_finds_what_a_neighbour_left(
    redis: Redis, keys: Keys, engine: AsyncEngine
) -> None:
    writer = RecordWriter(redis, keys, engine, SystemClock(), linger=0.0, sweep=0.05)
    call = whole_call()

    async def stored() -> bool:
        return bool((await everything(engine, call.id))["contact"])

    try:
        writer.start()
        await call.save(redis, keys)
        await eventually(stored, "the sweep found it")
    finally:
        await writer.close()


async def test_two_writers_share_the_work(redis: Redis, keys: Keys, engine: AsyncEngine) -> None:
    calls = [whole_call() for _ in range(60)]
    for call in calls:
        await call.save(redis, keys)
    writers = [RecordWriter(redis, keys, engine, SystemClock(), batch=7) for _ in range(3)]
    assert all(await asyncio.gather(*(writer.drain(30) for writer in writers)))
    assert await dirty(redis, keys) == {}
    async with engine.connect() as connection:
        count = await connection.scalar(select(func.count()).select_from(ContactRow))
    assert count == len(calls)
    assert all(writer.health.ok for writer in writers)


async def test_lag_is_the_age_of_the_oldest_change(
    redis: Redis, keys: Keys, writer: RecordWriter, clock: ManualClock
) -> None:
    assert writer.health.lag == 0
    call = arrive()
    await call.save(redis, keys)
    writer.notify(call.id)
    clock.advance(3)
    writer.notify(call.id)
    clock.advance(2)
    assert writer.health.lag == 5
    assert await writer.drain(10)
    health = writer.health
    assert (health.ok, health.pending, health.stuck, health.lag) == (True, 0, 0, 0)


async def test_erasing_a_contact_takes_all_that_belongs_to_it(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    erased, kept = whole_call(), whole_call()
    for call in (erased, kept):
        await call.save(redis, keys)
    assert await writer.drain(10)
    async with engine.begin() as connection:
        table = ContactRow.__table__
        await connection.execute(table.delete().where(table.c.id == erased.id))  # type: ignore[attr-defined]
    assert not any((await everything(engine, erased.id)).values())
    assert all((await everything(engine, kept.id)).values())


async def test_a_contact_without_an_agent_has_no_answer(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = arrive()
    call.contact.queue = "cards"
    call.begin(SegmentKind.QUEUE, 1, queue="cards")
    call.end(42, EndReason.ABANDONED_IN_QUEUE)
    await call.save(redis, keys)
    assert await writer.drain(10)
    (contact,) = (await everything(engine, call.id))["contact"]
    assert contact["answered_at"] is None
    assert contact["first_agent_id"] is None
    assert (contact["wait_seconds"], contact["talk_seconds"]) == (42, 0)
