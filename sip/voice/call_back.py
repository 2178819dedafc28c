"""Calling a customer back for an agent who has answered already.

The agent hears ringing while the customer is dialled. Everything is on the channels: if
we die meanwhile, the next start finds the agent's leg and the customer's, whose role is
``called`` until they answer, and goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from acd.errors import AgentGone, CustomerUnreached
from acd.model import Contact
from core import ids
from core.errors import ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, AmiDown
from sip.asterisk.generate import dialplan
from sip.outbound import CallOut, Outbound, OutboundRefused, Purpose, Way
from sip.voice.give_up import give_up
from sip.voice.legs import ROLE, Leg, LegTable, Role
from sip.voice.platform import Telephony
from sip.voice.ring_out import ring_out, wants_next_way

log = get_logger(__name__)

# Asterisk gives up first, and says why.
_GRACE_SECONDS = 3.0


class CallBackDialler:
    """``reached(contact_id, address)`` is awaited when the customer has answered, before
    they are joined with anybody. ``seconds``: how long it may ring."""

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        telephony: Telephony,
        outbound: Outbound,
        reached: Callable[[str, str], Awaitable[None]],
        *,
        seconds: float,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._telephony = telephony
        self._outbound = outbound
        self._reached = reached
        self._seconds = seconds

    async def reach(self, contact: Contact, agent_leg: Leg) -> None:
        """Return when the customer has answered; theirs is then the customer's leg.
        Raises :class:`~acd.errors.CustomerUnreached`, and
        :class:`~acd.errors.AgentGone` if the agent did not stay; the customer's phone
        does not ring any more then."""
        called = self._under_way(contact.id) or await self._dial(contact, agent_leg)
        try:
            called = await self._answered(called, agent_leg)
            self._check(called, agent_leg)
            if called.role is not Role.CUSTOMER:
                called.role = Role.CUSTOMER
                await verbs.set_variables(self._ami, called.target, {ROLE: Role.CUSTOMER.value})
                await self._reached(contact.id, called.id)
        except ParleyError as error:
            await self._cancel(called)
            if isinstance(error, AgentGone | CustomerUnreached):
                raise
            raise CustomerUnreached("The customer's call ended as it began.") from error

    def _under_way(self, contact_id: str) -> Leg | None:
        """The call that was begun before a restart of ours."""
        legs = self._legs.of(contact_id, Role.CALLED)
        return next((leg for leg in legs if not leg.cancelled), None)

    async def _answered(self, called: Leg, agent_leg: Leg) -> Leg:
        """The leg that was answered, or the last one that was tried."""
        while True:
            with suppress(TimeoutError):
                await self._legs.wait_up(
                    called.id, agent_leg.id, seconds=self._seconds + _GRACE_SECONDS
                )
            if not wants_next_way(called) or self._legs.get(agent_leg.id) is None:
                return called
            way, *others = called.ways
            if not await self._outbound.next_way(way):
                called.ways = tuple(others)
                continue
            called = await self._ring(called.contact_id, (way, *others))

    async def _dial(self, contact: Contact, agent_leg: Leg) -> Leg:
        ways = await self._ways_out(contact)
        try:
            await verbs.send_to(self._ami, agent_leg.target, dialplan.DIALLING)
        except verbs.NoSuchChannel as error:
            raise AgentGone("The agent's call ended before the customer's began.") from error
        return await self._ring(contact.id, ways)

    async def _ring(self, contact_id: str, ways: tuple[Way, ...]) -> Leg:
        leg = self._legs.add(
            Leg(
                id=ids.new_id(ids.CHANNEL), role=Role.CALLED, contact_id=contact_id,
                ways=ways[1:],
            )
        )  # fmt: skip
        log.info("call_back.dialled", contact=contact_id, leg=leg.id, trunk=ways[0].trunk)
        try:
            await ring_out(self._ami, ways[0], leg, seconds=self._seconds, context=dialplan.CALLED)
        except ParleyError as error:
            give_up(self._legs, leg, error)
            raise CustomerUnreached("The customer could not be called.") from error
        return leg

    async def _ways_out(self, contact: Contact) -> tuple[Way, ...]:
        number = contact.call_back.number if contact.call_back is not None else ""
        dialled = self._telephony.dialled_for(number)
        if dialled is None:
            raise CustomerUnreached(
                "No outbound route takes the customer's number (any more).",
                hint="See 'call_backs' and 'routes' in the configuration.",
            )
        try:
            plan = await self._outbound.plan(CallOut(dialled, Purpose.CALL_BACK))
        except OutboundRefused as error:
            raise CustomerUnreached(error.message, hint=error.hint) from error
        return plan.ways

    def _check(self, called: Leg, agent_leg: Leg) -> None:
        if self._legs.get(agent_leg.id) is None:
            raise AgentGone("The agent hung up while the customer was called.")
        if self._legs.get(called.id) is None or not called.up:
            raise CustomerUnreached("The customer did not answer.", hint="They are tried again.")

    async def _cancel(self, called: Leg) -> None:
        if self._legs.get(called.id) is None:
            return
        called.cancelled = True
        with suppress(AmiDown):
            await verbs.hang_up(self._ami, called.target)
