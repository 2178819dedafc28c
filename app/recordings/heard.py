"""What was heard of a contact, once hearing is through with it."""

from __future__ import annotations

import asyncio
from typing import Final

from app.hearing.live_log import LiveLog
from core.clock import Clock
from core.events import Event
from core.log import get_logger
from core.redis import RedisUnavailable

log = get_logger(__name__)

SETTLE_SECONDS: Final = 10.0
_LOOK_SECONDS = 0.25
_AWAY_SECONDS = 2.0
_PAGE = 1000
STARTED, STOPPED = "hearing.started", "hearing.stopped"


class Heard:
    """Reads the live log for recordings."""

    def __init__(
        self, live_log: LiveLog, clock: Clock, *, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._log = live_log
        self._clock = clock
        self._settle_seconds = settle_seconds

    async def settled(self, contact_id: str) -> list[Event]:
        """Everything that was heard, as soon as no leg that was heard until now is being
        listened to any more, or after some seconds: what comes later is silenced later.
        While Redis is away this waits: without it a number might be left in."""
        now = self._clock.now()
        until = self._clock.monotonic() + self._settle_seconds
        events: list[Event] = []
        while True:
            events += await self.after(contact_id, int(events[-1].data["n"]) if events else 0)
            legs = {e.data.get("leg_id") for e in events if e.type == STARTED and e.at <= now}
            legs -= {e.data.get("leg_id") for e in events if e.type == STOPPED}
            if not legs:
                return events
            if self._clock.monotonic() >= until:
                log.warning("recording.still_heard", contact=contact_id, legs=len(legs))
                return events
            await asyncio.sleep(_LOOK_SECONDS)

    async def after(self, contact_id: str, n: int) -> list[Event]:
        """Everything above the number ``n``, however long Redis is away."""
        found: list[Event] = []
        while True:
            try:
                page = await self._log.read(contact_id, after=n, count=_PAGE)
            except RedisUnavailable as error:
                log.warning("recording.waits_for_redis", contact=contact_id, code=error.code)
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            if not page:
                return found
            found += page
            n = int(page[-1].data["n"])
