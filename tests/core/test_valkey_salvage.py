"""A damaged append-only file: kept aside, and the server starts with what is readable."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core import redis as redis_access
from core.valkey import ValkeyInstance
from core.valkey_salvage import FOLDER, Keep, Salvaged, damaged, salvage
from tests.support.valkey import ValkeyFactory

_WRITE = (
    "redis.call('SET', KEYS[1], ARGV[1]) redis.call('ZADD', KEYS[2], ARGV[2], KEYS[1]) "
    "redis.call('SET', 'last', ARGV[2])"
)
_COUNT = 200


async def _filled(valkey: ValkeyInstance) -> None:
    redis = redis_access.connect(valkey.url)
    script = redis.register_script(_WRITE)
    for n in range(_COUNT):
        await script(keys=[f"thing:{n}", "line"], args=["x" * 200 + "\r\n*1\r\n", n])
    await redis.aclose()
    await valkey.kill()


def _file(valkey: ValkeyInstance, kind: str) -> Path:
    (found,) = (valkey.folder / FOLDER).glob(f"*.{kind}")
    return found


async def _started(valkey: ValkeyInstance) -> tuple[Redis, list[Salvaged]]:
    found: list[Salvaged] = []
    valkey.on_salvaged = found.append
    await valkey.start()
    return redis_access.connect(valkey.url), found


async def _is_consistent(redis: Redis) -> int:
    """No transaction is there in part; how many things there are."""
    things = set(await redis.keys("thing:*"))
    assert set(await redis.zrange("line", 0, -1)) == things
    return len(things)


@pytest.mark.parametrize("where", [0.01, 0.5, 0.9])
async def test_damage_in_the_middle(valkey_factory: ValkeyFactory, where: float) -> None:
    valkey = await valkey_factory()
    await _filled(valkey)
    file = _file(valkey, "incr.aof")
    before = bytearray(file.read_bytes())
    at = int(len(before) * where)
    before[at : at + 600] = bytes(600)
    file.write_bytes(before)
    redis, found = await _started(valkey)
    assert len(found) == 1
    assert found[0].lost > 0
    assert _COUNT - 5 <= await _is_consistent(redis) < _COUNT
    assert await redis.get("last") == str(_COUNT - 1), "what came after the damage is there"
    assert (found[0].aside / file.name).read_bytes() == before, "it is kept as it was"
    await redis.set("more", "1")
    await valkey.kill()
    await valkey.start()
    assert await redis.get("more") == "1"
    assert len(damaged(valkey.folder)) == 1
    await redis.aclose()


async def test_a_tail_that_is_cut_off(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    await _filled(valkey)
    file = _file(valkey, "incr.aof")
    file.write_bytes(file.read_bytes()[:-17])
    redis, _ = await _started(valkey)
    assert await _is_consistent(redis) == _COUNT - 1
    await redis.aclose()


@pytest.mark.parametrize("kind", ["manifest", "base.rdb"])
@pytest.mark.parametrize("how", ["rubbish", "empty", "gone"])
async def test_a_damaged_snapshot_or_manifest(
    valkey_factory: ValkeyFactory, kind: str, how: str
) -> None:
    valkey = await valkey_factory()
    await _filled(valkey)
    file = _file(valkey, kind)
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"" if how == "empty" else b"\0rubbish" * 3)
    redis, found = await _started(valkey)
    assert found or (kind, how) == ("base.rdb", "empty"), "which is as good as none"
    assert await _is_consistent(redis) == _COUNT
    await redis.aclose()


async def test_nothing_readable_at_all(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    await _filled(valkey)
    for file in (valkey.folder / FOLDER).iterdir():
        file.write_bytes(b"\0" * 4096)
    redis, found = await _started(valkey)
    assert found
    assert await redis.dbsize() == 0
    await redis.aclose()


async def test_a_salvage_that_is_cut_short_is_completed(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    await _filled(valkey)
    await asyncio.to_thread(salvage, valkey.folder, Keep.ALL)
    (valkey.folder / FOLDER).rename(valkey.folder / f"{FOLDER}.new")
    redis, _ = await _started(valkey)
    assert await _is_consistent(redis) == _COUNT
    await redis.aclose()
