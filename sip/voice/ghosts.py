"""Contacts whose customer has no channel, and legs that Asterisk does not have.

However they came about (an event that was lost or torn, a fault of ours), agents would be
rung for nobody. Every :data:`EVERY` seconds Asterisk's channels are compared with what we
believe; what two looks find missing is asked for once more and then ended. An agent who
answers a ghost ends it at once: it is rung for once, never again and again.

Call-backs that wait for our call have no channel, and contacts of other nodes are none of
our business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection

from acd.conversation import waits_for_call
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, Medium
from acd.router import Router
from core.clock import Clock
from core.errors import ParleyError
from core.log import get_logger
from core.metrics import ghosts_ended_total
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient
from sip.voice.call_events import CallEvents
from sip.voice.driver import VoiceDriver
from sip.voice.legs import Leg, LegTable, Role

log = get_logger(__name__)

EVERY = 20.0  # seconds between two looks
_ORIGINATE_SECONDS = 5.0  # till then Asterisk may not list a leg that we asked for
_WITH_CUSTOMER = (Role.CUSTOMER, Role.CALLED)


class Ghosts:
    """``ready`` is set while what we believe of Asterisk was compared with it."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, events: CallEvents, router: Router,
        driver: VoiceDriver, ready: asyncio.Event, clock: Clock,
    ) -> None:  # fmt: skip
        self._ami = ami
        self._legs = legs
        self._events = events
        self._router = router
        self._driver = driver
        self._ready = ready
        self._clock = clock
        self._missing: set[str] = set()  # ids of contacts and legs at the last look
        self._tasks = TaskOwner("ghosts")
        driver.on_customer_missing = self.look_at

    def start(self) -> None:
        """Look again and again until :meth:`close`."""
        self._tasks.start(self._run(), name="sweep")

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.sweep()
            except ParleyError as error:  # the next look sees the same
                log.warning("ghosts.not_looked", code=error.code)
            except Exception as error:
                log.error("ghosts.sweep_failed", exc_info=error)

    async def sweep(self) -> None:
        """One look; ends what this one and the one before it found missing."""
        if not self._ami.is_up or not self._ready.is_set():
            self._missing.clear()
            return
        as_of, began = self._clock.now(), time.monotonic()
        present = {c.get("Uniqueid") for c in await self._ami.query("CoreShowChannels")}
        contacts = [
            contact
            for contact in await self._router.contacts_of(Medium.VOICE)
            if contact.created_at < as_of and not self._has_channel(contact, present)
        ]
        legs = [
            leg
            for leg in self._legs
            if leg.id not in present and leg.known_since < began - _ORIGINATE_SECONDS
        ]
        before = self._missing
        self._missing = {*(contact.id for contact in contacts), *(leg.id for leg in legs)}
        for leg in legs:
            if leg.id in before:
                await self._events.check(leg)
        for contact in contacts:
            if contact.id in before:
                await self.look_at(contact)

    def _has_channel(self, contact: Contact, present: Collection[str]) -> bool:
        if contact.address:
            owner = self._legs.get(contact.address)
            if owner is not None and owner.contact_id != contact.id:
                return False  # it has somebody else's
            if contact.address in present:
                return True
            return any(leg.id in present for leg in self._customers(contact.id))
        if contact.call_back is not None:
            return True  # it waits for our call, or is being called
        return any(leg.id in present for leg in self._legs.of(contact.id))

    def _customers(self, contact_id: str) -> list[Leg]:
        return [leg for leg in self._legs.of(contact_id) if leg.role in _WITH_CUSTOMER]

    async def look_at(self, contact: Contact) -> None:
        """End the contact if Asterisk has no channel of its customer."""
        try:
            contact = await self._router.contacts.get(contact.id)
        except ContactNotFound:
            return
        if waits_for_call(contact) and not contact.address:
            return
        legs = self._customers(contact.id)
        ids = {leg.id for leg in legs}
        owner = self._legs.get(contact.address)
        if contact.address and (owner is None or owner.contact_id == contact.id):
            ids.add(contact.address)
        present = {id_ for id_ in ids if await verbs.exists(self._ami, id_)}
        for leg in legs:
            if leg.id not in present:
                await self._events.check(leg)
        if present:
            return
        if await self._router.finish(contact.id, EndReason.TELEPHONY_LOST):
            ghosts_ended_total.inc()
            log.warning("contact.ghost_ended", contact=contact.id)
            await self._driver.drop(contact.id)
