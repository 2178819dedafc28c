"""How often something was called within the last hour, and how long trunks talked today.

It is kept in Redis, so that it holds for all nodes and over restarts: one sorted set of
times for each thing with a limit, which never holds more than the limit, and one counter of
seconds for each trunk and day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import ids
from core.clock import Clock, to_epoch
from core.redis import Keys, RedisUnavailable

HOUR = 3600.0
_TWO_DAYS = 172_800

# KEYS sorted sets; ARGV now, window, a unique member, then one limit a key. Answers the
# number of the first key that is full (nothing is counted then), else 0.
_TAKE = """
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= tonumber(ARGV[3 + i]) then return i end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[3])
  redis.call('EXPIRE', key, math.ceil(window))
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` calls an hour of the ``kind`` (agent, route, trunk) ``name``."""

    kind: str
    name: str
    most: int


class Usage:
    """Counts calls and minutes. Every method raises
    :class:`~core.redis.RedisUnavailable`."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock, zone: str) -> None:
        self._redis = redis
        self._keys = keys
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._take = redis.register_script(_TAKE)

    async def take(self, limits: Sequence[Limit]) -> Limit | None:
        """Count one call to all ``limits``, or to none: the one that is reached."""
        if not limits:
            return None
        now = to_epoch(self._clock.now())
        keys = [self._keys("out", limit.kind, limit.name) for limit in limits]
        arguments: list[str | int | float] = [
            now,
            HOUR,
            ids.new_id(ids.CHANNEL),
            *(limit.most for limit in limits),
        ]
        try:
            full = await self._take(keys=keys, args=arguments)
        except (RedisError, OSError) as error:
            raise _away(error) from error
        return limits[int(full) - 1] if full else None

    async def is_full(self, limits: Sequence[Limit]) -> bool:
        """Whether one of ``limits`` is reached; nothing is counted."""
        since = to_epoch(self._clock.now()) - HOUR
        try:
            for limit in limits:
                key = self._keys("out", limit.kind, limit.name)
                if await self._redis.zcount(key, since, "+inf") >= limit.most:
                    return True
        except (RedisError, OSError) as error:
            raise _away(error) from error
        return False

    async def add_seconds(self, trunk: str, seconds: float) -> None:
        """A call out through ``trunk`` has talked for so long."""
        key = self._day(trunk, self._clock.now())
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.incrbyfloat(key, round(seconds, 3))
                pipe.expire(key, _TWO_DAYS)
                await pipe.execute()
        except (RedisError, OSError) as error:
            raise _away(error) from error

    async def seconds_today(self, trunk: str) -> float:
        """How long calls that are over have talked today (in the company's time zone)."""
        try:
            return float(await self._redis.get(self._day(trunk, self._clock.now())) or 0)
        except (RedisError, OSError) as error:
            raise _away(error) from error

    def _day(self, trunk: str, at: datetime) -> str:
        return self._keys("out", "seconds", trunk, at.astimezone(self._zone).date().isoformat())


def _away(error: Exception) -> RedisUnavailable:
    return RedisUnavailable(
        "The limits of calls out cannot be checked just now.", hint="Try again in a moment."
    )
