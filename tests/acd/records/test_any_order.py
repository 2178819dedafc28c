"""Whatever is written in whatever order, and wherever a writer dies, the rows end
as if only the last version had been written, once."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.live import Dirty, LiveContacts
from acd.records.rows import Rows
from acd.records.store import store
from acd.records.writer import RecordWriter
from core import ids
from core.clock import SystemClock
from core.redis import Keys
from tests.acd.records.build import Call, dirty, everything, whole_call

_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    # Every example works on a contact of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_LAST = len(whole_call().versions) - 1


def _renamed(kept: dict[str, list[dict[str, Any]]], contact_id: str) -> Any:
    """Rows without what differs between two contacts alike: their ids."""
    return {
        table: [
            {k: v for k, v in row.items() if k not in {"id", "contact_id"}}
            for row in sorted(rows, key=lambda row: (row.get("seq"), row.get("position")))
        ]
        for table, rows in kept.items()
    }


async def _written_once(engine: AsyncEngine) -> Any:
    reference = whole_call()
    await store(engine, [reference.versions[-1].rows()])
    return _renamed(await everything(engine, reference.id), reference.id)


@_SETTINGS
@given(order=st.lists(st.integers(0, _LAST), min_size=1, max_size=12))
async def test_versions_stored_in_any_order(engine: AsyncEngine, order: list[int]) -> None:
    call = whole_call()
    for index in order:
        await store(engine, [call.versions[index].rows()])
        newest = call.versions[max(order[: order.index(index) + 1])]
        (contact,) = (await everything(engine, call.id))["contact"]
        assert contact["version"] >= newest.contact.version
    kept = await everything(engine, call.id)
    last = call.versions[max(order)]
    assert kept["contact"][0]["version"] == last.contact.version
    assert {row["id"] for row in kept["segment"]} == {s.id for s in last.contact.segments}
    await store(engine, [call.versions[-1].rows()])
    kept = await everything(engine, call.id)
    assert _renamed(kept, call.id) == await _written_once(engine)


# What may happen next: the contact changes; a writer does all of its work; a writer
# dies after reading, or after the commit and before clearing; a writer that was
# suspended after reading long ago goes on with what it read.
_STEP = st.sampled_from(["change", "write", "die_reading", "die_committed", "suspend", "wake"])


@_SETTINGS
@given(steps=st.lists(_STEP, max_size=25))
async def test_writers_that_die_anywhere(
    redis: Redis, keys: Keys, engine: AsyncEngine, steps: list[str]
) -> None:
    call = whole_call()
    script = iter(call.versions)
    suspended: list[list[Rows]] = []
    live = LiveContacts(redis, keys)

    async def read() -> list[Rows]:
        marked = await dirty(redis, keys)
        found, _, unreadable = await live.read([Dirty(i, v) for i, v in marked.items()])
        assert unreadable == []
        return found

    await call.save(redis, keys, next(script))
    for step in steps:
        if step == "change":
            if (version := next(script, None)) is not None:
                await call.save(redis, keys, version)
        elif step == "wake":
            if suspended:
                rows = suspended.pop(0)
                await store(engine, rows)
                await live.clear(rows)
        else:
            rows = await read()
            if step == "suspend":
                suspended.append(rows)
            if step in ("write", "die_committed"):
                await store(engine, rows)
            if step == "write":
                await live.clear(rows)
            else:
                live = LiveContacts(redis, keys)  # a new process, with no memory
    for version in script:
        await call.save(redis, keys, version)
    writer = RecordWriter(redis, keys, engine, SystemClock(), batch=1)
    assert await writer.drain(20)
    for rows in suspended:  # and one that comes back when everything is over
        await store(engine, rows)
        await live.clear(rows)
    assert _renamed(await everything(engine, call.id), call.id) == await _written_once(engine)
    assert await dirty(redis, keys) == {}
    assert not await redis.exists(keys("contact", call.id), keys("contact", call.id, "events"))


@pytest.mark.parametrize("seed", range(3))
async def test_a_segment_taken_back_is_gone(engine: AsyncEngine, seed: int) -> None:
    """A newer version may know fewer stretches; no order brings one back."""
    call = whole_call()
    longer = call.versions[-1].rows()
    dropped = call.contact.segments.pop(2)
    call.contact.recordings.clear()
    call.step("contact.corrected")
    shorter = call.versions[-1].rows()
    writes = [longer, shorter, longer, shorter, longer]
    random.Random(seed).shuffle(writes)
    for rows in writes:
        await store(engine, [rows])
    kept = await everything(engine, call.id)
    assert dropped.id not in {row["id"] for row in kept["segment"]}
    assert kept["recording"] == []


async def test_many_contacts_of_different_shape_in_one_batch(engine: AsyncEngine) -> None:
    calls: list[Call] = [whole_call() for _ in range(30)]
    rows = [call.versions[n % (_LAST + 1)].rows() for n, call in enumerate(calls)]
    random.Random(1).shuffle(rows)
    await store(engine, rows)
    await store(engine, rows)
    for number, call in enumerate(calls):
        version = call.versions[number % (_LAST + 1)]
        kept = await everything(engine, call.id)
        assert len(kept["event"]) == len(version.events)
        assert len(kept["segment"]) == len(version.contact.segments)
    assert ids.is_id(calls[0].id, ids.CONTACT)
