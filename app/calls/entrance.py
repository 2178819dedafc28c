"""A call comes in: who is it for, what does the flow decide, where does it go.

The dialplan asks (``AGI(agi://.../entrance)``) and reads the answer from channel
variables: ``PARLEY_NEXT`` is ``queue`` or ``hangup`` (with ``PARLEY_CAUSE``). When we
are killed in between, the dialplan asks again and the caller goes on where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from acd.contact_states import ContactState
from acd.errors import AgentNotReady, ContactNotFound, QueueFull
from acd.model import Contact, EndReason, Medium
from acd.router import Router
from app.calls.conversation import Sounds, VoiceConversation
from app.calls.flow_runs import FlowRuns
from app.calls.queue_variables import queue_variables
from config.model import Settings
from config.numbers import InboundNumber
from config.queues import Destination
from core import ids
from core.clock import Clock
from core.log import get_logger
from core.serial import KeyedWorker
from core.state_table import IllegalTransition
from core.tasks import TaskOwner
from ivr.outcome import Hangup, Outcome, ToAgent, ToNumber, ToQueue
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.desk import CallDesk
from sip.voice.digits import DigitFeeds
from sip.voice.legs import CONTACT, Leg, LegTable, Role

log = get_logger(__name__)

_HANGUP_NEWS_SECONDS = 2.0
_FLOW_SECONDS = 2.0
_MOST_OVERFLOWS = 5  # a queue that overflows to a queue that overflows back
_FLOWS = "PARLEY_FLOWS"  # channel variable: how often the caller was sent to a flow


class Entrance:
    """The AGI routes ``entrance`` and ``unknown``."""

    def __init__(
        self,
        settings: Settings,
        flows: FlowRuns,
        router: Router,
        desk: CallDesk,
        legs: LegTable,
        events: CallEvents,
        worker: KeyedWorker,
        sounds: Sounds,
        digits: DigitFeeds,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._router = router
        self._desk = desk
        self._legs = legs
        self._events = events
        self._worker = worker
        self._sounds = sounds
        self._digits = digits
        self._clock = clock
        self._tasks = TaskOwner("entrance")
        self._in_flow: dict[str, asyncio.Event] = {}
        events.on_leaving.append(self._flow_over)

    async def close(self) -> None:
        await self._tasks.close()

    async def enter(self, session: AgiSession) -> None:
        """Route ``entrance``."""
        try:
            contact = await self._known(session) or await self._arrive(session)
            if contact is not None:
                await self._serve(session, contact)
        except AgiHangup:
            pass  # the Hangup event ends the contact
        except (ContactNotFound, IllegalTransition):
            if self._legs.get(session.uniqueid) is not None:
                raise
            # They hung up, and the contact ended before the session noticed.
        finally:
            if session.hungup:
                self._tasks.start(self._make_sure_it_ended(session.uniqueid), name="ended")

    async def unknown(self, session: AgiSession) -> None:
        """Route ``unknown``: somebody dialled what is not ours; keep a record of it."""
        contact = await self._open(session, business="", followed=False)
        log.warning("call.number_unknown", contact=contact.id)
        await self._router.finish(
            contact.id, EndReason.NUMBER_UNKNOWN, cause=int(Cause.UNALLOCATED)
        )

    async def _known(self, session: AgiSession) -> Contact | None:
        """The contact of a caller whom we knew before a restart or an overflow."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        if not ids.is_id(contact_id, ids.CONTACT):
            return None
        try:
            contact = await self._router.contacts.get(contact_id)
        except ContactNotFound:
            return None
        if contact.state is ContactState.ENDED or contact.address != session.uniqueid:
            return None
        if self._legs.get(session.uniqueid) is None:
            self._add_leg(session, contact_id)
        return contact

    async def _arrive(self, session: AgiSession) -> Contact | None:
        number = self._number(await verbs.get_variable(session, "PARLEY_NUMBER") or "")
        if number is None:
            await self._leave(session, Cause.UNALLOCATED)
            return None
        contact = await self._open(session, business=number.business or "", number=number)
        await verbs.set_variable(session, CONTACT, contact.id)
        if len(self._legs.customers()) > self._settings.server.limits.contacts:
            log.warning("call.refused", contact=contact.id, reason="too many contacts")
            await self._router.finish(contact.id, EndReason.REFUSED, cause=int(Cause.CONGESTION))
            await self._leave(session, Cause.CONGESTION)
            return None
        return contact

    async def _open(
        self,
        session: AgiSession,
        *,
        business: str,
        number: InboundNumber | None = None,
        followed: bool = True,
    ) -> Contact:
        """Known to the legs first, and in the same breath in the contact's own line of
        work: the news of a hang-up from now on is not missed, and comes behind the
        opening."""
        dialled = number.number if number else await verbs.get_variable(session, "PARLEY_NUMBER")
        trunk = await verbs.get_variable(session, "PARLEY_TRUNK") or ""
        caller = session.env.get("callerid", "")
        contact_id = ids.new_id(ids.CONTACT)
        if followed:
            self._add_leg(session, contact_id)
        return await self._worker.run(
            contact_id,
            "open",
            lambda: self._router.contacts.open(
                medium=Medium.VOICE,
                channel="phone",
                business=business,
                customer_number="" if caller == "unknown" else caller,
                dialled_number=dialled or "",
                address=session.uniqueid,
                language=self._language(number),
                attributes={"trunk": trunk},
                contact_id=contact_id,
            ),
        )

    def _add_leg(self, session: AgiSession, contact_id: str) -> None:
        self._legs.add(
            Leg(
                id=session.uniqueid, role=Role.CUSTOMER, contact_id=contact_id,
                channel=session.channel, up=True,
            )
        )  # fmt: skip

    async def _serve(self, session: AgiSession, contact: Contact) -> None:
        """Self-service, unless the caller waits for (or talks with) an agent already."""
        if contact.state not in (ContactState.ARRIVED, ContactState.IVR):
            if contact.state in (ContactState.QUEUED, ContactState.OFFERED):
                await self._to_dialplan_queue(session, contact)
            return
        number = self._number(contact.dialled_number)
        flow = await verbs.get_variable(session, "PARLEY_FLOW") or self._flow_of(number)
        await verbs.answer(session)
        await self._router.contacts.ivr_started(contact.id)
        over = self._in_flow[contact.id] = asyncio.Event()
        try:
            with self._digits.open(session.uniqueid) as digits:
                conversation = VoiceConversation(
                    session, self._sounds, digits, contact_id=contact.id, language=contact.language
                )
                outcome = await self._flows.run(flow, contact.id, conversation)
            await self._flows.keep_result(contact.id, outcome, conversation.language)
        finally:
            over.set()
            del self._in_flow[contact.id]
        await self._carry_out(session, contact.id, outcome)

    async def _flow_over(self, leg: Leg) -> None:
        """The caller left: let their flow notice and note what it knows, before the
        contact ends."""
        over = self._in_flow.get(leg.contact_id)
        if over is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _FLOW_SECONDS)

    async def _carry_out(self, session: AgiSession, contact_id: str, outcome: Outcome) -> None:
        if isinstance(outcome, Hangup):
            if not outcome.by_customer:
                await self._router.finish(contact_id, outcome.reason, cause=int(Cause.NORMAL))
                await self._leave(session, Cause.NORMAL)
        elif isinstance(outcome, ToQueue):
            await self._to_queue(
                session, contact_id, outcome.queue, outcome.skills, outcome.priority
            )
        elif isinstance(outcome, ToAgent):
            await self._to_agent(session, contact_id, outcome)
        else:
            assert isinstance(outcome, ToNumber)
            await self._desk.transfer_to_number(contact_id, outcome.number)

    async def _to_agent(self, session: AgiSession, contact_id: str, outcome: ToAgent) -> None:
        contact = await self._router.contacts.get(contact_id)
        await self._to_dialplan_queue(session, contact, outcome.queue)
        try:
            await self._router.transfer_to_agent(contact_id, outcome.agent_id, queue=outcome.queue)
        except AgentNotReady:
            await self._to_queue(session, contact_id, outcome.queue, {}, None)

    async def _to_queue(
        self,
        session: AgiSession,
        contact_id: str,
        queue: str,
        skills: Mapping[str, int],
        priority: int | None,
    ) -> None:
        for _ in range(_MOST_OVERFLOWS):
            config = self._settings.queue(queue)
            if config.hours and not self._settings.hours[config.hours].is_open(self._clock.now()):
                target, reason = config.overflow.closed, EndReason.CLOSED
            else:
                # The dialplan must know before an agent can be there.
                contact = await self._router.contacts.get(contact_id)
                await self._to_dialplan_queue(session, contact, queue)
                try:
                    await self._router.enqueue(
                        contact_id,
                        queue,
                        skills=skills,
                        priority=priority,
                    )
                    return
                except QueueFull:
                    log.warning("queue.full", contact=contact_id, queue=queue)
                    target, reason = config.overflow.full, EndReason.QUEUE_FULL
            if target.kind != "queue":
                await self.overflow(session, contact_id, target, reason)
                return
            queue = target.name
        log.error("queue.overflows_in_a_circle", contact=contact_id, queue=queue)
        await self.overflow(session, contact_id, Destination(kind="hangup"), EndReason.QUEUE_FULL)

    async def overflow(
        self, session: AgiSession, contact_id: str, target: Destination, reason: EndReason
    ) -> None:
        """The contact cannot wait (any longer) where it was to: carry out ``target``."""
        if target.kind == "queue":
            await self._to_queue(session, contact_id, target.name, {}, None)
        elif target.kind == "flow" and await self._may_start_over(session, contact_id):
            await self._router.contacts.ivr_started(contact_id)
            await self._flows.forget(contact_id)
            await verbs.set_variable(session, "PARLEY_FLOW", target.name)
            await verbs.set_variable(session, "PARLEY_NEXT", "flow")
        else:
            prompt = "closed" if reason is EndReason.CLOSED else "queue-full"
            contact = await self._router.contacts.get(contact_id)
            await verbs.stream_file(session, self._sounds.sound(prompt, contact.language))
            await self._router.finish(contact_id, reason, cause=int(Cause.NORMAL))
            await self._leave(session, Cause.NORMAL)

    async def _may_start_over(self, session: AgiSession, contact_id: str) -> bool:
        """Whether the caller may be sent to a flow again: it can lead to a queue that
        sends them back."""
        flows = int(await verbs.get_variable(session, _FLOWS) or "0") + 1
        await verbs.set_variable(session, _FLOWS, flows)
        if flows <= _MOST_OVERFLOWS:
            return True
        log.error("flow.overflows_in_a_circle", contact=contact_id, flows=flows)
        return False

    async def _to_dialplan_queue(
        self, session: AgiSession, contact: Contact, queue: str | None = None
    ) -> None:
        for name, value in queue_variables(self._settings, queue or contact.queue or "").items():
            await verbs.set_variable(session, name, value)
        await verbs.set_variable(session, "PARLEY_LANGUAGE", contact.language)
        await verbs.set_variable(session, "PARLEY_NEXT", "queue")

    async def _leave(self, session: AgiSession, cause: Cause) -> None:
        await verbs.set_variable(session, "PARLEY_CAUSE", int(cause))
        await verbs.set_variable(session, "PARLEY_NEXT", "hangup")

    async def _make_sure_it_ended(self, uniqueid: str) -> None:
        """The Hangup event may have come before the leg was known. But a session also
        ends when the caller is joined with an agent right out of it."""
        with suppress(TimeoutError):
            await self._legs.wait_gone(uniqueid, seconds=_HANGUP_NEWS_SECONDS)
        leg = self._legs.get(uniqueid)
        if leg is not None:
            await self._events.check(leg)

    def _number(self, dialled: str) -> InboundNumber | None:
        return self._settings.numbers.get(dialled)

    def _flow_of(self, number: InboundNumber | None) -> str:
        assert number is not None
        if number.hours is None or number.closed_flow is None:
            return number.flow
        open_now = self._settings.hours[number.hours].is_open(self._clock.now())
        return number.flow if open_now else number.closed_flow

    def _language(self, number: InboundNumber | None) -> str:
        chosen = number.language if number else None
        return str(chosen or self._settings.company.languages[0])
