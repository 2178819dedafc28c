"""Servers that are away, contacts that cannot be stored, text that no database takes."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.writer import RecordWriter
from app.migrate import downgrade, upgrade
from core import redis as redis_access
from core.clock import ManualClock, SystemClock
from core.database import create_engine
from core.ports import PortBlock
from core.redis import Keys
from tests.acd.records.build import arrive, dirty, everything, whole_call
from tests.support.proxy import Proxy, proxy_to
from tests.support.valkey import ValkeyFactory
from tests.support.wait import eventually


@pytest_asyncio.fixture
async def cuttable(postgres_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A PostgreSQL database behind a proxy, and its address through the proxy."""
    await upgrade(postgres_url)
    url = make_url(postgres_url)
    block = PortBlock.reserve()
    assert url.port is not None
    proxy = await proxy_to(url.port, block)
    yield proxy, url.set(port=proxy.port).render_as_string(hide_password=False)
    await proxy.close()
    block.release()


async def test_waits_while_the_database_is_away(
    redis: Redis, keys: Keys, cuttable: tuple[Proxy, str], clock: ManualClock
) -> None:
    proxy, url = cuttable
    engine = create_engine(url)
    writer = RecordWriter(redis, keys, engine, SystemClock(), linger=0.0)
    before, during = whole_call(), whole_call()
    try:
        writer.start()
        await before.save(redis, keys)
        assert await writer.drain(10)
        await proxy.cut()
        await during.save(redis, keys)
        writer.notify(during.id)

        async def noticed() -> bool:
            return not writer.health.ok

        await eventually(noticed, "the writer notices")
        assert not await writer.drain(0.3)
        health = writer.health
        assert health.last_error
        assert health.lag > 0
        assert during.id in await dirty(redis, keys)
        assert await redis.exists(keys("contact", during.id))
        await proxy.mend()

        async def stored() -> bool:
            return await dirty(redis, keys) == {}

        await eventually(stored, "it goes on by itself")
        assert len((await everything(engine, during.id))["contact"]) == 1
        assert await writer.drain(10)
        assert writer.health.ok
        assert writer.health.last_error is None
    finally:
        await writer.close()
        await engine.dispose()


async def test_waits_while_redis_is_away(
    valkey_factory: ValkeyFactory, keys: Keys, engine: AsyncEngine
) -> None:
    valkey = await valkey_factory()
    redis = redis_access.connect(valkey.url)
    writer = RecordWriter(redis, keys, engine, SystemClock(), linger=0.0)
    call = whole_call()
    try:
        writer.start()
        await call.save(redis, keys, call.versions[4])
        assert await writer.drain(10)
        await call.save(redis, keys)
        await valkey.kill()
        writer.notify(call.id)

        async def noticed() -> bool:
            return not writer.health.ok

        await eventually(noticed, "the writer notices")
        await valkey.start()

        async def stored() -> bool:
            kept = (await everything(engine, call.id))["contact"]
            return bool(kept[0]["version"] == call.contact.version)

        await eventually(stored, "it goes on by itself")
    finally:
        await writer.close()
        await redis.aclose()


async def test_a_database_without_tables_loses_nothing(
    redis: Redis, keys: Keys, database_url: str, clock: ManualClock
) -> None:
    if database_url.startswith("sqlite"):
        await upgrade(database_url)
        await downgrade(database_url, "base")
    engine = create_engine(database_url)
    writer = RecordWriter(redis, keys, engine, clock, linger=0.0)
    call = whole_call()
    await call.save(redis, keys)
    assert not await writer.drain(0.3)
    assert "contact" in (writer.health.last_error or "")
    await upgrade(database_url)
    assert await writer.drain(10)
    assert (await everything(engine, call.id))["contact"]
    await engine.dispose()


async def test_an_impossible_contact_keeps_no_other_out(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    good = [whole_call() for _ in range(5)]
    bad = whole_call()
    bad.contact.hangup_cause = 2**70
    bad.step("contact.corrupted")
    for call in (*good, bad):
        await call.save(redis, keys)
    assert await writer.drain(10)
    for call in good:
        assert (await everything(engine, call.id))["contact"]
    assert await dirty(redis, keys) == {bad.id: str(bad.contact.version)}
    assert await redis.exists(keys("contact", bad.id))
    health = writer.health
    assert (health.ok, health.stuck, health.pending) == (False, 1, 1)
    bad.contact.hangup_cause = 16
    bad.step("contact.corrected")
    await bad.save(redis, keys)
    assert await writer.drain(10)
    assert await dirty(redis, keys) == {}
    assert (await everything(engine, bad.id))["contact"][0]["hangup_cause"] == 16
    assert writer.health.ok


@pytest.mark.parametrize(
    "text",
    ["not json", "[]", "{}", '{"id": "x"}', '{"id": null, "segments": [1]}', "null", '"x"'],
)
async def test_what_is_no_contact_keeps_no_other_out(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine, text: str
) -> None:
    call = whole_call()
    await call.save(redis, keys)
    await redis.set(keys("contact", "con_BAD"), text)
    await redis.hset(keys("dirty"), "con_BAD", "3")
    assert await writer.drain(10)
    assert (await everything(engine, call.id))["contact"]
    assert await dirty(redis, keys) == {"con_BAD": "3"}
    assert writer.health.stuck == 1


async def test_a_mark_that_is_no_version_keeps_no_other_out(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = whole_call()
    await call.save(redis, keys)
    await redis.hset(keys("dirty"), mapping={"con_GONE": "soon", "con_BAD": "later"})
    await redis.set(keys("contact", "con_BAD"), "?")
    assert await writer.drain(10)
    assert (await everything(engine, call.id))["contact"]
    assert await dirty(redis, keys) == {"con_BAD": "later"}
    assert writer.health.stuck == 1


async def test_text_that_no_database_takes_is_replaced(
    redis: Redis, keys: Keys, writer: RecordWriter, engine: AsyncEngine
) -> None:
    call = arrive(
        customer_number="anna\x00\ud800; DROP TABLE contact;--",
        attributes={"k\x00": ["\udfff", {"n": math.nan}], "emoji": "😀 汉字", "big": 10**40},
    )
    call.step("contact.dtmf_received", digits="1\x00", ratio=math.inf)
    await call.save(redis, keys)
    assert await writer.drain(10)
    assert writer.health.ok, writer.health
    kept = await everything(engine, call.id)
    (contact,) = kept["contact"]
    assert contact["customer_number"] == "anna��; DROP TABLE contact;--"
    assert contact["attributes"] == {
        "k�": ["�", {"n": None}], "emoji": "😀 汉字", "big": 10**40,
    }  # fmt: skip
    event = max(kept["event"], key=lambda row: int(row["seq"]))
    assert event["data"] == {"digits": "1�", "ratio": None}


async def test_errors_do_not_tell_what_the_rows_held(
    redis: Redis, keys: Keys, writer: RecordWriter, capfd: pytest.CaptureFixture[str]
) -> None:
    call = arrive(customer_number="+49305559999")
    call.contact.hangup_cause = 2**70
    call.step("contact.corrupted")
    await call.save(redis, keys)
    assert await writer.drain(10)
    shown = capfd.readouterr()
    assert call.id in shown.out + shown.err
    assert "5559999" not in shown.out + shown.err
    assert str(2**70) not in shown.out + shown.err
