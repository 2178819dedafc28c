"""Legs about which something was said that is not believed: Asterisk is asked.

An event that a stranger forged is worth nothing. One of Asterisk's own that was torn by
what a stranger sent would have said that something ended. Both name a channel, and only
Asterisk knows whether it is still there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip.ami import AmiClient
from sip.voice.legs import Leg, LegTable

log = get_logger(__name__)

_MOST = 1000  # names that wait to be asked for; more are left to the next comparison


class Doubts:
    """Asks for named channels, one after the other, each once however often it is named:
    a flood of forged events costs one question at a time."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, check: Callable[[Leg], Awaitable[None]]
    ) -> None:
        self._legs = legs
        self._check = check
        self._names: set[str] = set()
        self._tasks = TaskOwner("doubts")
        ami.on_suspect(self.ask)

    def ask(self, names: Iterable[str]) -> None:
        """Ask soon for the legs among ``names`` (ids or names of channels)."""
        if len(self._names) < _MOST:
            self._names.update(filter(None, names))
        if self._names and not len(self._tasks):
            self._tasks.start(self._work(), name="ask")

    async def _work(self) -> None:
        while self._names:
            names, self._names = self._names, set()
            for leg in self._legs:
                if leg.id in names or leg.channel in names:
                    log.info("leg.doubted", contact=leg.contact_id, leg=leg.id)
                    try:
                        await self._check(leg)
                    except ParleyError as error:  # the sweep of ghosts asks again
                        log.warning("leg.doubt_unanswered", leg=leg.id, code=error.code)

    async def close(self) -> None:
        await self._tasks.close()
