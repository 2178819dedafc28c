"""After Redis was away for longer than the store waits.

Calls failed then, and what they should have written is missing: who hung up, whose
time was up. Until that is made up for nothing is offered, since somebody who waits
by the state may have left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from acd.model import Medium
from acd.recovery import Recovery
from core.log import get_logger
from core.redis import RedisUnavailable

log = get_logger(__name__)

_PAUSE_SECONDS = 1.0
_REDIS = "redis"  # who suspends
Listener = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Outages:
    given_up: int = 0  # calls, ever
    being_made_up: bool = False
    listeners: list[Listener] = field(default_factory=list)


class Outage(Recovery):
    """The part of the router that makes up for what could not be written."""

    @cached_property
    def _outages(self) -> _Outages:
        return _Outages()

    @property
    def on_recovered(self) -> list[Listener]:
        """Awaited one after the other when Redis answers again after calls had failed
        with :class:`~core.redis.RedisUnavailable`: a medium compares here what Redis
        says with what it really has (:meth:`reconcile`). The router has set its own
        timers again by then, and every call that still waited for Redis is done; it
        offers nothing until the last has returned. All are called again if Redis goes
        away meanwhile; another error of one is logged and stops nothing."""
        return self._outages.listeners

    @property
    def unsure(self) -> bool:
        """Whether something could not be written that is not made up for yet."""
        return self._outages.being_made_up

    def redis_given_up(self) -> None:
        """A call failed because Redis was away for too long."""
        outages = self._outages
        outages.given_up += 1
        if outages.being_made_up:
            return
        outages.being_made_up = True
        log.error("router.unsure")
        for medium in Medium:
            self.suspend(medium, by=_REDIS)
        self.tasks.start(self._make_up(outages), name="outage")

    async def _make_up(self, outages: _Outages) -> None:
        while True:
            before = outages.given_up
            try:
                await self.store.answers()
                before = outages.given_up
                self.leadership.soon()  # nobody may lead by now
                await self.take_up()
                for listener in outages.listeners:
                    await self._tell(listener)
            except RedisUnavailable:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            except Exception as error:
                log.error("router.make_up_failed", exc_info=error)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if outages.given_up == before:
                break
        outages.being_made_up = False
        log.info("router.sure_again")
        for medium in Medium:
            self.resume_medium(medium, by=_REDIS)

    async def _tell(self, listener: Listener) -> None:
        try:
            await listener()
        except RedisUnavailable:
            raise
        except Exception as error:
            log.error("router.recovery_listener_failed", exc_info=error)
