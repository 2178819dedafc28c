"""After every connection to Asterisk: compare what we believe with what is.

Asterisk is right about channels, Redis about intentions. The legs are read again
from channel variables, the router closes what ended meanwhile (with the true time,
from Asterisk's own log of ends), and what was cut short is completed: an answer we
did not hear, a bridge we did not make, a leg nobody waits for.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from acd.contact_states import ContactState
from acd.model import Contact, Medium
from acd.router import Router
from core.errors import ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.asterisk.generate import dialplan
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.driver import VoiceDriver
from sip.voice.ended_calls import read_ends
from sip.voice.legs import VARIABLES, Leg, LegTable, Role
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_UNSET = "(null)"  # how Status shows a variable that a channel does not have
_FAR_HALF = ";2"
_TALKING = (ContactState.CONNECTED, ContactState.HELD)
_WAITING_FOR_AGENT = (ContactState.QUEUED, ContactState.OFFERED)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the list of Asterisk's channels shows it."""

    leg: Leg
    bridge: str
    context: str

    @classmethod
    def from_status(cls, event: AmiEvent) -> Channel | None:
        """None for a channel that is not ours, or the far half of a Local channel,
        which has the same variables."""
        if event.get("Uniqueid").endswith(_FAR_HALF):
            return None
        pairs = (text.partition("=") for text in event.all("Variable"))
        values = {name: value for name, _, value in pairs if value != _UNSET}
        leg = Leg.from_variables(event.get("Uniqueid"), event.get("Channel"), values)
        if leg is None:
            return None
        leg.up = event.get("ChannelState") == "6"
        return cls(leg, event.get("BridgeID"), event.get("Context"))


class Resync:
    """Give :meth:`run` to ``AmiClient.on_up`` and :meth:`down` to ``on_down``."""

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        events: CallEvents,
        router: Router,
        driver: VoiceDriver,
        recorder: Recorder,
        cel_file: Path,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._events = events
        self._router = router
        self._driver = driver
        self._recorder = recorder
        self._cel_file = cel_file
        self.done = asyncio.Event()

    def down(self, reason: str) -> None:
        """Offer no calls while Asterisk is away."""
        self.done.clear()
        self._router.suspend(Medium.VOICE)

    async def run(self) -> None:
        """Compare and repair; then calls are offered (again)."""
        with self._events.watching_ends() as gone:
            status = await self._ami.query("Status", {"Variables": ",".join(VARIABLES)})
            channels = {
                channel.leg.id: channel
                for channel in map(Channel.from_status, status)
                if channel is not None and channel.leg.id not in gone
            }
            self._adopt_legs(channels)
        contacts = {c.id: c for c in await self._router.contacts.live() if _is_call(c)}
        await self._reconcile(channels, contacts)
        for contact in contacts.values():
            self._recorder.adopt(contact.id, contact.recordings)
        await self._complete(channels)
        await self._recorder.salvage()
        self.done.set()
        log.info("voice.resynced", channels=len(channels), contacts=len(contacts))

    def _adopt_legs(self, channels: dict[str, Channel]) -> None:
        for leg in self._legs:
            if leg.id not in channels and (leg.channel or leg.role is not Role.AGENT):
                self._legs.remove(leg.id)
        for channel in channels.values():
            known = self._legs.get(channel.leg.id)
            if known is None:
                self._legs.add(channel.leg)
            else:
                known.channel = channel.leg.channel

    async def _reconcile(self, channels: dict[str, Channel], contacts: dict[str, Contact]) -> None:
        customers = [c.leg.id for c in channels.values() if c.leg.role is Role.CUSTOMER]
        offers = [c.leg.offer_id for c in channels.values() if c.leg.role is Role.AGENT]
        missing = {c.address: c.id for c in contacts.values() if c.address not in channels}
        ends = await asyncio.to_thread(read_ends, self._cel_file, set(missing) - {""})
        await self._router.reconcile(
            customers,
            {missing[address]: end for address, end in ends.items()},
            medium=Medium.VOICE,
            alive_offers=offers,
        )

    async def _complete(self, channels: dict[str, Channel]) -> None:
        contacts = {c.id: c for c in await self._router.contacts.live() if _is_call(c)}
        for contact in contacts.values():
            with suppress(ParleyError):
                await self._complete_contact(contact, channels)
        for channel in channels.values():
            with suppress(ParleyError):
                await self._complete_leg(channel, contacts.get(channel.leg.contact_id))

    async def _complete_contact(self, contact: Contact, channels: dict[str, Channel]) -> None:
        if contact.state not in _TALKING or contact.agent_id is None:
            return
        leg = self._legs.agent(contact.id)
        if leg is None:
            log.warning("resync.agent_gone", contact=contact.id)
            await self._router.agent_left(contact.id, contact.agent_id, int(Cause.UNKNOWN))
            return
        ours, theirs = channels.get(contact.address), channels.get(leg.id)
        if ours is None or theirs is None or (ours.bridge and ours.bridge == theirs.bridge):
            return
        if contact.state is ContactState.HELD:
            leg.parted = True
        elif ours.bridge != theirs.bridge:
            log.warning("resync.joined_again", contact=contact.id)
            await self._driver.join(contact.id, leg)

    async def _complete_leg(self, channel: Channel, contact: Contact | None) -> None:
        leg = channel.leg
        if contact is None or contact.state in (ContactState.WRAP_UP, ContactState.ENDED):
            if leg.role is not Role.CUSTOMER:
                log.warning("resync.orphan_hung_up", contact=leg.contact_id, leg=leg.id)
                await verbs.hang_up(self._ami, leg.target)
            elif contact is None:
                # Redis lost the contact: the caller is greeted anew rather than dropped.
                log.error("resync.caller_unknown", contact=leg.contact_id, leg=leg.id)
                self._legs.remove(leg.id)
                await verbs.send_to(self._ami, leg.target, dialplan.ENTRANCE)
        elif leg.role is Role.AGENT and contact.offer_id != leg.offer_id and leg.offer_id:
            if contact.state in _WAITING_FOR_AGENT:
                log.warning("resync.stale_offer_hung_up", contact=contact.id, leg=leg.id)
                await verbs.hang_up(self._ami, leg.target)
        elif leg.role is Role.AGENT and leg.up and contact.state is ContactState.OFFERED:
            await self._router.agent_answered(leg.offer_id)


def _is_call(contact: Contact) -> bool:
    return contact.medium is Medium.VOICE
