"""How often somebody may be wrong about a PIN at shared phones.

Each try is counted before the PIN is looked at, against the phone and against the agent; so
tries side by side all count. A right PIN clears the agent's tries, and takes back only itself
at the phone: whoever knows one agent's PIN gains no further guesses at those of others.

The tries are in Redis, so that all nodes count together and a restart forgets none. Keys hold
at most :data:`MOST_WRONG` tries, apart from those that are just being refused, and expire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import ids
from core.clock import Clock, to_epoch
from core.redis import Keys, RedisUnavailable

MOST_WRONG: Final = 5
WITHIN: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PinTry:
    """A try that was counted. ``last_of`` names whose limit it reaches if it is wrong:
    ``phone``, ``agent``, both or none."""

    id: str
    phone: str
    agent: str
    last_of: tuple[str, ...]


class PinTries:
    """Counts tries. Every method raises :class:`~core.redis.RedisUnavailable`."""

    def __init__(self, redis: Redis, keys: Keys, clock: Clock) -> None:
        self._redis = redis
        self._keys = keys
        self._clock = clock

    async def reserve(self, device: str, agent_id: str | None) -> PinTry | None:
        """Count a try at the phone ``device`` as ``agent_id`` (None: nobody's number, which
        counts against the phone alone). None if there were too many already."""
        now = to_epoch(self._clock.now())
        names = {"phone": self._keys("pin", "phone", device)}
        if agent_id is not None:
            names["agent"] = self._keys("pin", "agent", agent_id)
        id_ = ids.new_id("pin")
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for name in names.values():
                    pipe.zremrangebyscore(name, "-inf", now - WITHIN.total_seconds())
                    pipe.zadd(name, {id_: now})
                    pipe.zcard(name)
                    pipe.expire(name, int(WITHIN.total_seconds()))
                answers = await pipe.execute()
            counts = dict(zip(names, answers[2::4], strict=True))
            if max(counts.values()) > MOST_WRONG:
                # Not counted: whoever tries on does not make the time longer.
                await self._take_back(id_, *names.values())
                return None
        except (RedisError, OSError) as error:
            raise _unavailable() from error
        last_of = tuple(whose for whose, count in counts.items() if count == MOST_WRONG)
        return PinTry(id_, names["phone"], names.get("agent", ""), last_of)

    async def succeeded(self, one: PinTry) -> None:
        """The PIN was right."""
        try:
            await self._take_back(one.id, one.phone)
            if one.agent:
                await self._redis.delete(one.agent)
        except (RedisError, OSError) as error:
            raise _unavailable() from error

    async def _take_back(self, id_: str, *names: str) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            for name in names:
                pipe.zrem(name, id_)
            await pipe.execute()


def _unavailable() -> RedisUnavailable:
    return RedisUnavailable(
        "Nobody can log in at a shared phone: the Redis-protocol server does not answer.",
        hint="Try again in a moment.",
    )
