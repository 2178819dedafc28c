"""Things to be done at a time: offers' deadlines, the end of wrap-up.

What is due is always written in Redis too (``Offer.deadline``,
``Agent.wrap_up_until``); a timer only wakes us, so that after a restart the
router sets the same timers again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

Work = Callable[[], Awaitable[None]]


class Timers(Protocol):
    """Named timers; setting one again moves it."""

    def at(self, name: str, when: datetime, work: Work) -> None:
        """Run ``work`` once at ``when`` (at once if that is past)."""

    def cancel(self, name: str) -> None:
        """Forget the timer; no error if there is none."""

    async def close(self) -> None:
        """Forget all timers and end what they started."""


class LoopTimers:
    """Timers on the running event loop. Work that raised is done again
    ``retry_seconds`` later, unless its timer was set or cancelled meanwhile."""

    def __init__(self, clock: Clock, *, retry_seconds: float = 2.0) -> None:
        self._clock = clock
        self._retry = timedelta(seconds=retry_seconds)
        self._fired: dict[str, Work] = {}
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self._tasks = TaskOwner("acd.timers")

    def at(self, name: str, when: datetime, work: Work) -> None:
        self.cancel(name)
        delay = max(0.0, (when - self._clock.now()).total_seconds())
        loop = asyncio.get_running_loop()
        self._handles[name] = loop.call_later(delay, self._fire, name, work)

    def _fire(self, name: str, work: Work) -> None:
        del self._handles[name]
        self._fired[name] = work
        self._tasks.start(self._run(name, work), name=name)

    async def _run(self, name: str, work: Work) -> None:
        again = False
        try:
            await work()
        except Exception as error:
            log.error("timer.failed", timer=name, exc_info=error)
            again = True
        # Otherwise it was set anew, or is not wanted any more.
        if self._fired.get(name) is work:
            del self._fired[name]
            if again:
                self.at(name, self._clock.now() + self._retry, work)

    def cancel(self, name: str) -> None:
        self._fired.pop(name, None)
        if (handle := self._handles.pop(name, None)) is not None:
            handle.cancel()

    async def close(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
        self._fired.clear()
        await self._tasks.close()
