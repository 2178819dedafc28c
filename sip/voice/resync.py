"""After every connection to Asterisk: compare what we believe with what is.

Asterisk is right about channels, Redis about intentions. The legs are read again
from channel variables, the router closes what ended meanwhile (with the true time,
from Asterisk's own log of ends), and what was cut short is completed: an answer we
did not hear, a bridge we did not make, a leg nobody waits for.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, Medium
from acd.router import Router
from core.clock import Clock
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.asterisk.generate import dialplan
from sip.causes import Cause
from sip.voice.adoption import DIALLED, Adoption
from sip.voice.call_events import CallEvents
from sip.voice.driver import VoiceDriver
from sip.voice.ended_calls import End, hung_up_by_agent, read_ends
from sip.voice.legs import VARIABLES, Leg, LegTable, Role
from sip.voice.own_calls import OwnCalls
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_UNSET = "(null)"  # how Status shows a variable that a channel does not have
_FAR_HALF = ";2"
# Taken out of its dialplan, a channel leaves an empty one behind, which Asterisk under
# load now and then fails to destroy: it stays in the list for ever.
_UP, _RINGS_US = "6", "4"
_SHELL = "Surrogate/"
_TALKING = (ContactState.CONNECTED, ContactState.HELD)
_OWN = (ContactState.DIALLING, ContactState.CONNECTED)
_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
# Where a customer stays until we do something; elsewhere the dialplan goes on by itself.
_KEPT_BY_US = (dialplan.QUEUE, dialplan.HOLD)
# Where an agent's leg is until it waits to be joined.
_BEFORE = (dialplan.AGENTS, dialplan.AGENT)
# Here a number outside is rung for them, or was in vain: they have no agent by our doing.
_OUTSIDE = (dialplan.OUTBOUND, dialplan.RETURNED, dialplan.REFERRED)
_BRIDGED = "PARLEY_BRIDGED"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_ORIGINATE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as the list of Asterisk's channels shows it; ``bridge`` is '' for one
    that talks with nobody."""

    leg: Leg
    bridge: str
    context: str
    was_bridged: bool  # its dialplan will leave the queue at the next step

    @classmethod
    def from_status(cls, event: AmiEvent) -> Channel | None:
        """None for a channel that is not ours, or the far half of a Local channel or
        the shell that joining left of one, which have the same variables."""
        if event.get("Uniqueid").endswith(_FAR_HALF) or event.get("Channel").startswith(_SHELL):
            return None
        pairs = (text.partition("=") for text in event.all("Variable"))
        values = {name: value for name, _, value in pairs if value != _UNSET}
        leg = Leg.from_variables(event.get("Uniqueid"), event.get("Channel"), values)
        if leg is None:
            return None
        bridge, context = event.get("BridgeID"), event.get("Context")
        # Who has answered just now is not to be joined before they wait for it, which
        # an event will tell; taken out of what comes before, they would be hung up.
        early = leg.role in (Role.AGENT, Role.CONSULT) and context in _BEFORE and not bridge
        leg.up = event.get("ChannelState") == _UP and not early
        if leg.role is Role.CUSTOMER and event.get("ChannelState") not in (_UP, _RINGS_US):
            leg.role = Role.CALLED  # an agent's own call rings there
        return cls(leg, bridge, context, values.get(_BRIDGED) == "1")


class Resync:
    """Give :meth:`run` to ``AmiClient.on_up``, :meth:`down` to ``on_down``, and
    :meth:`again` to whoever may have missed something."""

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        events: CallEvents,
        router: Router,
        driver: VoiceDriver,
        recorder: Recorder,
        own_calls: OwnCalls,
        cel_file: Path,
        clock: Clock,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._events = events
        self._router = router
        self._driver = driver
        self._recorder = recorder
        self._own_calls = own_calls
        self.adoption: Adoption | None = None
        self._cel_file = cel_file
        self._clock = clock
        self._lock = asyncio.Lock()
        self._tasks = TaskOwner("resync")
        self.done = asyncio.Event()
        self.on_done: list[Callable[[], Coroutine[Any, Any, None]]] = []

    def down(self, reason: str) -> None:
        """Offer no calls while Asterisk is away."""
        self.done.clear()
        self._router.suspend(Medium.VOICE)

    async def run(self) -> None:
        """Compare and repair until that has worked once; then calls are offered (again).

        The AMI client cancels this when the connection is lost.
        """
        pause = _FIRST_PAUSE
        async with self._lock:
            while True:
                try:
                    await self._compare()
                    break
                except Exception as error:  # else AMI is up and no call is offered, for ever
                    log.error("voice.resync_failed", retry_in=pause, exc_info=error)
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
            self.done.set()
        for listener in self.on_done:
            self._tasks.start(listener(), name="on-done")
        self._tasks.start(self._recorder.salvage(), name="salvage")

    async def again(self) -> None:
        """Compare once more: what we were told meanwhile may not have been kept."""
        if self._ami.is_up:
            self.down("something may have been missed")
            await self.run()

    async def close(self) -> None:
        await self._tasks.close()

    async def _compare(self) -> None:
        # What begins from here on is told by events and none of our business.
        as_of, began = self._clock.now(), time.monotonic()
        with self._events.watching_ends() as gone:
            query = {"Variables": ",".join((*VARIABLES, _BRIDGED, DIALLED))}
            status = await self._ami.query("Status", query)
            # Those of others too: a caller who just came in is not marked as ours yet.
            present = {event.get("Uniqueid") for event in status} - gone
            # Who is alone in a bridge waits there (BridgeWait) and talks with nobody.
            talks = Counter(event.get("BridgeID") for event in status)
            channels = {
                channel.leg.id: channel
                if talks[channel.bridge] > 1
                else replace(channel, bridge="")
                for channel in map(Channel.from_status, status)
                if channel is not None and channel.leg.id in present
            }
            self._take_over(channels, present, began)
            outside = self._outside(channels)
        for contact in await self._router.contacts_of(Medium.VOICE):
            if contact.address in present:
                self._recorder.adopt(contact.id, contact.recordings)
        await self._end_stale_offers(channels)
        await self._tell_answers(channels)
        await self._reconcile(channels, present, outside, as_of)
        contacts = {c.id: c for c in await self._router.contacts_of(Medium.VOICE)}
        await self._complete(channels, contacts, outside)
        if self.adoption is not None:
            await self.adoption.adopt(e for e in status if e.get("Uniqueid") in present)
        log.info("voice.resynced", channels=len(channels), contacts=len(contacts))

    def _take_over(self, channels: dict[str, Channel], present: set[str], began: float) -> None:
        """Make the table of legs agree with ``channels``; each channel's leg is then the
        one of the table."""
        for leg in self._legs:
            # One without a name is being originated: Asterisk may not list it yet.
            since = began if leg.channel else began - _ORIGINATE_SECONDS
            if leg.id not in present and leg.known_since < since:
                self._drop(leg)
        for id_, channel in channels.items():
            known = self._legs.get(id_)
            if known is None:
                self._legs.add(channel.leg)
                continue
            known.channel = channel.leg.channel
            known.up = known.up or channel.leg.up
            channels[id_] = replace(channel, leg=known)
        bridges = {
            c.leg.contact_id: c.bridge for c in channels.values() if c.leg.role is Role.CUSTOMER
        }
        for channel in channels.values():
            if channel.leg.role in (Role.AGENT, Role.CALLER) and channel.bridge:
                channel.leg.joined = channel.bridge == bridges.get(channel.leg.contact_id)

    def _outside(self, channels: dict[str, Channel]) -> set[str]:
        """The contacts whose customer is sent to a number outside. Where somebody there
        has answered the customer is ours no more."""
        outside = set()
        for id_, channel in list(channels.items()):
            leg = channel.leg
            if leg.role is Role.CUSTOMER and channel.context in _OUTSIDE:
                outside.add(leg.contact_id)
                leg.outside = channel.context == dialplan.OUTBOUND
                if leg.outside and channel.bridge:
                    self._events.outside_answered(leg)
                    del channels[id_]
        return outside

    def _drop(self, leg: Leg) -> None:
        """A leg that ended unheard. What that means for customers and agents follows from
        the comparison, with the true times; of others only the desk knows."""
        if leg.role in (Role.CUSTOMER, Role.AGENT, Role.CALLER):
            self._legs.remove(leg.id)
            if leg.role is Role.CUSTOMER:
                self._recorder.ended(leg.contact_id)
        else:
            self._events.lost(leg, int(Cause.UNKNOWN))

    async def _end_stale_offers(self, channels: dict[str, Channel]) -> None:
        """Before anything is offered anew: the same agent may be rung again."""
        offered = [c.leg for c in channels.values() if c.leg.offer_id]
        standing = await self._router.standing_offers({leg.offer_id for leg in offered})
        for leg in offered:
            if leg.offer_id not in standing and leg.role is Role.AGENT:
                log.warning("resync.stale_offer_hung_up", contact=leg.contact_id, leg=leg.id)
                await self._hang_up(leg)
                del channels[leg.id]

    async def _tell_answers(self, channels: dict[str, Channel]) -> None:
        for contact in await self._router.contacts_of(Medium.VOICE):
            legs = self._legs.of_offer(contact.id, contact.offer_id or "")
            if contact.state is not ContactState.OFFERED or not legs:
                continue
            leg = legs[0]
            if leg.up and leg.id in channels:
                log.info("resync.answer_heard_late", contact=contact.id)
                await self._router.agent_answered(leg.offer_id)

    async def _reconcile(
        self, channels: dict[str, Channel], present: set[str], outside: set[str], as_of: datetime
    ) -> None:
        legs = [channel.leg for channel in channels.values()]
        contacts = await self._router.contacts_of(Medium.VOICE)
        missing = {c.address: c.id for c in contacts if c.address not in present}
        talks = [c for c in contacts if c.state in _TALKING and c.id not in outside]
        wanted = {*missing, *(c.offer_id for c in talks if c.offer_id)} - {"", *present}
        ends = await asyncio.to_thread(read_ends, self._cel_file, wanted)
        for contact in talks:
            await self._end_by_agent(contact, ends, gone=contact.address in missing)
        ended = {missing[id_]: (end.at, end.cause) for id_, end in ends.items() if id_ in missing}
        await self._router.reconcile(
            present,
            ended,
            medium=Medium.VOICE,
            alive_offers=[
                *(leg.offer_id for leg in legs if leg.role is Role.AGENT),
                *(c.offer_id for c in contacts if c.offer_id and c.id in outside),
            ],
            as_of=as_of,
        )

    async def _end_by_agent(self, contact: Contact, ends: Mapping[str, End], *, gone: bool) -> None:
        """Tell the router of an agent who hung up unheard, with the true time. It would
        take the customer for who did if their side is ``gone`` too."""
        agent = ends.get(contact.offer_id or "")
        if gone:
            end = hung_up_by_agent(ends.get(contact.address), agent)
            if end is not None:
                reason = EndReason.AGENT_HUNG_UP
                await self._router.finish(contact.id, reason, cause=end.cause, at=end.at)
        elif agent is not None and contact.agent_id is not None:
            await self._router.agent_left(contact.id, contact.agent_id, agent.cause, at=agent.at)

    async def _complete(
        self, channels: dict[str, Channel], contacts: Mapping[str, Contact], outside: set[str]
    ) -> None:
        """What was cut short; each by itself, so that one that fails spoils no other."""
        for contact in contacts.values():
            if contact.id not in outside:
                with suppress(ParleyError):
                    await self._complete_contact(contact, channels)
        for channel in channels.values():
            if channel.leg.contact_id not in contacts:
                with suppress(ParleyError):
                    await self._complete_leg(channel)

    async def _complete_contact(self, contact: Contact, channels: dict[str, Channel]) -> None:
        if contact.state in _OWN:
            await self._complete_own(contact, channels)
        ours = channels.get(contact.address)
        if contact.state in _WAITING and ours is not None and ours.was_bridged:
            # Else the dialplan takes the end of the music for the end of a talk.
            await verbs.set_variables(self._ami, ours.leg.target, {_BRIDGED: ""})
        if contact.state not in _TALKING or contact.agent_id is None or ours is None:
            return
        leg = self._legs.agent(contact.id)
        if leg is None:
            log.warning("resync.agent_gone", contact=contact.id)
            await self._router.agent_left(contact.id, contact.agent_id, int(Cause.UNKNOWN))
            return
        if leg.joined or leg.id not in channels:
            return
        if contact.state is ContactState.HELD:
            leg.parted = True
            if not self._legs.of(contact.id, Role.CONSULT):  # it ended unheard
                await self._router.consult_ended(contact.id)
        else:
            log.warning("resync.joined_again", contact=contact.id)
            await self._driver.join(contact.id, leg)

    async def _complete_own(self, contact: Contact, channels: dict[str, Channel]) -> None:
        """An agent's own call: it may have been answered unheard, or by half."""
        caller = self._own_calls.caller(contact.id)
        if caller is None or caller.id not in channels:
            return
        bridge = channels[caller.id].bridge
        for channel in channels.values():
            leg = channel.leg
            if bridge and channel.bridge == bridge and leg.contact_id == contact.id:
                leg.up = True
                leg.role = Role.CALLED if leg.role is Role.CUSTOMER else leg.role
        agent_leg = self._own_calls.joined(contact.id)
        if agent_leg is not None:
            log.info("resync.own_call_joined", contact=contact.id)
            await self._own_calls.follow(contact.id, agent_leg)

    async def _complete_leg(self, channel: Channel) -> None:
        """A leg whose contact is over, or unknown."""
        leg = channel.leg
        if leg.role is Role.CALLER:
            self._legs.remove(leg.id)  # the dialplan ends an agent's own call
            return
        if leg.role is not Role.CUSTOMER:
            log.warning("resync.orphan_hung_up", contact=leg.contact_id, leg=leg.id)
            await self._hang_up(leg)
            return
        self._legs.remove(leg.id)
        if channel.bridge or channel.context not in _KEPT_BY_US:
            return  # a talk that goes on, or a survey afterwards: the dialplan ends it
        if await self._is_over(leg.contact_id):
            log.warning("resync.customer_hung_up", contact=leg.contact_id, leg=leg.id)
            await self._hang_up(leg)
        else:
            # Redis lost the contact: the caller is greeted anew rather than dropped.
            log.error("resync.caller_unknown", contact=leg.contact_id, leg=leg.id)
            await verbs.set_variables(self._ami, leg.target, {_BRIDGED: ""})
            await verbs.send_to(self._ami, leg.target, dialplan.ENTRANCE)

    async def _is_over(self, contact_id: str) -> bool:
        """Whether the contact has ended, as far as Redis still knows it."""
        try:
            contact = await self._router.contacts.get(contact_id)
        except ContactNotFound:
            return False
        return contact.state in (ContactState.WRAP_UP, ContactState.ENDED)

    async def _hang_up(self, leg: Leg) -> None:
        leg.cancelled = True
        await verbs.hang_up(self._ami, leg.target)
