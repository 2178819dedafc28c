"""Is there any sound from the agent's phone? Asked once for each talk, a moment after it began.

Asterisk counts what it receives (``CHANNEL(rtcp,all)``), so that one question is all that a
talk costs. The rule is a strict one, which no working phone fails: not a single packet of
RTP or RTCP until then. A muted phone sends silence; one that suppresses silence sends
comfort noise (RFC 3389) or at least reports (RFC 3550).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

NoSound = Callable[[str, str], Awaitable[object]]


class TalkCheck:
    """``no_sound(contact_id, agent_id)`` is awaited when nothing came from an agent's phone
    within ``seconds`` of the talk (0: never asked)."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, no_sound: NoSound, *, seconds: float
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._no_sound = no_sound
        self._seconds = seconds
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks = TaskOwner("talk-check")

    def began(self, leg: Leg) -> None:
        """The agent on ``leg`` talks with a customer: look once, unless that was done."""
        if self._seconds > 0 and not leg.was_checked and leg.id not in self._timers:
            loop = asyncio.get_running_loop()
            self._timers[leg.id] = loop.call_later(self._seconds, self._due, leg)

    def _due(self, leg: Leg) -> None:
        del self._timers[leg.id]
        if self._legs.get(leg.id) is leg and leg.role is Role.AGENT:
            self._tasks.start(self._check(leg), name=leg.id)

    async def _check(self, leg: Leg) -> None:
        leg.was_checked = True
        if leg.holds or leg.cancelled:
            return  # whose phone holds need not send anything
        try:
            received = await verbs.received(self._ami, leg.target)
        except ParleyError:
            return  # gone, or Asterisk is away: then others find out
        if received is not None and received.nothing and self._legs.get(leg.id) is leg:
            log.warning("leg.no_sound", contact=leg.contact_id, leg=leg.id, agent=leg.agent_id)
            await self._no_sound(leg.contact_id, leg.agent_id)

    async def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self._tasks.close()
