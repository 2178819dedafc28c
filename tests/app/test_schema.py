"""The app starts whatever the database is like, and uses it as soon as it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.queries import ContactHistory
from acd.records.writer import RecordWriter
from app.schema import DatabaseNotReady, Schema
from core import redis as redis_access
from core.clock import SystemClock
from core.database import DatabaseUnavailable, Gate, create_engine
from core.errors import BadInput
from core.metrics import records_pending
from core.redis import Keys
from tests.support.valkey import ValkeyFactory
from tests.support.wait import until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "parley.db"


@pytest_asyncio.fixture
async def engine(file: Path) -> AsyncIterator[AsyncEngine]:
    made = create_engine(f"sqlite:///{file}")
    yield made
    await made.dispose()


async def test_a_damaged_file_that_is_moved_away(file: Path, engine: AsyncEngine) -> None:
    file.write_bytes(b"no database\n" * 500)
    gate = Gate(engine)
    schema = Schema(f"sqlite:///{file}", gate)
    await asyncio.wait_for(schema.start(), 20)
    with pytest.raises(DatabaseNotReady) as told:
        schema.check()
    assert "Calls go on" in told.value.message
    with pytest.raises(DatabaseUnavailable):
        await ContactHistory(engine).find()
    file.rename(file.with_suffix(".damaged"))
    await until(lambda: gate.is_open, 30, "the database is used again")
    schema.check()
    assert (await ContactHistory(engine).find()).contacts == []
    await schema.close()


async def test_a_slow_database_does_not_hold_up_the_start(engine: AsyncEngine) -> None:
    ready = asyncio.Event()

    async def slow(_url: str) -> str:
        await ready.wait()
        return "head"

    gate = Gate(engine)
    schema = Schema("sqlite:///x", gate, work=slow, patience=0.05)
    await asyncio.wait_for(schema.start(), 10)
    with pytest.raises(DatabaseNotReady, match="slow"):
        schema.check()
    ready.set()
    await until(lambda: gate.is_open, 10, "it is used")
    await schema.close()


async def test_an_address_that_can_never_be_right(engine: AsyncEngine) -> None:
    schema = Schema("sqlite://", Gate(engine))
    with pytest.raises(BadInput):
        await schema.start()
    await schema.close()


async def test_what_waits_is_counted_when_neither_redis_nor_database_answers(
    valkey_factory: ValkeyFactory, engine: AsyncEngine
) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url, timeout=0.3)
    Gate(engine)  # stays shut
    writer = RecordWriter(redis, Keys("parley"), engine, SystemClock())
    await valkey.kill()
    writer.start()
    for number in range(3):
        writer.notify(f"con_{number}")
    await until(lambda: writer.health.pending == 3, 20, "three wait")
    assert records_pending._value.get() == 3
    assert not writer.health.ok
    await writer.close()
    await redis.aclose()
