"""Things to be done at a time: offers' deadlines, the end of wrap-up.

What is due is always written in Redis too (``Offer.deadline``,
``Agent.wrap_up_until``); a timer only wakes us, so that after a restart the
router sets the same timers again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from core.clock import Clock
from core.tasks import TaskOwner

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
    """Timers on the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self._tasks = TaskOwner("acd.timers")

    def at(self, name: str, when: datetime, work: Work) -> None:
        self.cancel(name)
        delay = max(0.0, (when - self._clock.now()).total_seconds())
        loop = asyncio.get_running_loop()
        self._handles[name] = loop.call_later(delay, self._fire, name, work)

    def _fire(self, name: str, work: Work) -> None:
        del self._handles[name]

        async def run() -> None:
            await work()

        self._tasks.start(run(), name=name)

    def cancel(self, name: str) -> None:
        if (handle := self._handles.pop(name, None)) is not None:
            handle.cancel()

    async def close(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
        await self._tasks.close()
