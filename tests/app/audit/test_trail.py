"""The trail of changes: in Redis first, in the database in the end, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.entry import DONE, UNKNOWN, Entry
from app.audit.masking import mask
from app.audit.queries import Audit, AuditFilter
from app.audit.trail import AuditFull, Trail
from app.audit.writer import AuditWriter
from app.migrate import upgrade
from core.clock import ManualClock
from core.database import create_engine
from core.errors import BadInput
from core.redis import Keys
from tests.support.wait import eventually


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parley.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest_asyncio.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    await upgrade(url)
    made = create_engine(url)
    yield made
    await made.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def trail(redis: Redis) -> Trail:
    return Trail(redis, Keys("test"))


def entry(clock: ManualClock, **more: str) -> Entry:
    known = {"who": "sun.yue", "via": "page", "address": "192.0.2.7", "action": "agent.ready"}
    return Entry(at=clock.now(), **{**known, **more})  # type: ignore[arg-type]


async def ended(trail: Trail, clock: ManualClock, **more: str) -> Entry:
    """A change that was noted twice."""
    begun = entry(clock, **more)
    await trail.begin(begun)
    over = begun.over(
        clock.now() + timedelta(seconds=1), DONE, {"state": "not_ready", "version": 3},
        {"state": "ready", "version": 4},
    )  # fmt: skip
    await trail.finish(over)
    return over


async def test_what_is_noted_is_stored_and_found(
    trail: Trail, engine: AsyncEngine, clock: ManualClock
) -> None:
    writer = AuditWriter(trail, engine, clock)
    made = []
    for who, action, target in (
        ("sun.yue", "agent.ready", "li.wei"),
        ("grace.hill", "agent.not_ready", "li.wei"),
        ("grace.hill", "contact.move", "con_1"),
    ):
        made.append(await ended(trail, clock, who=who, action=action, target_id=target))
        clock.advance(60)
    await writer.write()
    assert await trail.count() == 0
    audit = Audit(engine)

    async def found(**wanted: str) -> list[str]:
        page = await audit.find(AuditFilter(**wanted))  # type: ignore[arg-type]
        return [row.id for row in page.rows]

    ids = [one.id for one in made]
    assert await found() == ids[::-1]
    assert await found(who="grace.hill") == [ids[2], ids[1]]
    assert await found(action="agent.*") == [ids[1], ids[0]]
    assert await found(action="agent.ready") == [ids[0]]
    assert await found(target="con_1") == [ids[2]]
    assert await found(outcome="conflict") == []
    page = await audit.find(AuditFilter(since=made[1].at, until=made[2].at))
    assert [row.id for row in page.rows] == [ids[1]]
    (row,) = page.rows
    assert (row.before, row.after) == (
        {"state": "not_ready", "version": 3}, {"state": "ready", "version": 4},
    )  # fmt: skip
    assert row.finished_at is not None
    first = await audit.find(AuditFilter(), limit=2)
    second = await audit.find(AuditFilter(), limit=2, after=first.next)
    assert [row.id for row in (*first.rows, *second.rows)] == ids[::-1]
    assert second.next is None
    with pytest.raises(BadInput):
        await audit.find(AuditFilter(), after="x")


async def test_a_change_under_way_is_waited_for_and_one_whose_process_died_is_stored(
    trail: Trail, engine: AsyncEngine, clock: ManualClock
) -> None:
    writer, audit = AuditWriter(trail, engine, clock), Audit(engine)
    begun = entry(clock)
    await trail.begin(begun)
    await writer.write()
    assert (await audit.find(AuditFilter())).rows == []
    assert await trail.count() == 1
    clock.advance(301)
    await writer.write()
    (row,) = (await audit.find(AuditFilter())).rows
    assert (row.outcome, row.finished_at) == (UNKNOWN, None)
    # It was only very slow: its end replaces what was thought.
    await trail.finish(begun.over(clock.now(), DONE, None, None))
    await writer.write()
    (row,) = (await audit.find(AuditFilter())).rows
    assert row.outcome == DONE


async def test_the_database_is_away_for_a_while(
    trail: Trail, url: str, engine: AsyncEngine, clock: ManualClock
) -> None:
    """Nothing is lost, nothing comes twice, and health can say so."""
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
    writer = AuditWriter(trail, engine, clock, linger=0.0)
    writer.start()
    made = [await ended(trail, clock) for _ in range(5)]

    async def failing() -> bool:
        return writer.last_error is not None

    await eventually(failing, "the writer notices")
    clock.advance(90)
    assert writer.failing_for >= 90
    assert await trail.count() == 5
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO audit"))

    async def stored() -> bool:
        return await trail.count() == 0

    await eventually(stored, "everything is stored")
    rows = (await Audit(engine).find(AuditFilter())).rows
    assert {row.id for row in rows} == {one.id for one in made}

    async def well() -> bool:
        return writer.failing_for == 0.0

    await eventually(well, "the writer is well")
    await writer.close()


async def test_two_writers_and_odd_values(
    trail: Trail, engine: AsyncEngine, clock: ManualClock, redis: Redis
) -> None:
    """Several processes may carry the same entries; half characters do no harm."""
    odd = Entry(
        at=clock.now(), who="sun.yue", via="program", address="x", action="contact.attributes",
        asked={"values": ["\x00", "\ud800"]},
    ).over(clock.now(), DONE, None, {"n": float("inf")})  # fmt: skip
    await trail.finish(odd)
    kept = [page async for page in trail.entries(10)]
    first, second = AuditWriter(trail, engine, clock), AuditWriter(trail, engine, clock)
    await first.write()
    await redis.hset("test:audit", mapping=dict(kept[0]))  # as if it had been quicker
    await second.write()
    (row,) = (await Audit(engine).find(AuditFilter())).rows
    assert row.asked == {"values": ["\ufffd", "\ufffd"]}
    assert row.after == {"n": None}


async def test_what_cannot_be_noted_is_not_begun(redis: Redis, clock: ManualClock) -> None:
    trail = Trail(redis, Keys("test"), most=2)
    begun = [entry(clock) for _ in range(3)]
    await trail.begin(begun[0])
    await trail.begin(begun[1])
    with pytest.raises(AuditFull):
        await trail.begin(begun[2])
    await trail.finish(begun[0].over(clock.now(), DONE, None, None))  # there is room for ends


def test_nothing_personal_is_kept() -> None:
    sent = {
        "number": "+8613800138000", "note": "Mr Secret", "password": "hunter2",
        "values": {"diagnosis": "flu", "iban": "DE1"}, "queue": "loans", "seconds": 30,
        "text": "hello", "hint": "call 013800138000 back",
    }  # fmt: skip
    kept = mask(sent)
    assert kept["number"] == "•••8000"
    assert kept["values"] == ["diagnosis", "iban"]
    assert (kept["queue"], kept["seconds"]) == ("loans", 30)
    assert kept["hint"] == "call •••8000 back"
    for secret in ("Secret", "hunter2", "flu", "DE1", "hello", "13800138000"):
        assert secret not in str(kept)


def test_an_entry_goes_through_json_unchanged(clock: ManualClock) -> None:
    made = entry(clock, target_kind="agent").over(clock.now(), DONE, {"a": 1, "b": 2}, {"a": 1})
    assert Entry.loads(made.dumps()) == made
    assert made.before == {"b": 2}
