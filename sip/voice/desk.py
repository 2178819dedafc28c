"""What people do with a call beyond what every medium can: consult, attended
transfer, transfer to a number outside, supervision, recording pauses."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from acd.contact_states import ContactState
from acd.conversation import waits_for_call
from acd.driver import PartyMode
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason
from acd.router import Router
from core import ids
from core.errors import Conflict, ParleyError
from core.log import get_logger
from sip import verbs
from sip.ami import AmiClient, caller_id
from sip.outbound import CallOut, NumberNotAllowed, Outbound, Purpose, Way
from sip.voice.call_events import CallEvents
from sip.voice.driver import NoLeg, VoiceDriver
from sip.voice.give_up import give_up
from sip.voice.legs import ROLE, Leg, LegTable, Role
from sip.voice.platform import Telephony
from sip.voice.recorder import Recorder
from sip.voice.ring_out import ring_out, wants_next_way
from sip.voice.spies import Spies
from sip.voice.transfer_out import TransferOut

log = get_logger(__name__)

_CONSULT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to call: exactly one of an agent or a number."""

    agent_id: str | None = None
    number: str | None = None


class AlreadyConsulting(Conflict):
    """A consultation is under way already."""

    code: ClassVar[str] = "already_consulting"


class NotConsulting(Conflict):
    """There is no (answered) consultation."""

    code: ClassVar[str] = "not_consulting"


@dataclass(frozen=True, slots=True)
class _Callee:
    """Who is consulted, and how they are called."""

    device: str = ""
    agent_id: str | None = None
    ways: tuple[Way, ...] = ()  # of a number outside
    shown: str = ""  # the caller id that an agent's phone shows


class CallDesk:
    """The verbs of people on calls; each names the contact."""

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        router: Router,
        driver: VoiceDriver,
        recorder: Recorder,
        events: CallEvents,
        telephony: Telephony,
        outbound: Outbound,
        spies: Spies,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._router = router
        self._driver = driver
        self._recorder = recorder
        self._telephony = telephony
        self._spies = spies
        self._outbound = outbound
        self._out = TransferOut(
            ami, legs, router, driver, recorder, events, telephony.outbound_context
        )
        events.on_answered.append(self._answered)
        events.on_ended.append(self._ended)

    async def consult(self, contact_id: str, target: Target, *, by: str | None = None) -> None:
        """Hold the customer and call ``target``: another agent, or a number that an
        outbound route takes. ``by`` is who asks and whose rights count; None: the agent of
        the contact, at their phone."""
        contact = await self._router.contacts.get(contact_id)
        agent_leg = self._legs.agent(contact_id)
        if agent_leg is None:
            raise NoLeg("No agent is on this call.")
        if self._legs.of(contact_id, Role.CONSULT):
            raise AlreadyConsulting(
                "A consultation is under way.", hint="Complete or cancel it first."
            )
        # Known before the first wait, so that a second consultation finds it.
        leg = self._legs.add(
            Leg(id=ids.new_id(ids.CHANNEL), role=Role.CONSULT, contact_id=contact_id)
        )
        try:
            callee = await self._find(target, contact.agent_id, by=by)
            leg.agent_id = callee.agent_id or ""
            await self._part(contact, agent_leg)
            await self._call(contact_id, leg, callee)
        except ParleyError as error:
            give_up(self._legs, leg, error)
            raise

    async def _part(self, contact: Contact, agent_leg: Leg) -> None:
        """The customer holds, the agent's leg waits for whom it will talk with."""
        if contact.state is ContactState.CONNECTED:
            await self._router.hold(contact.id)
        elif contact.state is ContactState.HELD and not agent_leg.parted:
            # The phone holds by itself: the two are still joined, and taking the agent
            # away would let the customer go.
            await self._driver.hold(contact)
        await verbs.set_variables(self._ami, agent_leg.target, {"PARLEY_STAY": "1"})

    async def _call(self, contact_id: str, leg: Leg, callee: _Callee) -> None:
        await self._router.consult_started(contact_id, callee.agent_id)
        try:
            if callee.ways:
                leg.ways = callee.ways[1:]
                await ring_out(self._ami, callee.ways[0], leg, seconds=_CONSULT_SECONDS)
            else:
                await verbs.ring(
                    self._ami, callee.device, leg.id, seconds=_CONSULT_SECONDS,
                    caller_id=callee.shown, variables=leg.variables(),
                )  # fmt: skip
        except ParleyError:
            with suppress(ParleyError):
                await self._router.consult_ended(contact_id)
            raise

    async def consult_complete(self, contact_id: str) -> None:
        """Hand the customer over to the consulted agent; the first one is done."""
        leg = self._consulted(contact_id)
        first = self._legs.agent(contact_id)
        if not leg.up:
            raise NotConsulting("They have not answered yet.", hint="Wait, cancel, or transfer.")
        if not leg.agent_id:
            await self._hand_out(contact_id, leg)
        else:
            await self._hand_over(contact_id, leg, first)
        if first is not None:
            first.cancelled = True
            await verbs.hang_up(self._ami, first.target)

    async def _hand_over(self, contact_id: str, leg: Leg, first: Leg | None) -> None:
        leg.role = Role.AGENT
        if first is not None:
            first.role = Role.PARTY
        try:
            await self._driver.join(contact_id, leg)
        except ParleyError:
            leg.role = Role.CONSULT
            if first is not None:
                first.role = Role.AGENT
            raise
        # From here on the two talk: nothing below may leave the first agent with them.
        await self._recorder.stop(contact_id)
        try:
            await self._router.handed_over(contact_id, leg.agent_id)
        except ParleyError as error:
            # Somebody changed the contact meanwhile; it cannot stay between two agents.
            log.error("desk.hand_over_not_written", contact=contact_id, code=error.code)
            await self._router.finish(contact_id, EndReason.TRANSFERRED_OUT)
            leg.let_go = True
        else:
            self._recorder.start(contact_id, agent_id=leg.agent_id)
        with suppress(ParleyError):
            await verbs.set_variables(self._ami, leg.target, {ROLE: Role.AGENT.value})

    async def consult_cancel(self, contact_id: str) -> None:
        """Drop the consulted person; the customer stays on hold until resumed."""
        leg = self._consulted(contact_id)
        leg.cancelled = True
        await verbs.hang_up(self._ami, leg.target)

    async def transfer_to_number(
        self, contact_id: str, number: str, *, by: str | None = None,
        purpose: Purpose = Purpose.TRANSFER,
    ) -> None:  # fmt: skip
        """Blind transfer outside. If nobody answers there, the customer comes back. ``by`` is
        who asks and whose rights count; None: the agent of the contact, if it has one. Only a
        number that is written in a flow has the purpose FLOW, which needs no right."""
        contact = await self._router.contacts.get(contact_id)
        asker = by if by is not None else contact.agent_id
        plan = await self._outbound.plan(CallOut(number, purpose, asker))
        await self._out.begin(contact_id, plan)

    async def supervise(self, contact_id: str, supervisor_agent_id: str, mode: PartyMode) -> None:
        """Ring the supervisor's phone to listen, whisper, barge in or join; while they
        are on the call already, switch the mode."""
        contact = await self._router.contacts.get(contact_id)
        for leg in self._legs.of(contact_id, Role.PARTY):
            if leg.agent_id == supervisor_agent_id and leg.up and mode is not PartyMode.TALK:
                leg.spies = verbs.SpyMode(mode.value).value
                # They may have hung up just now, before we hear of it: then ring again.
                with suppress(verbs.NoSuchChannel):
                    await verbs.switch_spy(self._ami, leg.target, verbs.SpyMode(mode.value))
                    return
        device = self._telephony.device_of(supervisor_agent_id)
        await self._driver.add_party(
            contact, device, mode, agent_id=supervisor_agent_id,
            shown=self._shown(contact.agent_id, contact.customer_number),
        )  # fmt: skip

    def _shown(self, agent_id: str | None, customer: str = "") -> str:
        """The caller id of a call that concerns the agent: their name and extension, and
        the number of whom they talk with, unless it is withheld."""
        if agent_id is None:
            return ""
        name = self._telephony.name_of(agent_id) or agent_id
        try:
            extension = self._telephony.device_of(agent_id)
        except ParleyError:  # not configured any more
            return ""
        return caller_id(f"{name} / {customer}" if customer else name, extension)

    async def pause_recording(self, contact_id: str) -> None:
        await self._recorder.pause(contact_id, True)

    async def resume_recording(self, contact_id: str) -> None:
        await self._recorder.pause(contact_id, False)

    async def _hand_out(self, contact_id: str, leg: Leg) -> None:
        await self._recorder.stop(contact_id)
        await self._driver.join(contact_id, leg)
        for gone in (leg, self._legs.customer(contact_id)):
            if gone is not None:
                gone.let_go = True
                await self._out.forget(gone)
                self._legs.remove(gone.id)
        await self._router.finish(contact_id, EndReason.TRANSFERRED_OUT)

    async def _answered(self, leg: Leg) -> None:
        if leg.role is not Role.CONSULT:
            return
        agent_leg = self._legs.agent(leg.contact_id)
        if agent_leg is None:
            await verbs.hang_up(self._ami, leg.target)
            return
        await verbs.bridge(self._ami, agent_leg.target, leg.target)
        self._spies.partner_changed(agent_leg)

    async def _ended(self, leg: Leg, _cause: int) -> None:
        if leg.role is Role.CONSULT:
            if not await self._tried_on(leg):
                await self._router.consult_ended(leg.contact_id)
        elif leg.role is Role.AGENT and leg.up and not leg.cancelled:
            # What the customer may hear afterwards (a survey) is no conversation.
            await self._recorder.stop(leg.contact_id)
        elif leg.role is Role.CUSTOMER:
            self._recorder.ended(leg.contact_id)
            if not await self._waits_on(leg.contact_id):
                await self._driver.drop(leg.contact_id)

    async def _tried_on(self, leg: Leg) -> bool:
        """Whether a number that could not be reached through one trunk is rung through
        the next one."""
        if not wants_next_way(leg) or self._legs.agent(leg.contact_id) is None:
            return False
        for number, way in enumerate(leg.ways, 1):
            again = self._legs.add(
                Leg(
                    id=ids.new_id(ids.CHANNEL), role=Role.CONSULT, contact_id=leg.contact_id,
                    ways=leg.ways[number:],
                )
            )  # fmt: skip
            try:
                if await self._outbound.next_way(way):
                    await ring_out(self._ami, way, again, seconds=_CONSULT_SECONDS)
                    return True
                self._legs.remove(again.id)
            except ParleyError as error:
                give_up(self._legs, again, error)
        return False

    async def _waits_on(self, contact_id: str) -> bool:
        """Whether the customer hung up to be called back: whoever is rung for them stays."""
        try:
            return waits_for_call(await self._router.contacts.get(contact_id))
        except ContactNotFound:
            return False

    def _consulted(self, contact_id: str) -> Leg:
        legs = self._legs.of(contact_id, Role.CONSULT)
        if not legs:
            raise NotConsulting("There is no consultation on this call.")
        return legs[0]

    async def _find(self, target: Target, agent_id: str | None, *, by: str | None) -> _Callee:
        """Whom ``target`` means, for the agent ``agent_id``; ``by`` asks, if not they."""
        if target.agent_id is not None and target.agent_id != agent_id:
            device = self._telephony.device_of(target.agent_id)
            return _Callee(f"PJSIP/{device}", agent_id=target.agent_id, shown=self._shown(agent_id))
        if not target.number:
            raise NumberNotAllowed(
                "This is neither another agent nor a number that may be dialled.",
                hint="Name an agent's id, or a number that a route under 'routes' takes.",
            )
        asker = by if by is not None else agent_id
        plan = await self._outbound.plan(CallOut(target.number, Purpose.CONSULT, asker))
        return _Callee(ways=plan.ways)
