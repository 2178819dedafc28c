"""Voice as the router's medium: the verbs of :class:`acd.driver.MediaDriver`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from acd.driver import PartyMode
from acd.errors import AgentGone, CustomerUnreached
from acd.model import Agent, Contact, Offer, Target
from core import ids
from core.clock import Clock
from core.errors import Conflict, ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiDown, caller_id
from sip.asterisk.generate import dialplan
from sip.voice.call_back import CallBackDialler
from sip.voice.give_up import give_up
from sip.voice.legs import Leg, LegTable, Role
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_SPY_MODES = {
    PartyMode.LISTEN: verbs.SpyMode.LISTEN,
    PartyMode.WHISPER: verbs.SpyMode.WHISPER,
    PartyMode.BARGE: verbs.SpyMode.BARGE,
}
# Asterisk gives up a little after the router does, so that the router decides.
_GRACE_SECONDS = 2.0
_NEWS_SECONDS = 2.0
DIVERTED = "PARLEY_DIVERTED"  # to which flow, on a channel that is sent to the entrance


def _shown(contact: Contact, number: str) -> str:
    """What the agent's phone shows. A name is the customer's own; who withholds the number
    is nobody."""
    name = contact.attributes.get("caller_name", "")
    return caller_id(name if isinstance(name, str) else "", number)


class NoLeg(Conflict):
    """The call has not (or no longer) the leg that this needs."""

    code: ClassVar[str] = "no_leg"


class HeldByPhone(Conflict):
    """The agent's own phone holds the customer; only it can take them back."""

    code: ClassVar[str] = "held_by_phone"


class VoiceDriver:
    """Rings, joins, holds and ends calls through one Asterisk.

    ``queue_variables`` gives the channel variables a queue's dialplan needs (music,
    announcement interval). A talk of less than ``least_talk`` seconds is none. ``on_joined``
    hears which agent's leg was joined with a customer.
    """

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        recorder: Recorder,
        clock: Clock,
        queue_variables: Callable[[Contact], dict[str, str]],
        call_backs: CallBackDialler,
        *,
        least_talk: float = 0.0,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._recorder = recorder
        self._clock = clock
        self._queue_variables = queue_variables
        self._call_backs = call_backs
        self._least_talk = least_talk
        self.on_joined: list[Callable[[Leg], None]] = []
        self.on_customer_missing: Callable[[Contact], Awaitable[None]] = _nothing
        """Awaited with a contact whose customer could not be joined: are they there at all?"""
        self.phones_of: Callable[[str], Sequence[str]] = lambda device: [f"PJSIP/{device}"]

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Originate the agent's leg; its id is the offer's. Where several phones of theirs
        are to ring the others' legs have ids that end with it: Asterisk refuses an id with
        which that of another channel begins."""
        left = (offer.deadline - self._clock.now()).total_seconds()
        back = contact.call_back
        shown = back.number if back is not None else contact.customer_number
        # All are known before the first rings: one that refuses is not the last one then.
        rung: list[tuple[str, Leg]] = []
        for number, target in enumerate(self.phones_of(agent.device)):
            leg = Leg(
                id=f"{number}-{offer.id}" if number else offer.id, role=Role.AGENT,
                contact_id=contact.id, agent_id=agent.id, offer_id=offer.id,
            )  # fmt: skip
            rung.append((target, self._legs.add(leg)))
        failed: list[ParleyError] = []
        for target, leg in rung:
            try:
                await verbs.ring(
                    self._ami,
                    target,
                    leg.id,
                    seconds=max(1.0, left + _GRACE_SECONDS),
                    caller_id=_shown(contact, shown),
                    variables=leg.variables(),
                )
            except ParleyError as error:
                give_up(self._legs, leg, error)
                failed.append(error)
        if len(failed) == len(rung):
            raise failed[-1]

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Hang up the agent's leg, now or as soon as it exists."""
        for leg in self._legs.of_offer(contact.id, offer.id):
            leg.cancelled = True
            with suppress(AmiDown):
                await verbs.hang_up(self._ami, leg.target)

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Bridge customer and agent, then record. A customer who hung up to be called
        back is called first."""
        leg = next((one for one in self._legs.of_offer(contact.id, offer.id) if one.up), None)
        if leg is None:
            raise AgentGone("The agent's call ended before it could be joined.")
        waits = contact.call_back is not None
        if waits and self._legs.customer(contact.id) is None:
            await self._call_backs.reach(contact, leg)
            waits = False  # who is reached and hangs up again is not called at once
        try:
            # Asked again after a gap they talk already, or are just being joined: bridged
            # twice at once, both would fall out of the first bridge.
            async with leg.joining:
                if not leg.joined:
                    await self.join(contact.id, leg)
        except (verbs.NoSuchChannel, NoLeg) as error:
            await self._hear_who_left(contact.id, leg)
            if self._legs.get(leg.id) is None:
                raise AgentGone("The agent's call ended while it was joined.") from error
            if contact.call_back is None or self._legs.customer(contact.id) is not None:
                with suppress(ParleyError):
                    await self.on_customer_missing(contact)
                raise
            if not waits:
                raise CustomerUnreached("The customer hung up at once.") from error
            # They hung up just now, as agreed.
            await self.connect(contact, agent, offer)
            return
        self._recorder.start(contact.id, agent_id=agent.id)

    async def _hear_who_left(self, contact_id: str, agent_leg: Leg) -> None:
        """Asterisk lets go of a channel a moment before it says so. The router must hear
        first that the customer left, lest it takes the agent for the one who did."""
        customer = self._legs.customer(contact_id)
        if customer is not None:
            with suppress(TimeoutError):
                await self._legs.wait_gone(customer.id, agent_leg.id, seconds=_NEWS_SECONDS)

    async def join(self, contact_id: str, agent_leg: Leg) -> None:
        """Bridge the customer with ``agent_leg``; when either hangs up both end."""
        customer = self._customer(contact_id)
        # Sent together and carried out in order. The caller's dialplan learns that it was
        # joined only when it is: its stretch of music may be over just now.
        bridged, _, _ = await asyncio.gather(
            verbs.bridge(self._ami, customer.target, agent_leg.target),
            verbs.set_variables(
                self._ami, customer.target, {"PARLEY_BRIDGED": "1", **self._no_talk_until()}
            ),
            verbs.set_variables(self._ami, agent_leg.target, {"PARLEY_STAY": ""}),
            return_exceptions=True,
        )
        if isinstance(bridged, BaseException):
            # Else the dialplan takes the end of the music for the end of a talk.
            with suppress(ParleyError):
                await verbs.set_variables(self._ami, customer.target, {"PARLEY_BRIDGED": ""})
            raise bridged
        agent_leg.parted, agent_leg.joined = False, True
        for listener in self.on_joined:
            listener(agent_leg)

    def _no_talk_until(self) -> dict[str, str]:
        """Whom the agent's phone leaves until then the dialplan does not hang up unasked."""
        if self._least_talk <= 0:
            return {}
        until = math.ceil(self._clock.now().timestamp() + self._least_talk) + 1
        return {dialplan.ASK_UNTIL: str(until)}

    async def hold(self, contact: Contact) -> None:
        customer, agent = self._both(contact.id)
        agent.parted, was_joined, agent.joined = True, agent.joined, False
        try:
            await verbs.hold(self._ami, customer.target, agent.target)
        except ParleyError:
            agent.parted, agent.joined = False, was_joined
            raise

    async def resume(self, contact: Contact) -> None:
        """Raises :class:`HeldByPhone` where joining the two would join nothing."""
        _, agent = self._both(contact.id)
        if agent.holds:
            raise HeldByPhone(
                "The agent's phone holds the call by itself.", hint="Resume at the phone."
            )
        await self.join(contact.id, agent)

    async def add_party(
        self, contact: Contact, device: str, mode: PartyMode, *, agent_id: str = "",
        shown: str = "",
    ) -> str:  # fmt: skip
        """``agent_id``: whose device it is, if it is one of ours; ``shown``: the caller id
        that it shows."""
        _, agent = self._both(contact.id)
        leg = self._legs.add(
            Leg(
                id=ids.new_id(ids.CHANNEL), role=Role.PARTY, contact_id=contact.id,
                agent_id=agent_id,
            )
        )  # fmt: skip
        try:
            if mode is PartyMode.TALK:
                await verbs.join(
                    self._ami,
                    f"PJSIP/{device}",
                    leg.id,
                    agent.target,
                    caller_id=shown,
                    variables=leg.variables(),
                )
            else:
                leg.spies = _SPY_MODES[mode].value
                await verbs.spy(
                    self._ami, f"PJSIP/{device}", leg.id, agent.target, _SPY_MODES[mode],
                    caller_id=shown, variables=leg.variables(),
                )  # fmt: skip
        except ParleyError as error:
            give_up(self._legs, leg, error)
            raise
        return leg.id

    async def remove_party(self, contact: Contact, handle: str) -> None:
        leg = self._legs.get(handle)
        if leg is not None:
            leg.cancelled = True
            await verbs.hang_up(self._ami, leg.target)

    async def requeue(self, contact: Contact) -> None:
        """The customer waits again, here or for our call; every other leg of the contact
        ends."""
        if contact.call_back is not None and self._legs.customer(contact.id) is None:
            await self.drop(contact.id)
            return
        customer = self._customer(contact.id)
        await self._recorder.stop(contact.id)
        await verbs.set_variables(self._ami, customer.target, self._queue_variables(contact))
        await verbs.send_to(self._ami, customer.target, dialplan.QUEUE, dialplan.QUEUE_AGAIN)
        await self.drop(contact.id, keep=Role.CUSTOMER)

    async def divert(self, contact: Contact, target: Target) -> None:
        """Send a customer who waits back to the entrance, for another flow."""
        customer = self._legs.customer(contact.id)
        if customer is None or self._legs.agent(contact.id) is not None:
            return  # they wait for our call, or an agent has answered just now
        if target.kind != "flow":
            await self.end(contact)
            return
        await verbs.set_variables(self._ami, customer.target, {DIVERTED: target.name})
        await verbs.send_to(self._ami, customer.target, dialplan.ENTRANCE)

    async def end(self, contact: Contact) -> None:
        """Hang up every leg; those that are gone already are no error."""
        await self.drop(contact.id)

    async def drop(self, contact_id: str, *, keep: Role | None = None) -> None:
        """Hang up the contact's legs, except those of role ``keep``."""
        legs = [leg for leg in self._legs.of(contact_id) if leg.role is not keep]
        for leg in legs:
            leg.cancelled = True
        results = await asyncio.gather(
            *(verbs.hang_up(self._ami, leg.target) for leg in legs), return_exceptions=True
        )
        for leg, result in zip(legs, results, strict=True):
            if isinstance(result, Exception) and not isinstance(result, AmiDown):
                log.warning("leg.not_hung_up", contact=contact_id, leg=leg.id, error=str(result))

    def _customer(self, contact_id: str) -> Leg:
        leg = self._legs.customer(contact_id)
        if leg is None:
            raise NoLeg("The customer's call is gone.", hint="The contact is about to end.")
        return leg

    def _both(self, contact_id: str) -> tuple[Leg, Leg]:
        agent = self._legs.agent(contact_id)
        if agent is None:
            raise NoLeg("No agent is on this call.")
        return self._customer(contact_id), agent


async def _nothing(_: Contact) -> None:
    pass
