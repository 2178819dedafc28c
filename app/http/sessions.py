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
        self, redis: Redis, keys: Keys, clock: Clock, *, lifetime: timedelta = LIFETIME
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._lifetime = lifetime
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._on_close: list[Callable[[str], None]] = []

    def on_close(self, listener: Callable[[str], None]) -> None:
        """Call ``listener`` with the id of each session that is closed."""
        self._on_close.append(listener)

    async def open(self, agent_id: str) -> tuple[str, Session]:
        """A new session and its token, which is nowhere else."""
        session_id, secret = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
        expires = self._clock.now() + self._lifetime
        stored = {"agent_id": agent_id, "expires_at": to_epoch(expires), "hash": hash_of(secret)}
        try:
            await self._redis.set(
                self._keys("session", session_id), json.dumps(stored), ex=self._lifetime
            )
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
        return Session(session_id, stored["agent_id"], expires)


def _unavailable() -> RedisUnavailable:
    return RedisUnavailable(
        "Sessions cannot be read: the Redis-protocol server does not answer.",
        hint="Try again in a moment.",
    )
