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
from acd.errors import AgentNotReady, ContactNotFound, QueueClosed, QueueFull, WaitTooLong
from acd.model import Contact, EndReason, Medium
from acd.requirement import parse
from acd.router import Router
from app.calls import overflow_flows
from app.calls.conversation import Sounds, VoiceConversation
from app.calls.flow_runs import FlowRuns
from app.calls.queue_variables import queue_variables
from app.calls.voicemail import Voicemails
from config.model import Settings
from config.numbers import InboundNumber
from core import ids
from core.clock import Clock
from core.log import get_logger
from core.serial import KeyedWorker
from core.state_table import IllegalTransition
from core.tasks import TaskOwner
from ivr.outcome import Hangup, Outcome, ToAgent, ToCallBack, ToNumber, ToQueue, ToVoicemail
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.desk import CallDesk
from sip.voice.digits import DigitFeeds
from sip.voice.driver import DIVERTED
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
        voicemails: Voicemails,
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
        self._voicemails = voicemails
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
            if contact is not None and not await self._diverted(session, contact):
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

    async def _diverted(self, session: AgiSession, contact: Contact) -> bool:
        """Who waited for too long was sent here to go on in a flow; unless an agent was
        found just now."""
        flow = await verbs.get_variable(session, DIVERTED) or ""
        if not flow:
            return False
        await verbs.set_variable(session, DIVERTED, "")
        if contact.state is not ContactState.QUEUED:
            return False
        try:
            await self._start_over(session, contact.id, flow, EndReason.OVERFLOWED)
        except IllegalTransition:
            return False
        return True

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
                if contact.call_back is not None:  # we were killed before the goodbye
                    await self.hang_up_to_wait(session, contact)
                else:
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
                outcome = await self._flows.run(
                    flow, contact.id, conversation, contact.customer_number
                )
            await self._flows.keep_result(contact.id, outcome, conversation.language)
            await self._carry_out(session, contact.id, outcome)
        finally:
            over.set()
            del self._in_flow[contact.id]

    async def _flow_over(self, leg: Leg) -> None:
        """The caller left: let their flow notice and note what it knows, and what it led
        to be done, before the contact ends (or waits for our call)."""
        over = self._in_flow.get(leg.contact_id)
        if over is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _FLOW_SECONDS)

    async def _carry_out(self, session: AgiSession, contact_id: str, outcome: Outcome) -> None:
        if isinstance(outcome, Hangup):
            if not outcome.by_customer:
                await self._router.finish(contact_id, outcome.reason, cause=int(Cause.NORMAL))
                await self._leave(session, Cause.NORMAL)
        elif isinstance(outcome, ToCallBack):
            await self._to_call_back(session, contact_id, outcome)
        elif isinstance(outcome, ToVoicemail):
            await self._to_voicemail(session, contact_id, outcome)
        elif isinstance(outcome, ToQueue):
            await self._to_queue(
                session, contact_id, outcome.queue, outcome.skills, outcome.priority,
                self._asks(outcome),
            )  # fmt: skip
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
        asks: str | None = None,
        *,
        called_back: bool = False,
    ) -> bool:
        """Let them wait; whether they do (else they go where the queue says)."""
        for _ in range(_MOST_OVERFLOWS):
            config = self._settings.queue(queue)
            if not called_back:  # else they may have hung up already, and wait all the same
                # The dialplan must know before an agent can be there.
                contact = await self._router.contacts.get(contact_id)
                await self._to_dialplan_queue(session, contact, queue)
            try:
                await self._router.enqueue(
                    contact_id, queue, skills=skills, priority=priority, asks=asks,
                    if_long=called_back,
                )  # fmt: skip
                return True
            except QueueClosed:
                event = overflow_flows.CLOSED
            except WaitTooLong:
                event = overflow_flows.TOO_LONG
            except QueueFull:
                event = overflow_flows.FULL
            log.info("queue.refused", contact=contact_id, queue=queue, why=event)
            target = overflow_flows.target(config, event)
            if target.kind != "queue":
                reason = overflow_flows.REASONS[event]
                await self._start_over(session, contact_id, target.name, reason)
                return False
            queue = target.name
        log.error("queue.overflows_in_a_circle", contact=contact_id, queue=queue)
        await self._refuse(session, contact_id, EndReason.QUEUE_FULL)
        return False

    def _asks(self, outcome: ToQueue) -> str | None:
        """What the flow asks of agents, so that it means the same everywhere."""
        requires = outcome.requires
        return parse(requires, self._settings.skills).text if requires else None

    async def _to_call_back(
        self, session: AgiSession, contact_id: str, outcome: ToCallBack
    ) -> None:
        await self._router.agree_call_back(contact_id, outcome.number)
        if await self._to_queue(
            session, contact_id, outcome.queue, outcome.skills, outcome.priority,
            self._asks(outcome), called_back=True,
        ):  # fmt: skip
            await self.hang_up_to_wait(session, await self._router.contacts.get(contact_id))

    async def hang_up_to_wait(self, session: AgiSession, contact: Contact) -> None:
        """Say that they keep the place, and let them go."""
        await self._say(session, contact, "call-back-agreed")
        await self._leave(session, Cause.NORMAL)

    async def _to_voicemail(
        self, session: AgiSession, contact_id: str, outcome: ToVoicemail
    ) -> None:
        contact = await self._router.contacts.get(contact_id)
        said = await self._voicemails.take(session, contact, outcome, self._asks(outcome) or "")
        await self._say(session, contact, "voicemail-thanks" if said else "voicemail-empty")
        reason = EndReason.LEFT_MESSAGE if said else EndReason.NO_INPUT
        await self._router.finish(contact_id, reason, cause=int(Cause.NORMAL))
        await self._leave(session, Cause.NORMAL)

    async def _say(self, session: AgiSession, contact: Contact, prompt: str) -> None:
        await verbs.stream_file(session, self._sounds.sound(prompt, contact.language))

    async def start_flow(self, session: AgiSession, contact_id: str, flow: str) -> None:
        """Take one who waits into a flow; they keep their age."""
        await self._start_over(session, contact_id, flow, EndReason.OVERFLOWED)

    async def _start_over(
        self, session: AgiSession, contact_id: str, flow: str, reason: EndReason
    ) -> None:
        """The contact cannot wait (any longer) where it was to: on to ``flow``, or away
        for ``reason`` if it has been round too often."""
        if not await self._may_start_over(session, contact_id):
            await self._refuse(session, contact_id, reason)
            return
        await self._router.contacts.ivr_started(contact_id)
        await self._flows.forget(contact_id)
        await verbs.set_variable(session, "PARLEY_FLOW", flow)
        await verbs.set_variable(session, "PARLEY_NEXT", "flow")

    async def _refuse(self, session: AgiSession, contact_id: str, reason: EndReason) -> None:
        contact = await self._router.contacts.get(contact_id)
        prompt = "closed" if reason is EndReason.CLOSED else "queue-full"
        await self._say(session, contact, prompt)
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
