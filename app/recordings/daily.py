"""Once a day: what is too old is deleted, and a change of keys that stopped goes on."""

from __future__ import annotations

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.recordings.rotation import Rotation
from app.recordings.sweep import Sweep
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)

EVERY_SECONDS: Final = 24 * 3600.0
FIRST_SECONDS: Final = 60.0
"""After the start, when a day was missed: people come first."""

_AGAIN_SECONDS = 600.0  # when Redis or the database is away


class Daily:
    """Runs from :meth:`start` to :meth:`close`. When it was done last is kept in Redis,
    so that a restart neither forgets nor repeats it."""

    def __init__(
        self, sweep: Sweep, rotation: Rotation, redis: Redis, keys: Keys, node: str, clock: Clock,
        *, first_seconds: float = FIRST_SECONDS,
    ) -> None:  # fmt: skip
        self._sweep = sweep
        self._rotation = rotation
        self._redis = redis
        self._key = keys("recordings", "swept", node)
        self._clock = clock
        self._first_seconds = first_seconds
        self._tasks = TaskOwner("recordings-daily")

    def start(self) -> None:
        """Begin."""
        self._tasks.keep(self._run, name="run")

    async def close(self) -> None:
        """Stop, also in the middle."""
        await self._tasks.close()

    async def _run(self) -> None:
        await asyncio.sleep(self._first_seconds)
        while True:
            try:
                last = float(await self._redis.get(self._key) or 0)
                wait = last + EVERY_SECONDS - to_epoch(self._clock.now())
                if wait <= 0:
                    await self.once()
                    wait = EVERY_SECONDS
            except (ParleyError, RedisError, OSError, ValueError) as error:
                log.warning("recordings.daily_delayed", error=type(error).__name__)
                wait = _AGAIN_SECONDS
            await asyncio.sleep(min(wait, EVERY_SECONDS))

    async def once(self) -> None:
        """Do it now. Raises what the ledger and Redis raise."""
        await self._sweep.run()
        status = await self._rotation.status()
        while any(key != status["current"] for key in status["recordings"]):
            step = await self._rotation.step(new=False)
            if not step["done"]:
                break
        await self._redis.set(self._key, str(to_epoch(self._clock.now())))
