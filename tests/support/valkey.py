"""A real Valkey server for tests.

``valkey`` is one server a test worker, emptied before each test; ``redis`` a client
to it, ``redis_url`` its address. A test that stops or kills its server takes one of
its own from ``valkey_factory``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from core import redis as redis_access
from core.ports import PortBlock
from core.valkey import ValkeyInstance

ValkeyFactory = Callable[[], Awaitable[ValkeyInstance]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey_of_worker(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[ValkeyInstance]:
    """The worker's server, as earlier tests left it; use ``valkey``."""
    block = PortBlock.reserve()
    instance = ValkeyInstance(tmp_path_factory.mktemp("valkey"), block.take())
    await instance.start()
    yield instance
    await instance.stop()
    block.release()


@pytest_asyncio.fixture
async def valkey(valkey_of_worker: ValkeyInstance) -> ValkeyInstance:
    """The worker's server, empty."""
    client = redis_access.connect(valkey_of_worker.url)
    await client.flushall()
    await client.aclose()
    return valkey_of_worker


@pytest.fixture
def redis_url(valkey: ValkeyInstance) -> str:
    """Address of an empty server, password included."""
    return valkey.url


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client to an empty server; answers are str."""
    client = redis_access.connect(redis_url)
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def valkey_factory(tmp_path: Path) -> AsyncIterator[ValkeyFactory]:
    """``await valkey_factory()``: a started server that the test may kill."""
    block = PortBlock.reserve()
    made: list[ValkeyInstance] = []

    async def make() -> ValkeyInstance:
        instance = ValkeyInstance(tmp_path / f"valkey-{len(made)}", block.take())
        made.append(instance)
        await instance.start()
        return instance

    yield make
    for instance in made:
        await instance.stop()
    block.release()
