"""Sessions: opaque random tokens, of which Redis keeps only a hash.

A token is ``<session>.<secret>``. The first half finds the session, the hash of
the second is compared in constant time, so neither the time of an answer nor a
look into Redis gives a token away.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.clock import Clock, from_epoch, to_epoch
from core.redis import Keys, RedisUnavailable

LIFETIME = timedelta(hours=12)  # a long shift; then one signs in again
LONGEST = 200  # characters of a token
MOST_OF_PERSON = 50  # sessions; one more ends the oldest
_AT_ONCE = 8  # connections to Redis for whatever tokens are sent: calls need the others


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, and until when that holds."""

    id: str
    agent_id: str
    expires_at: datetime


def hash_of(secret: str) -> str:
    """SHA-256 in hex. Enough for 256 random bits; a password would need a slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Sessions:
    """Opens, finds and closes sessions. Every method raises
    :class:`~core.redis.RedisUnavailable` when the server does not answer."""

    def __init__(
        self, redis: Redis, keys: Keys, clock: Clock, *, lifetime: timedelta = LIFETIME,
        stamp: Callable[[str], str] = lambda _: "", node: str = "main",
    ) -> None:  # fmt: skip
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._lifetime = lifetime
        # Of a person's password: with another one a session is over. Each node has
        # passwords of its own, so only the node that opened a session can tell.
        self._stamp = stamp
        self._node = node
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._on_close: list[Callable[[str], None]] = []

    def on_close(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with the id of each session that is closed."""
        self._on_close.append(listener)

    async def open(self, agent_id: str) -> tuple[str, Session]:
        """A new session and its token, which is nowhere else."""
        session_id, secret = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
        expires = self._clock.now() + self._lifetime
        stored = {
            "agent_id": agent_id, "expires_at": to_epoch(expires), "hash": hash_of(secret),
            "stamp": self._stamp(agent_id), "node": self._node,
        }  # fmt: skip
        mine = self._keys("sessions", hash_of(agent_id)[:32])
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(self._keys("session", session_id), json.dumps(stored), ex=self._lifetime)
                pipe.zadd(mine, {session_id: to_epoch(expires)})
                pipe.zremrangebyscore(mine, "-inf", to_epoch(self._clock.now()))
                pipe.expire(mine, self._lifetime)
                pipe.zrange(mine, 0, -MOST_OF_PERSON - 1)
                oldest = (await pipe.execute())[-1]
            for id_ in oldest:
                await self._redis.zrem(mine, id_)
                await self.close(id_)
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        return f"{session_id}.{secret}", Session(session_id, agent_id, expires)

    async def find(self, token: str) -> Session | None:
        """The session of ``token``; None if it is wrong, closed or too old."""
        session_id, _, secret = token.partition(".")
        if not secret or len(token) > LONGEST or not token.isascii():
            return None
        stored = await self._read(session_id)
        if stored is None or not hmac.compare_digest(stored["hash"], hash_of(secret)):
            return None
        return self._alive(session_id, stored)

    async def still_open(self, session_id: str) -> bool:
        """Whether the session is neither closed nor too old."""
        stored = await self._read(session_id)
        return stored is not None and self._alive(session_id, stored) is not None

    async def close(self, session_id: str) -> None:
        """End the session; no error if it is over already."""
        try:
            await self._redis.delete(self._keys("session", session_id))
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        for listener in self._on_close:
            listener(session_id)

    async def _read(self, session_id: str) -> dict[str, str] | None:
        try:
            async with self._gate:
                text = await self._redis.get(self._keys("session", session_id))
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        return json.loads(text) if text else None

    def _alive(self, session_id: str, stored: dict[str, str]) -> Session | None:
        expires = from_epoch(float(stored["expires_at"]))
        if expires <= self._clock.now():
            return None
        if stored.get("node") == self._node and stored["stamp"] != self._stamp(stored["agent_id"]):
            return None
        return Session(session_id, stored["agent_id"], expires)


def _unavailable() -> RedisUnavailable:
    return RedisUnavailable(
        "Sessions cannot be read: the Redis-protocol server does not answer.",
        hint="Try again in a moment.",
    )
