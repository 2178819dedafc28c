"""The schema: what migrations make is what the models say, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

import app.audit.table
import app.hearing.tables
import app.recordings.tables  # noqa: F401  (likewise)
from app import migrate
from app.migrate import DatabaseTooNew
from app.migration_engine import MigrationFailed, MigrationLocked, locked, migration_engine
from core import process as processes
from core.database import Base, DatabaseUnavailable, create_engine
from core.errors import BadInput

ROOT = Path(__file__).parents[2]
_OF_WORDS = "transcript_search"  # the index of words: tables in SQLite, an index in PostgreSQL


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parley.db"
    return str(request.getfixturevalue("postgres_url"))


async def _read(url: str, work: Any) -> Any:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


def _names(connection: Connection) -> set[str]:
    """Every name of a table, constraint and index."""
    found = inspect(connection)
    names: set[Any] = set()
    for table in found.get_table_names():
        if table.startswith(_OF_WORDS):
            continue
        names |= {table, found.get_pk_constraint(table)["name"]}
        names |= {key["name"] for key in found.get_foreign_keys(table)}
        names |= {index["name"] for index in found.get_indexes(table)}
    names = {name for name in names if name is None or not name.startswith(_OF_WORDS)}
    return names - {"alembic_version", "alembic_version_pkc"}


async def test_migrations_make_what_the_models_say(url: str) -> None:
    assert await migrate.upgrade(url) == migrate.newest()

    def differences(connection: Connection) -> Any:
        options = {
            "compare_type": True, "compare_server_default": True,
            "include_name": lambda name, kind, _: not (name or "").startswith(_OF_WORDS),
        }  # fmt: skip
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    assert await _read(url, differences) == []
    wanted: set[Any] = set()
    for table in Base.metadata.tables.values():
        wanted |= {table.name, table.primary_key.name}
        wanted |= {key.name for key in table.foreign_key_constraints}
        wanted |= {index.name for index in table.indexes}
    assert await _read(url, _names) == wanted


async def test_down_to_nothing_and_up_again(url: str) -> None:
    await migrate.upgrade(url)
    names = await _read(url, _names)
    assert await migrate.downgrade(url, migrate.BASE) == migrate.BASE
    assert await _read(url, _names) == set()
    assert await migrate.current(url) == migrate.BASE
    await migrate.upgrade(url)
    assert await _read(url, _names) == names
    assert await migrate.upgrade(url) == migrate.newest()


async def test_processes_that_start_at_once(url: str) -> None:
    program = "import sys; from app.migrate import upgrade_now; print(upgrade_now(sys.argv[1]))"
    children = [
        await processes.spawn(
            [sys.executable, "-c", program, url], cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    results = await asyncio.gather(*(child.communicate() for child in children))
    for child, (out, err) in zip(children, results, strict=True):
        assert child.returncode == 0, err.decode()
        assert out.decode().split()[-1] == migrate.newest()


async def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    await migrate.upgrade(url)
    await _execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew) as refused:
        await migrate.upgrade(url)
    assert refused.value.data["revision"] == "9999"
    assert "9999" in str(refused.value)
    with pytest.raises(DatabaseTooNew):
        await migrate.downgrade(url, migrate.BASE)
    assert await migrate.current(url) == "9999"


async def test_a_failure_changes_nothing(url: str) -> None:
    """Somebody else's table is in the way of the last step."""
    await _execute_on_new(url, "CREATE TABLE disposition (mine integer)")
    with pytest.raises(MigrationFailed) as failed:
        await migrate.upgrade(url)
    assert "disposition" in str(failed.value)
    assert await _read(url, lambda c: inspect(c).get_table_names()) == ["disposition"]


async def _execute_on_new(url: str, statement: str) -> None:
    engine = migration_engine(url)
    async with locked(engine) as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_a_lock_that_is_held_for_too_long(url: str) -> None:
    first, second = migration_engine(url), migration_engine(url, lock_seconds=1)
    async with locked(first):
        with pytest.raises(MigrationLocked):
            await _enter(second)
    await _enter(second)
    await first.dispose()
    await second.dispose()


async def _enter(engine: Any) -> None:
    async with locked(engine, lock_seconds=1) as connection:
        assert isinstance(connection, AsyncConnection)


@pytest.mark.parametrize(
    "url",
    ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/none/parley.db"],
)
async def test_a_database_that_is_not_there(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as away:
        await migrate.upgrade(url)
    assert away.value.retryable
    assert "DATABASE_URL" in away.value.hint


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense"])
async def test_a_database_that_cannot_be_used(url: str) -> None:
    with pytest.raises(BadInput):
        await migrate.upgrade(url)


async def test_a_new_sqlite_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "state" / "parley.db"
    await migrate.upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE scratch (x integer)"))
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    await engine.dispose()
    assert set(files) >= {"parley.db", "parley.db-wal"}
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "parley.db").write_bytes(b"certainly not SQLite, but long enough to tell" * 9)
    with pytest.raises((DatabaseUnavailable, MigrationFailed)) as refused:
        await migrate.upgrade(f"sqlite:///{tmp_path}/parley.db")
    assert "not a database" in str(refused.value)


async def test_the_event_loop_stays_free(url: str) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await migrate.upgrade(url)
    ticking.cancel()
    assert ticks > 100


async def test_an_open_reader_does_not_stop_it(tmp_path: Path) -> None:
    """SQLite: somebody looks at the file with the sqlite3 shell."""
    await migrate.upgrade(f"sqlite:///{tmp_path}/parley.db")
    reader = sqlite3.connect(tmp_path / "parley.db")
    reader.execute("PRAGMA journal_mode=WAL")
    reader.execute("BEGIN").execute("SELECT * FROM contact").fetchall()
    await migrate.downgrade(f"sqlite:///{tmp_path}/parley.db", migrate.BASE)
    await migrate.upgrade(f"sqlite:///{tmp_path}/parley.db")
    reader.close()
