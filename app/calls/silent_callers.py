"""Callers of whom nothing is heard.

A caller whose side sends no audio at all (a firewall, a dead network) is hung up by Asterisk
after ``sip.rtp_timeout_seconds``. Before that they are told that we cannot hear them, and the
agent who talks with them sees it. That is no caller who hung up: the record says so.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from acd.errors import ContactNotFound
from acd.model import EndReason
from acd.router import Router
from app.calls.sounds import Sounds
from core import ids
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

PROMPT = "caller-not-heard"


class SilentCallers:
    """Looks every ``seconds`` what came from each caller (0: never), and notes why a caller's
    line was given up, before the contact ends.

    Of whom not a packet came at all is told at the second look. Who was heard before may only
    be quiet on a line that suppresses silence: they are told after half of ``gives_up``, the
    seconds after which Asterisk hangs up (0: it does not, and they are not told).
    """

    def __init__(
        self, ami: AmiClient, legs: LegTable, router: Router, events: CallEvents, sounds: Sounds,
        *, seconds: float, gives_up: float,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._router = router
        self._sounds = sounds
        self._seconds = seconds
        self._gives_up = gives_up
        # By leg: packets so far, and since when there are no more (monotonic).
        self._heard: dict[str, tuple[int, float]] = {}
        self._told: set[str] = set()  # legs that were told, and silent since
        self._tasks = TaskOwner("silent-callers")
        events.on_leaving.append(self._leaving)

    def start(self) -> None:
        """Begin to look."""
        if self._seconds > 0:
            self._tasks.keep(self._run, name="look")

    async def close(self) -> None:
        """Look no more."""
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            legs = [leg for leg in self._legs if leg.role is Role.CUSTOMER]
            gone = self._heard.keys() - {leg.id for leg in legs}
            for id_ in gone:
                del self._heard[id_]
            self._told -= gone
            for leg in legs:
                with suppress(ParleyError):  # it ended, or Asterisk is away
                    await self._look(leg)

    async def _look(self, leg: Leg) -> None:
        # Whose phone holds need not send anything; who was sent on is not ours to tell.
        watched = leg.up and not (leg.holds or leg.outside or leg.let_go or leg.cancelled)
        received = await verbs.received(self._ami, leg.target) if watched else None
        if received is None:
            self._heard.pop(leg.id, None)
            return
        now = asyncio.get_running_loop().time()
        packets, since = self._heard.setdefault(leg.id, (received.packets, now))
        if received.packets != packets:
            self._heard[leg.id] = received.packets, now
            self._told.discard(leg.id)
        elif now > since and leg.id not in self._told and self._too_long(received, now - since):
            self._told.add(leg.id)
            await self._tell(leg)

    def _too_long(self, received: verbs.Received, seconds: float) -> bool:
        return received.nothing or 0 < self._gives_up / 2 <= seconds

    async def _tell(self, leg: Leg) -> None:
        log.warning("call.not_heard", contact=leg.contact_id)
        contact = await self._router.contacts.get(leg.contact_id)
        await self._router.contacts.customer_not_heard(contact.id)
        sound = Path(self._sounds.sound(PROMPT, contact.language))
        await verbs.play(self._ami, leg.target, sound, ids.new_id("say"))

    async def _leaving(self, leg: Leg) -> None:
        # The cause that Asterisk gives to a channel which it hangs up for want of audio; who
        # hangs up leaves with another.
        if leg.role is not Role.CUSTOMER or leg.ended_cause != Cause.CHANNEL_UNAVAILABLE:
            return
        log.warning("call.no_sound", contact=leg.contact_id)
        with suppress(ContactNotFound):
            await self._router.contacts.set_end_reason(leg.contact_id, EndReason.NO_SOUND)
