"""Taps: put on a leg of a call and taken off again, by AMI alone."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID, uuid4

from core import ids
from core.errors import ParleyError, Unavailable
from core.log import get_logger
from core.tasks import first_of
from media.audio.leg import Leg as Sound
from media.audio.server import AudioSocketServer
from sip import verbs
from sip.ami import AmiClient
from sip.voice.give_up import give_up
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

AT_ONCE: Final = 16  # taps that are being put on; the others wait
_ON_SECONDS = 5.0
_OFF_SECONDS = 1.0
_UNHOOK_SECONDS = 2.0


class TapEnded(Unavailable):
    """Asterisk gave the tap up: it could not connect, or the channel is gone."""

    code: ClassVar[str] = "tap_ended"


@dataclass(eq=False, slots=True)
class Tap:
    """``target`` is the leg that is heard, ``own`` the listening machine's."""

    target: Leg
    own: Leg
    sound: Sound
    taken_off: bool = False

    @property
    def side(self) -> str:
        """``customer`` or ``agent``."""
        return self.sound.side


class Taps:
    """All taps of this process."""

    def __init__(self, ami: AmiClient, legs: LegTable, server: AudioSocketServer) -> None:
        self._ami = ami
        self._legs = legs
        self._server = server
        self._turn = asyncio.Semaphore(AT_ONCE)

    def plan(self, target: Leg, *, side: str, language: str | None) -> Tap:
        """A tap that is not on yet. Raises :class:`~media.audio.server.TooManyLegs`."""
        sound = self._server.expect(
            uuid4(), contact_id=target.contact_id, side=side, language=language
        )
        own = Leg(id=ids.new_id(ids.CHANNEL), role=Role.TAP, contact_id=target.contact_id)
        return Tap(target, own, sound)

    async def put_on(self, tap: Tap) -> None:
        """Return when the sound is connected. Raises ParleyErrors; a tap that is not on
        then, also because this was cancelled, has to be taken off all the same."""
        if not tap.target.channel:
            raise TapEnded("The leg has no channel yet.", contact=tap.target.contact_id)
        async with self._turn:
            if tap.taken_off:
                raise TapEnded("The tap was taken off before it was on.")
            await self._originate(tap)
        if not tap.sound.connected.is_set():
            raise TapEnded(
                "Asterisk gave up the tap before it was connected.",
                hint=f"Can it reach {self._server.host}:{self._server.port}, and is "
                "chan_audiosocket loaded?",
                contact=tap.target.contact_id,
            )

    async def _originate(self, tap: Tap) -> None:
        """Return when it is connected, or is not going to be."""
        self._legs.add(tap.own)
        async with asyncio.timeout(_ON_SECONDS * 2):
            try:
                await verbs.tap(
                    self._ami, tap.target.channel, tap.own.id, host=self._server.host,
                    port=self._server.port, stream=UUID(tap.sound.id),
                    variables=tap.own.variables(),
                )  # fmt: skip
            except ParleyError as error:
                give_up(self._legs, tap.own, error)
                raise
            await first_of(
                self._server.connected(tap.sound, seconds=_ON_SECONDS),
                self._legs.wait_gone(tap.own.id, seconds=_ON_SECONDS),
                seconds=_ON_SECONDS,
            )

    async def take_off(self, tap: Tap) -> None:
        """Return when the tap's channel is gone, or after a second. What it heard until
        then is still read. Never raises."""
        if tap.taken_off:
            return
        tap.taken_off = True
        # What hangs on a channel is off it only with its next frame: a recording that
        # begins on it waits for that.
        tap.target.unhooks_until = time.monotonic() + _UNHOOK_SECONDS
        own = self._legs.get(tap.own.id)
        if own is not None:
            own.cancelled = True  # hung up as soon as it shows, if it does not exist yet
            with suppress(ParleyError):
                await verbs.hang_up(self._ami, own.target)
            try:
                await self._legs.wait_gone(own.id, seconds=_OFF_SECONDS)
            except TimeoutError:
                # Without its connection it ends by itself, if it is there at all.
                log.warning("hearing.tap_lingers", contact=own.contact_id, leg=own.id)
                self._legs.remove(own.id)
        self._server.forget(tap.sound)
