"""Supervisors who listen go on hearing both sides when the agent's partner changes.

What listens on a channel shares one decoder a direction, which lives until nothing hangs
there. With the patch for concealing lost packets that Debian's Asterisk carries, a decoder
drops packets whose sequence numbers are lower than those before, and those of another
partner begin anywhere: a supervisor would not hear the consulted colleague, perhaps for
minutes. So listeners are taken off the agent's channel for a moment and put on again.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

_OFF_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.02


class Spies:
    """Follows the partners of agents who are listened to."""

    def __init__(self, ami: AmiClient, legs: LegTable) -> None:
        self._ami = ami
        self._legs = legs
        self._tasks = TaskOwner("spies")

    def partner_changed(self, agent_leg: Leg) -> None:
        """The agent on ``agent_leg`` talks with somebody (else) from now on."""
        listeners = [
            leg for leg in self._legs.of(agent_leg.contact_id, Role.PARTY) if leg.up and leg.spies
        ]
        if listeners:
            self._tasks.start(self._again(agent_leg, listeners), name=agent_leg.id)

    async def _again(self, agent_leg: Leg, listeners: list[Leg]) -> None:
        with suppress(ParleyError):
            await asyncio.gather(
                *(verbs.park(self._ami, leg.target) for leg in listeners), return_exceptions=True
            )
            until = time.monotonic() + _OFF_SECONDS
            while time.monotonic() < until and await verbs.is_hooked(self._ami, agent_leg.target):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        for leg in listeners:
            try:
                if self._legs.get(leg.id) is leg and not leg.cancelled:
                    await verbs.switch_spy(self._ami, leg.target, verbs.SpyMode(leg.spies))
            except ParleyError as error:
                log.warning("spy.not_put_on_again", contact=leg.contact_id, code=error.code)

    async def close(self) -> None:
        await self._tasks.close()
