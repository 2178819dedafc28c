"""Events of the installation itself (a trunk that fails, say): told here and to everybody
who reads the log of events, in order, when Redis takes them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from core.event_log import EventLog
from core.events import Event, EventBus
from core.log import get_logger
from core.redis import RedisUnavailable
from core.tasks import TaskOwner

log = get_logger(__name__)

BOUND: Final = 1000  # events that may wait for Redis; the oldest go first
_PAUSE: Final = 1.0


class Announcer:
    """:meth:`publish` never blocks and never raises."""

    def __init__(self, event_log: EventLog, bus: EventBus) -> None:
        self._log = event_log
        self._bus = bus
        self._waiting: deque[Event] = deque(maxlen=BOUND)
        self._work = asyncio.Event()
        self._tasks = TaskOwner("announcer")

    def start(self) -> None:
        """Begin to write."""
        self._tasks.keep(self._run, name="write")

    async def close(self) -> None:
        """Write no more."""
        await self._tasks.close()

    def publish(self, event: Event) -> None:
        """Tell of ``event`` now, and write it to the log of events soon."""
        self._bus.publish(event)
        self._waiting.append(event)
        self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                event = self._waiting[0]
                try:
                    await self._log.append(event)
                except RedisUnavailable:
                    await asyncio.sleep(_PAUSE)
                    continue
                if self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
