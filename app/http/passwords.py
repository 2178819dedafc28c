"""Passwords and how often one may be wrong.

Each person's first password is the secret ``login-<id>`` (``config.secrets``):
random per installation unless somebody gave it.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Iterable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.http.errors import TooManyAttempts
from config.secrets import Secrets, login_secret
from core.errors import NotAuthenticated
from core.redis import Keys, RedisUnavailable

WINDOW_SECONDS = 60
MOST_PER_PERSON = 10  # failures of one log-in from anywhere
MOST_PER_PERSON_AND_PLACE = 5
MOST_PER_PLACE = 30


class Passwords:
    """Knows the passwords of all who may sign in, after :meth:`load`."""

    def __init__(self, store: Secrets, redis: Redis, keys: Keys) -> None:
        self._store = store
        self._redis = redis
        self._keys = keys
        self._known: dict[str, bytes] = {}
        self._nobodys = secrets.token_bytes(18)

    async def load(self, logins: Iterable[str]) -> None:
        """Read (and make, where there is none) the password of each log-in."""
        self._known = await asyncio.to_thread(self._read, tuple(logins))

    def _read(self, logins: tuple[str, ...]) -> dict[str, bytes]:
        return {
            login: self._store.get_or_create(login_secret(login)).reveal().encode()
            for login in logins
        }

    async def check(self, login: str, password: str, place: str) -> None:
        """Return if the password is right; ``place`` is the asker's address.

        Raises :class:`~core.errors.NotAuthenticated` (the same for an unknown log-in
        as for a wrong password) or :class:`~app.http.errors.TooManyAttempts`.
        """
        await self._require_patience(login, place)
        expected = self._known.get(login, self._nobodys)
        right = hmac.compare_digest(expected, password.encode("utf-8", "surrogatepass"))
        if right and login in self._known:
            return
        await self._count_failure(login, place)
        raise NotAuthenticated(
            "The log-in or the password is wrong.",
            hint="On the server, 'parley config secret login-<log-in>' prints the first password.",
        )

    def _counters(self, login: str, place: str) -> list[tuple[str, int]]:
        # A log-in is cut so that nobody fills the server with long keys.
        login = login[:64]
        return [
            (self._keys("login-failures", "person", login), MOST_PER_PERSON),
            (self._keys("login-failures", "both", login, place), MOST_PER_PERSON_AND_PLACE),
            (self._keys("login-failures", "place", place), MOST_PER_PLACE),
        ]

    async def _require_patience(self, login: str, place: str) -> None:
        counters = self._counters(login, place)
        try:
            counts = await self._redis.mget([key for key, _ in counters])
            full = [
                key
                for (key, most), count in zip(counters, counts, strict=True)
                if int(count or 0) >= most
            ]
            wait = max([await self._redis.ttl(key) for key in full], default=0)
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        if full:
            raise TooManyAttempts(
                "Too many failed log-ins.",
                hint=f"Try again in {max(1, wait)} s.",
                seconds=max(1, wait),
            )

    async def _count_failure(self, login: str, place: str) -> None:
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for key, _ in self._counters(login, place):
                    pipe.incr(key)
                    pipe.expire(key, WINDOW_SECONDS, nx=True)
                await pipe.execute()
        except (RedisError, OSError) as error:
            raise _unavailable() from error


def _unavailable() -> RedisUnavailable:
    return RedisUnavailable(
        "Nobody can sign in: the Redis-protocol server does not answer.",
        hint="Try again in a moment.",
    )
