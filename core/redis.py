"""Access to the Redis-protocol server (embedded Valkey, or REDIS_URL).

All keys of one installation share a prefix, so that several can use one server.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.errors import Unavailable


class RedisUnavailable(Unavailable):
    """The Redis-protocol server does not answer."""

    code: ClassVar[str] = "redis_unavailable"


class RedisRefuses(RedisUnavailable):
    """The Redis-protocol server answers and takes no writes."""

    code: ClassVar[str] = "redis_refuses_writes"


class _Cancellable:
    """A connection whose writes can be cancelled.

    The library puts each write under ``asyncio.wait_for``, which in Python 3.11
    swallows a cancellation that comes as the write completes: a task that talks to
    Redis in a loop could then never be ended. (It also costs a task a command.)
    """

    socket_timeout: float | None

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        limit, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(limit):
                await super().send_packed_command(command, check_health)  # type: ignore[misc]
        except TimeoutError:
            raise RedisTimeoutError("Timeout writing to socket") from None
        finally:
            self.socket_timeout = limit


def connect(url: str, *, connections: int = 32, timeout: float = 5.0) -> Redis:
    """A client for ``url``; connects on first use.

    Answers are str. Every command has ``timeout`` seconds; a broken connection is
    tried anew a few times, which is safe because every write of ours is either
    idempotent or a script that checks a version.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=timeout,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        health_check_interval=15,
        decode_responses=True,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.02), 5),
        retry_on_error=[RedisConnectionError],
    )
    plain = pool.connection_class
    pool.connection_class = type(plain.__name__, (_Cancellable, plain), {})
    return Redis(connection_pool=pool)


async def ping(redis: Redis) -> None:
    """Raise :class:`RedisUnavailable` unless the server answers."""
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise RedisUnavailable(
            f"The Redis-protocol server does not answer: {error}.",
            hint="Is it running, and is REDIS_URL right?",
        ) from error


class Keys:
    """Names of keys under one installation's prefix: ``keys("contact", id)``."""

    def __init__(self, prefix: str = "parley") -> None:
        self.prefix = prefix

    def __call__(self, *parts: str) -> str:
        return ":".join((self.prefix, *parts))


# In one script, so that no other process sees the key.
_PROBE = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('DEL', KEYS[1])"


async def write_probe(redis: Redis, keys: Keys) -> None:
    """Write something and take it away again. Raises :class:`RedisRefuses` when the server
    answers and does not take it, else :class:`RedisUnavailable`."""
    try:
        await redis.eval(_PROBE, 1, keys("probe"), "x")
    except ResponseError as error:
        raise RedisRefuses(
            f"The Redis-protocol server takes no writes ({_why_refused(error)}). Nothing is "
            "offered to agents meanwhile; talks go on.",
            hint="OOM: raise its maxmemory; MISCONF: its disk is full; READONLY: REDIS_URL "
            "names a replica.",
        ) from None
    except (RedisError, OSError) as error:
        raise RedisUnavailable(
            f"The Redis-protocol server does not answer: {error}.",
            hint="Is it running, and is REDIS_URL right?",
        ) from error


def _why_refused(error: ResponseError) -> str:
    """The server's own word for it; the client takes some of them off the message."""
    if isinstance(error, OutOfMemoryError):
        return "OOM"
    if isinstance(error, ReadOnlyError):
        return "READONLY"
    words = [word for word in ("OOM", "MISCONF", "READONLY", "NOAUTH") if word in str(error)]
    return words[0] if words else type(error).__name__
