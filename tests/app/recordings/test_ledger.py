"""What is known of recordings, and what may not be deleted, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import RecordingNotFound
from app.migrate import upgrade
from app.recordings.holds import AlreadyHeld, Holds, NotHeld
from app.recordings.ledger import Ledger, RecordingFilter
from core import ids
from core.clock import to_epoch
from core.database import DatabaseUnavailable, create_engine
from core.errors import BadInput

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database; each test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parley.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest_asyncio.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    """With all tables."""
    await upgrade(url)
    made = create_engine(url)
    yield made
    await made.dispose()


@pytest_asyncio.fixture
async def ledger(engine: AsyncEngine) -> Ledger:
    """Of the node main."""
    return Ledger(engine, "main")


def note(contact: str, *, days: float = 1, **more: Any) -> dict[str, Any]:
    """A finished recording that ended so many days ago."""
    id_ = ids.new_id(ids.RECORDING)
    ended = to_epoch(NOW - timedelta(days=days))
    return {
        "id": id_, "path": f"{contact}/{id_}.wav", "state": "finished", "agent_id": "alice",
        "queue": "cards", "started_at": ended - 60, "ended_at": ended, "seconds": 60.0,
        "bytes": 1_920_044, "marks": ["agent_silent"], "silenced": [], "key_id": None,
        "levels": {"caller": {"rms_dbfs": -20.0}}, **more,
    }  # fmt: skip


async def test_kept_changed_and_found(ledger: Ledger) -> None:
    first, second, third = note("con_a"), note("con_a", days=2, queue="loans"), note("con_b")
    for contact, one in (("con_a", first), ("con_a", second), ("con_b", third)):
        await ledger.keep(contact, {**one, "state": "unfinished", "error": "disk_failed"})
        await ledger.keep(contact, one)
    row = await ledger.get(first["id"])
    assert (row.state, row.kind, row.node, row.marks) == (
        "finished", "conversation", "main", ["agent_silent"],
    )  # fmt: skip
    assert row.levels == {"caller": {"rms_dbfs": -20.0}}
    assert [r.id for r in await ledger.of("con_a")] == [second["id"], first["id"]]

    async def found(**wanted: Any) -> set[str]:
        return {r.id for r in (await ledger.find(RecordingFilter(**wanted))).rows}

    everything = {first["id"], second["id"], third["id"]}
    assert await found() == await found(sealed=False, agent="alice", held=False) == everything
    assert await found(contact="con_b") == {third["id"]}
    assert await found(queue="loans") == {second["id"]}
    assert await found(since=NOW - timedelta(days=1, hours=1)) == {first["id"], third["id"]}
    assert await found(until=NOW - timedelta(days=1, hours=1)) == {second["id"]}
    assert await found(sealed=True) == await found(kind="voicemail") == set()
    page = await ledger.find(RecordingFilter(), limit=2)
    rest = await ledger.find(RecordingFilter(), limit=2, after=page.next)
    assert {r.id for r in [*page.rows, *rest.rows]} == everything
    assert rest.next is None
    with pytest.raises(BadInput):
        await ledger.find(RecordingFilter(), after="x")
    with pytest.raises(RecordingNotFound):
        await ledger.get("rec_none")


async def test_a_held_contact_is_not_deleted(engine: AsyncEngine, ledger: Ledger) -> None:
    holds = Holds(engine)
    mine, other = note("con_a"), note("con_b")
    await ledger.keep("con_a", mine)
    await ledger.keep("con_b", other)
    await holds.place("con_a", matter="", reason="court", by="sue", at=NOW)
    await holds.place("con_a", matter="case 7", reason="police", by="sue", at=NOW)
    with pytest.raises(AlreadyHeld):
        await holds.place("con_a", matter="", reason="court", by="sue", at=NOW)
    assert (await ledger.get(mine["id"])).held == 2
    assert not await ledger.claim(mine["id"])
    old = await ledger.ended_before(NOW, after=None, limit=9)
    assert [r.id for r in old] == [other["id"]]
    # One that is made while the contact is held is held as well.
    later = note("con_a")
    await ledger.keep("con_a", later)
    assert (await ledger.get(later["id"])).held == 2
    await holds.release("con_a", matter="", reason="over", by="ann", at=NOW)
    assert await holds.is_held("con_a")
    assert not await ledger.claim(mine["id"])
    await holds.release("con_a", matter="case 7", reason="over", by="ann", at=NOW)
    with pytest.raises(NotHeld):
        await holds.release("con_a", matter="case 7", reason="over", by="ann", at=NOW)
    assert not await holds.is_held("con_a")
    assert await ledger.claim(mine["id"])
    first, second = await holds.of("con_a")
    assert (first.placed_by, first.reason, first.released_by, first.release_reason) == (
        "sue", "court", "ann", "over",
    )  # fmt: skip
    assert second.matter == "case 7"


async def test_deleted_it_stays_deleted(ledger: Ledger) -> None:
    one = note("con_a")
    await ledger.keep("con_a", one)
    assert await ledger.claim(one["id"])
    assert await ledger.claim(one["id"])  # interrupted, and again
    await ledger.deleted(one["id"], NOW, "retention")
    assert not await ledger.claim(one["id"])
    await ledger.keep("con_a", one)  # a late note of it
    row = await ledger.get(one["id"])
    assert (row.state, row.deleted_why, row.deleted_at) == ("deleted", "retention", NOW)
    assert await ledger.ended_before(NOW, after=None, limit=9) == []


async def test_either_held_or_deleted_whoever_is_first(engine: AsyncEngine, ledger: Ledger) -> None:
    """A hold that was placed without error is never followed by a deletion."""
    holds = Holds(engine)
    for number in range(15):
        contact = f"con_{number}"
        one = note(contact)
        await ledger.keep(contact, one)
        claimed, _ = await asyncio.gather(
            ledger.claim(one["id"]),
            holds.place(contact, matter="", reason="court", by="sue", at=NOW),
        )
        row = await ledger.get(one["id"])
        assert row.state == ("deleting" if claimed else "finished")
        assert row.held == 1
        again = await ledger.claim(one["id"])
        assert not again  # the hold stands now


async def test_pages_of_old_ones_and_nodes(engine: AsyncEngine, ledger: Ledger) -> None:
    notes = [note("con_a", days=n) for n in range(1, 8)]
    for one in notes:
        await ledger.keep("con_a", one)
    await Ledger(engine, "other").keep("con_b", note("con_b", days=30))
    seen, after = [], None
    while rows := await ledger.ended_before(NOW - timedelta(days=2.5), after=after, limit=2):
        seen += [row.id for row in rows]
        last = rows[-1]
        assert last.ended_at is not None
        after = (last.ended_at, last.id)
    assert seen == [one["id"] for one in reversed(notes[2:])]


async def test_by_key(ledger: Ledger) -> None:
    for key in ("a", "a", "b", None):
        await ledger.keep("con_a", note("con_a", key_id=key))
    assert await ledger.by_key() == {"a": 2, "b": 1, None: 1}
    first, _ = await ledger.sealed_otherwise("b", limit=9)
    await ledger.wrapped(first.id, "b")
    assert await ledger.by_key() == {"a": 1, "b": 2, None: 1}


async def test_a_database_that_is_away(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(DatabaseUnavailable):
        await Ledger(engine, "main").keep("con_a", note("con_a"))
    with pytest.raises(DatabaseUnavailable):
        await Ledger(engine, "main").get("x")
    with pytest.raises(DatabaseUnavailable):
        await Holds(engine).is_held("con_a")
    await engine.dispose()
