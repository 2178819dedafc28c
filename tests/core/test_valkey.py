"""The embedded Valkey server: guarded, durable, and gone when told."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from core import redis as redis_access
from core.folder_lock import FolderInUse
from core.ports import PortBlock, PortTaken
from core.valkey import ValkeyInstance, socket_of
from tests.support.valkey import ValkeyFactory


async def test_a_test_finds_its_server_empty(redis: Redis) -> None:
    assert await redis.dbsize() == 0
    await redis.set("left", "behind")


async def test_and_so_does_the_next(redis: Redis) -> None:
    assert await redis.dbsize() == 0
    await redis.set("left", "behind")


async def test_wants_its_password(valkey: ValkeyInstance) -> None:
    async with Redis.from_url(f"redis://127.0.0.1:{valkey.port}/0") as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.ping()


async def test_the_password_is_in_no_file_and_no_command_line(valkey: ValkeyInstance) -> None:
    password = valkey.url.split("@")[0].removeprefix("redis://:").encode()
    process = psutil.Process(valkey.pid)
    assert password.decode() not in " ".join(process.cmdline())
    assert all(password not in value.encode() for value in process.environ().values())
    for path in valkey.folder.rglob("*"):
        assert path.is_dir() or password not in path.read_bytes()
    assert valkey.folder.stat().st_mode & 0o077 == 0


async def test_listens_on_loopback_only(valkey: ValkeyInstance) -> None:
    listening = [
        c.laddr.ip for c in psutil.Process(valkey.pid).net_connections() if c.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


@pytest.mark.parametrize("depth", [1, 12], ids=["near", "too deep for an address"])
async def test_without_a_port_only_its_user_can_connect(tmp_path: Path, depth: int) -> None:
    """Strangers of the machine cannot even take its connections."""
    folder = tmp_path.joinpath(*["a-folder"] * depth)
    valkey = ValkeyInstance(folder)
    await valkey.start()
    try:
        assert psutil.Process(valkey.pid).net_connections("inet") == []
        socket_ = socket_of(folder)
        assert stat.S_IMODE(socket_.stat().st_mode) == 0o600
        assert stat.S_IMODE(socket_.parent.stat().st_mode) & 0o077 == 0
        redis = redis_access.connect(valkey.url)
        await redis.set("a", "1")
        await valkey.kill()
        await valkey.start()
        assert await redis.get("a") == "1"
        await redis.aclose()
        async with Redis(unix_socket_path=str(socket_)) as stranger:
            with pytest.raises(RedisError):
                await stranger.ping()
    finally:
        await valkey.stop()


async def test_nothing_acknowledged_is_lost_by_kill_9(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    acknowledged = -1

    async def write() -> None:
        nonlocal acknowledged
        async with Redis.from_url(valkey.url) as client:
            for number in range(1_000_000):
                await client.rpush("waiting", number)
                acknowledged = number

    writer = asyncio.create_task(write())
    while acknowledged < 500:
        await asyncio.sleep(0)
    os.kill(valkey.pid, signal.SIGKILL)
    with pytest.raises((RedisError, OSError)):
        await writer
    assert await valkey.wait() == -signal.SIGKILL
    await valkey.start()
    client = redis_access.connect(valkey.url)
    waiting = [int(n) for n in await client.lrange("waiting", 0, -1)]
    await client.aclose()
    assert waiting[: acknowledged + 1] == list(range(acknowledged + 1))
    assert len(waiting) <= acknowledged + 2  # one more may have been on its way


async def test_a_client_outlives_its_server(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    client = redis_access.connect(valkey.url)
    await client.set("queue", "support")
    await valkey.kill()
    with pytest.raises(redis_access.RedisUnavailable):
        await redis_access.ping(client)
    await valkey.start()
    assert await client.get("queue") == "support"
    await client.aclose()


async def test_stops_and_leaves_no_process(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    pid = valkey.pid
    await valkey.stop()
    assert not psutil.pid_exists(pid)


async def test_a_taken_port_is_named(tmp_path: Path, port_block: PortBlock) -> None:
    port = port_block.take()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortTaken, match=str(port)):
        await ValkeyInstance(tmp_path / "v", port).start()


async def test_a_folder_belongs_to_one_server(valkey_factory: ValkeyFactory) -> None:
    valkey = await valkey_factory()
    with pytest.raises(FolderInUse, match=str(os.getpid())):
        await ValkeyInstance(valkey.folder, valkey.port).start()
    assert valkey.running
