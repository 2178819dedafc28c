"""Addresses of databases, times in them, and how connections behave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text
from sqlalchemy.exc import StatementError

from core.database import UtcDateTime, async_url, create_engine
from core.errors import BadInput

AT = datetime(2026, 7, 8, 9, 10, 11, 121314, tzinfo=UTC)
TIMES = Table(
    "times", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime)
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("sqlite:////var/lib/parley.db", "sqlite+aiosqlite:////var/lib/parley.db"),
        ("sqlite:///parley.db", "sqlite+aiosqlite:///parley.db"),
        ("sqlite+aiosqlite:///x", "sqlite+aiosqlite:///x"),
        ("postgres://u:p@h:5/d", "postgresql+asyncpg://u:p@h:5/d"),
        ("postgresql://u@h/d?ssl=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("postgresql+psycopg2://u@h/d", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_addresses(given: str, wanted: str) -> None:
    assert async_url(given) == wanted


@pytest.mark.parametrize("given", ["", "parley.db", "mysql://x/y", "oracle://x", "://x", "sqlite"])
def test_addresses_of_nothing_we_use(given: str) -> None:
    with pytest.raises(BadInput, match="DATABASE_URL"):
        async_url(given)


def test_a_bad_address_is_told_without_its_password() -> None:
    with pytest.raises(BadInput) as error:
        async_url("mysql://user:hunter2@host/name")
    assert "hunter2" not in str(error.value)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.mark.parametrize(
    "at", [AT, AT.astimezone(timezone(timedelta(hours=8))), datetime(1970, 1, 1, tzinfo=UTC), None]
)
async def test_times_come_back_aware_and_utc(url: str, at: datetime | None) -> None:
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(TIMES.create)
        await connection.execute(TIMES.insert(), {"id": 1, "at": at})
        found: Any = await connection.scalar(
            select(TIMES.c.at).where(TIMES.c.at.is_not_distinct_from(at))
        )
    await engine.dispose()
    assert found == at
    assert found is None or found.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(url: str) -> None:
    engine = create_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(TIMES.create)
        with pytest.raises(StatementError, match="aware"):
            await connection.execute(TIMES.insert(), {"id": 1, "at": AT.replace(tzinfo=None)})
    await engine.dispose()


async def test_times_sort_and_compare_in_the_database(url: str) -> None:
    engine = create_engine(url)
    moments = [AT + timedelta(microseconds=n * 100_001) for n in (3, 1, 0, 2)]
    async with engine.begin() as connection:
        await connection.run_sync(TIMES.create)
        await connection.execute(
            TIMES.insert(), [{"id": n, "at": at} for n, at in enumerate(moments)]
        )
        found = list(await connection.scalars(select(TIMES.c.at).order_by(TIMES.c.at)))
        later = list(await connection.scalars(select(TIMES.c.id).where(TIMES.c.at > moments[3])))
    await engine.dispose()
    assert found == sorted(moments)
    assert later == [0]


async def test_sqlite_is_set_up_for_readers_beside_a_writer(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert (await connection.scalar(text("PRAGMA busy_timeout")) or 0) >= 5000
    await engine.dispose()
