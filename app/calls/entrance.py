"""A call comes in: who is it for, what does the flow decide, where does it go.

The dialplan asks (``AGI(agi://.../entrance)``) and reads the answer from channel
variables: ``PARLEY_NEXT`` is ``queue`` or ``hangup`` (with ``PARLEY_CAUSE``). When we
are killed in between, the dialplan asks again and the caller goes on where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, Medium
from acd.router import Router
from app.calls.caller import read_caller
from app.calls.conversation import VoiceConversation
from app.calls.dialled_number import find_number
from app.calls.ears import MenuHearing
from app.calls.flow_runs import FlowRuns
from app.calls.outcomes import Outcomes
from app.calls.sounds import Sounds
from app.calls.spoken import SpokenTexts
from config.model import Settings
from config.numbers import InboundNumber
from core import ids
from core.clock import Clock
from core.log import get_logger
from core.serial import KeyedWorker
from core.state_table import IllegalTransition
from core.tasks import TaskOwner
from sip.agi import AgiHangup, AgiSession, verbs
from sip.asterisk.generate import dialplan
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.digits import DigitFeeds
from sip.voice.driver import DIVERTED
from sip.voice.legs import CONTACT, Leg, LegTable, Role

log = get_logger(__name__)

_HANGUP_NEWS_SECONDS = 2.0
_FLOW_SECONDS = 2.0


class Entrance:
    """The AGI routes ``entrance`` and ``unknown``."""

    def __init__(
        self,
        settings: Settings,
        flows: FlowRuns,
        outcomes: Outcomes,
        router: Router,
        legs: LegTable,
        events: CallEvents,
        worker: KeyedWorker,
        sounds: Sounds,
        digits: DigitFeeds,
        clock: Clock,
        spoken: SpokenTexts,
        agent_at: Callable[[str], str | None],
        hearing: MenuHearing | None = None,
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._outcomes = outcomes
        self._router = router
        self._legs = legs
        self._events = events
        self._worker = worker
        self._sounds = sounds
        self._digits = digits
        self._clock = clock
        self._spoken = spoken
        self._agent_at = agent_at
        self._hearing = hearing
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
        """Route ``unknown``: somebody dialled what is not written like ours. If it is ours
        all the same, the dialplan learns which number; else a record of it is kept."""
        trunk = await verbs.get_variable(session, "PARLEY_TRUNK") or ""
        number = await find_number(session, self._settings, trunk)
        if number is not None:
            await verbs.set_variable(session, "PARLEY_NUMBER", number.number)
            await verbs.set_variable(session, "PARLEY_NEXT", "known")
            return
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
            await self._outcomes.start_over(session, contact.id, flow, EndReason.OVERFLOWED)
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
            await self._outcomes.leave(session, Cause.UNALLOCATED)
            return None
        contact = await self._open(session, business=number.business or "", number=number)
        await verbs.set_variable(session, CONTACT, contact.id)
        if len(self._legs.customers()) > self._settings.server.limits.contacts:
            log.warning("call.refused", contact=contact.id, reason="too many contacts")
            await self._router.finish(contact.id, EndReason.REFUSED, cause=int(Cause.CONGESTION))
            await self._outcomes.leave(session, Cause.CONGESTION)
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
        caller = await read_caller(session, self._settings, trunk)
        contact_id = ids.new_id(ids.CONTACT)
        if followed:
            self._add_leg(session, contact_id)
        agent_id = self._agent_at(session.channel) if trunk == dialplan.AGENTS else None
        begin = (
            self._router.contacts.open
            if agent_id is None
            # They are busy from now on, and are not rung for their own call.
            else partial(self._router.start_internal, agent_id)
        )
        return await self._worker.run(
            contact_id,
            "open",
            lambda: begin(
                medium=Medium.VOICE,
                channel="phone",
                business=business,
                customer_number=caller.number,
                dialled_number=dialled or "",
                address=session.uniqueid,
                language=self._language(number),
                attributes={"trunk": trunk, **caller.attributes},
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
                    await self._outcomes.hang_up_to_wait(session, contact)
                else:
                    await self._outcomes.to_dialplan_queue(session, contact)
            return
        number = self._number(contact.dialled_number)
        flow = await verbs.get_variable(session, "PARLEY_FLOW") or self._flow_of(number)
        await verbs.answer(session)
        await self._router.contacts.ivr_started(contact.id)
        over = self._in_flow[contact.id] = asyncio.Event()
        try:
            with self._digits.open(session.uniqueid, session.channel) as digits:
                conversation = VoiceConversation(
                    session, self._sounds, digits, contact_id=contact.id,
                    language=contact.language, spoken=self._spoken, hearing=self._hearing,
                )  # fmt: skip
                outcome = await self._flows.run(
                    flow, contact.id, conversation, contact.customer_number
                )
            if self._hearing is not None:  # nothing of ours may hang on the channel any more
                await self._hearing.silent(contact.id)
            await self._flows.keep_result(contact.id, outcome, conversation.language)
            await self._outcomes.carry_out(session, contact.id, outcome)
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
