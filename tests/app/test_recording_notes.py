"""The note of a finished recording waits out a database that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import RecordingNotFound
from acd.records.queries import ContactHistory
from acd.records.writer import RecordWriter
from app.calls.recording_book import RecordingNotes
from app.migrate import upgrade
from core import ids
from core.clock import SystemClock
from core.database import DatabaseUnavailable, create_engine
from core.ports import PortBlock
from tests.acd.records.build import Call, whole_call
from tests.support.logs import LogLines
from tests.support.proxy import Proxy, proxy_to
from tests.support.routing import House
from tests.support.wait import until


@pytest_asyncio.fixture
async def cuttable(postgres_url: str) -> AsyncIterator[tuple[Proxy, AsyncEngine]]:
    """A PostgreSQL database behind a proxy, and an engine that reaches it through it."""
    await upgrade(postgres_url)
    url = make_url(postgres_url)
    block = PortBlock.reserve()
    assert url.port is not None
    proxy = await proxy_to(url.port, block)
    engine = create_engine(url.set(port=proxy.port).render_as_string(hide_password=False))
    yield proxy, engine
    await engine.dispose()
    await proxy.close()
    block.release()


async def _stored(house: House, redis: Redis, engine: AsyncEngine) -> tuple[Call, dict[str, Any]]:
    """A call that is over and in the history only, and its recording."""
    call = whole_call()
    await call.save(redis, house.keys)
    writer = RecordWriter(redis, house.keys, engine, SystemClock(), linger=0.0)
    assert await writer.drain(10)
    await writer.close()
    (known,) = call.contact.recordings
    return call, {**known, "state": "finished", "bytes": 4711}


async def test_it_is_written_once_the_database_is_back(
    house: House,
    redis: Redis,
    cuttable: tuple[Proxy, AsyncEngine],
    log_lines: LogLines,
) -> None:
    proxy, engine = cuttable
    call, recording = await _stored(house, redis, engine)
    await proxy.cut()
    noting = asyncio.ensure_future(RecordingNotes(house.router, engine).note(call.id, recording))
    await until(lambda: _delayed(log_lines) >= 2 or noting.done(), 15, "two attempts")
    assert not noting.done()
    await proxy.mend()
    await asyncio.wait_for(noting, 20)
    (row,) = (await ContactHistory(engine).get(call.id)).recordings
    assert (row.details["state"], row.bytes) == ("finished", 4711)


def _delayed(lines: LogLines) -> int:
    return sum(line["event"] == "recording.note_delayed" for line in lines)


async def test_a_recording_that_begins_does_not_wait(
    house: House,
    redis: Redis,
    cuttable: tuple[Proxy, AsyncEngine],
) -> None:
    proxy, engine = cuttable
    call, recording = await _stored(house, redis, engine)
    await proxy.cut()
    with pytest.raises(DatabaseUnavailable):
        await RecordingNotes(house.router, engine).note(
            call.id, {**recording, "state": "recording"}
        )


async def test_what_no_time_mends_is_said_at_once(
    house: House,
    redis: Redis,
    cuttable: tuple[Proxy, AsyncEngine],
) -> None:
    _, engine = cuttable
    call, recording = await _stored(house, redis, engine)
    unknown = {**recording, "id": ids.new_id(ids.RECORDING)}
    with pytest.raises(RecordingNotFound):
        await RecordingNotes(house.router, engine).note(call.id, unknown)
