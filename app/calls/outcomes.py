"""What a flow led to is done: wait, be called back, leave a message, go elsewhere, leave.

The dialplan reads the answer from channel variables: ``PARLEY_NEXT`` is ``queue``,
``flow`` (the entrance is asked again, for ``PARLEY_FLOW``) or ``hangup`` (with
``PARLEY_CAUSE``).
"""

from __future__ import annotations

from collections.abc import Mapping

from acd.errors import AgentNotReady, QueueClosed, QueueFull, WaitTooLong
from acd.model import Contact, EndReason
from acd.requirement import parse
from acd.router import Router
from app.calls import overflow_flows
from app.calls.flow_runs import FlowRuns
from app.calls.queue_variables import queue_variables
from app.calls.sounds import Sounds
from app.calls.voicemail import Voicemails
from config.model import Settings
from core.log import get_logger
from ivr.outcome import Hangup, Outcome, ToAgent, ToCallBack, ToNumber, ToQueue, ToVoicemail
from sip.agi import AgiSession, verbs
from sip.causes import Cause
from sip.outbound import Purpose
from sip.voice.desk import CallDesk

log = get_logger(__name__)

_MOST_OVERFLOWS = 5  # a queue that overflows to a queue that overflows back
_FLOWS = "PARLEY_FLOWS"  # channel variable: how often the caller was sent to a flow


class Outcomes:
    """Carries out how flows end, and how waiting does."""

    def __init__(
        self,
        settings: Settings,
        flows: FlowRuns,
        voicemails: Voicemails,
        router: Router,
        desk: CallDesk,
        sounds: Sounds,
    ) -> None:
        self._settings = settings
        self._flows = flows
        self._voicemails = voicemails
        self._router = router
        self._desk = desk
        self._sounds = sounds

    async def carry_out(self, session: AgiSession, contact_id: str, outcome: Outcome) -> None:
        """Do what a flow ended with."""
        if isinstance(outcome, Hangup):
            if not outcome.by_customer:
                await self._router.finish(contact_id, outcome.reason, cause=int(Cause.NORMAL))
                await self.leave(session, Cause.NORMAL)
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
            await self._desk.transfer_to_number(contact_id, outcome.number, purpose=Purpose.FLOW)

    async def _to_agent(self, session: AgiSession, contact_id: str, outcome: ToAgent) -> None:
        contact = await self._router.contacts.get(contact_id)
        await self.to_dialplan_queue(session, contact, outcome.queue)
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
                await self.to_dialplan_queue(session, contact, queue)
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
                await self.start_over(session, contact_id, target.name, reason)
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
        await self.leave(session, Cause.NORMAL)

    async def _to_voicemail(
        self, session: AgiSession, contact_id: str, outcome: ToVoicemail
    ) -> None:
        contact = await self._router.contacts.get(contact_id)
        said = await self._voicemails.take(session, contact, outcome, self._asks(outcome) or "")
        await self._say(session, contact, "voicemail-thanks" if said else "voicemail-empty")
        reason = EndReason.LEFT_MESSAGE if said else EndReason.NO_INPUT
        await self._router.finish(contact_id, reason, cause=int(Cause.NORMAL))
        await self.leave(session, Cause.NORMAL)

    async def _say(self, session: AgiSession, contact: Contact, prompt: str) -> None:
        await verbs.stream_file(session, self._sounds.sound(prompt, contact.language))

    async def start_over(
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
        await self.leave(session, Cause.NORMAL)

    async def _may_start_over(self, session: AgiSession, contact_id: str) -> bool:
        """Whether the caller may be sent to a flow again: it can lead to a queue that
        sends them back."""
        flows = int(await verbs.get_variable(session, _FLOWS) or "0") + 1
        await verbs.set_variable(session, _FLOWS, flows)
        if flows <= _MOST_OVERFLOWS:
            return True
        log.error("flow.overflows_in_a_circle", contact=contact_id, flows=flows)
        return False

    async def to_dialplan_queue(
        self, session: AgiSession, contact: Contact, queue: str | None = None
    ) -> None:
        """Have the dialplan keep the caller in ``queue`` (the contact's own, if None)."""
        for name, value in queue_variables(self._settings, queue or contact.queue or "").items():
            await verbs.set_variable(session, name, value)
        await verbs.set_variable(session, "PARLEY_LANGUAGE", contact.language)
        await verbs.set_variable(session, "PARLEY_NEXT", "queue")

    async def leave(self, session: AgiSession, cause: Cause) -> None:
        """Have the dialplan hang up."""
        await verbs.set_variable(session, "PARLEY_CAUSE", int(cause))
        await verbs.set_variable(session, "PARLEY_NEXT", "hangup")
