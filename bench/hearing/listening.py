"""Following the live log of many contacts, with the moment at which each event came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.hearing.live_log import LiveLog
from bench.support.installation import BenchCentre
from core import redis as redis_access
from core.clock import SystemClock
from core.events import Event, EventBus
from core.redis import Keys
from core.tasks import TaskOwner


@dataclass(frozen=True)
class Came:
    """``at``: monotonic seconds at which a reader in another process had it."""

    at: float
    event: Event

    @property
    def leg(self) -> str:
        """``customer`` or ``agent``."""
        return str(self.event.data.get("leg", ""))


class Listening:
    """``async with Listening.to(centre) as listening``; then :meth:`follow`."""

    def __init__(self, log: LiveLog, tasks: TaskOwner) -> None:
        self._log = log
        self._tasks = tasks
        self._changed = asyncio.Event()
        self.came: dict[str, list[Came]] = {}

    @classmethod
    @asynccontextmanager
    async def to(cls, centre: BenchCentre) -> AsyncIterator[Listening]:
        """Reads what the app writes, as another app process would."""
        redis = redis_access.connect(centre.redis_url)
        log = LiveLog(redis, Keys(centre.settings.server.redis_prefix), EventBus(), SystemClock())
        tasks = TaskOwner("listening")
        try:
            yield cls(log, tasks)
        finally:
            await tasks.close()
            await log.close()
            await redis.aclose()

    def follow(self, contacts: Iterable[str]) -> None:
        """From now on, and from each one's beginning."""
        for contact in contacts:
            self.came[contact] = []
            self._tasks.start(self._follow(contact), name=f"follow-{contact}")

    async def until(self, enough: int, type: str, contacts: Iterable[str], seconds: float) -> int:
        """Wait until ``enough`` events of a type came from ``contacts``, or for
        ``seconds``; how many did."""
        wanted, deadline = list(contacts), time.monotonic() + seconds
        while (found := sum(len(self.of(c, type)) for c in wanted)) < enough:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                break
        return found

    def of(self, contact: str, type: str) -> list[Came]:
        """The events of a type so far."""
        return [came for came in self.came[contact] if came.event.type == type]

    async def _follow(self, contact: str) -> None:
        async for event in self._log.follow(contact):
            self.came[contact].append(Came(time.monotonic(), event))
            self._changed.set()
