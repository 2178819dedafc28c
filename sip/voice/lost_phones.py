"""Phones that die on a call: while they talk, and while they hold, when no phone sends sound.

That a phone does not respond to OPTIONS, or that its registration ended, is the first sign
(:mod:`sip.voice.devices`). The proof is that nothing comes from it either: a phone that
sends sound lives, whatever its registrar thinks. Both are watched for ``seconds``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from acd.device_states import REASON, DeviceState
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient
from sip.voice.devices import PhoneDevices
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

_ROLES = (Role.AGENT, Role.CONSULT, Role.PARTY, Role.MEMBER)

AgentLost = Callable[[str, str, str], Awaitable[bool]]


class LostPhones:
    """``agent_lost(contact_id, agent_id, reason)`` is awaited for an agent's dead phone; it
    takes the customer back and says whether it did. Others' legs are hung up."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, devices: PhoneDevices, agent_lost: AgentLost, *,
        seconds: float,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._devices = devices
        self._agent_lost = agent_lost
        self._seconds = seconds
        self._watched: set[str] = set()
        self._tasks = TaskOwner("lost-phones")
        devices.on_away.append(self._away)

    def _away(self, extension: str) -> None:
        if self._seconds <= 0:
            return
        for leg in self._legs:
            ours = leg.channel.startswith(f"PJSIP/{extension}-")
            if ours and leg.up and leg.role in _ROLES and leg.id not in self._watched:
                self._watched.add(leg.id)
                self._tasks.start(self._watch(leg, extension), name=leg.id)

    async def _watch(self, leg: Leg, extension: str) -> None:
        try:
            while True:
                before = await self._packets(leg)
                await asyncio.sleep(self._seconds)
                state = self._devices.device(extension).state
                if self._legs.get(leg.id) is not leg or state is DeviceState.AVAILABLE:
                    return
                # Without Asterisk nothing is known; another look decides.
                after = await self._packets(leg)
                if state in REASON and before is not None and after == before:
                    await self._dead(leg, REASON[state])
                    return
        finally:
            self._watched.discard(leg.id)

    async def _packets(self, leg: Leg) -> int | None:
        with suppress(ParleyError):
            received = await verbs.received(self._ami, leg.target)
            return None if received is None else received.packets
        return None

    async def _dead(self, leg: Leg, reason: str) -> None:
        log.warning("leg.phone_lost", contact=leg.contact_id, leg=leg.id, role=leg.role.value)
        try:
            if leg.role is Role.AGENT and await self._agent_lost(
                leg.contact_id, leg.agent_id, reason
            ):
                return
            await verbs.hang_up(self._ami, leg.target)
        except ParleyError as error:
            log.warning("leg.lost_phone_stays", leg=leg.id, code=error.code)

    async def close(self) -> None:
        await self._tasks.close()
