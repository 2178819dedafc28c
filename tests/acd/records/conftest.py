"""A migrated database of each kind, and a writer on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.writer import RecordWriter
from app.migrate import upgrade
from core.clock import ManualClock
from core.database import create_engine
from core.redis import Keys


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parley.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with all tables."""
    await upgrade(database_url)
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def keys() -> Keys:
    return Keys("test")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest_asyncio.fixture
async def writer(
    redis: Redis, keys: Keys, engine: AsyncEngine, clock: ManualClock
) -> AsyncIterator[RecordWriter]:
    """A writer that has not been started: it works when told to drain."""
    writer = RecordWriter(redis, keys, engine, clock, linger=0.0)
    yield writer
    await writer.close()
