"""An agent's phone has transferred the customer by its own button (REFER, blind).

Asterisk has accepted it, since the number is one that agents may transfer to, and has
parted the customer from the agent. Their dialplan (``parley-referred``) asks here
(``AGI(agi://.../refer)``), and the customer takes the way of our own transfer verbs. Who
cannot go there waits in their queue again at the old age, and is never dropped for it.
"""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.errors import ContactNotFound, QueueFull, UnknownQueue
from acd.model import Contact, EndReason
from acd.router import Router
from acd.slots import ParkingSlots
from app.calls.flow_runs import FlowRuns
from app.calls.sounds import Sounds
from config.model import Settings
from core.errors import ParleyError
from core.log import get_logger
from sip.agi import AgiHangup, AgiSession, verbs
from sip.asterisk.generate import dialplan
from sip.causes import Cause
from sip.verbs import NoSuchChannel
from sip.voice.desk import CallDesk
from sip.voice.legs import CONTACT, LegTable
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
_OVER = (ContactState.WRAP_UP, ContactState.ENDED)
_NEXT = "PARLEY_NEXT"


class Referred:
    """The AGI route ``refer``."""

    def __init__(
        self, settings: Settings, router: Router, legs: LegTable, desk: CallDesk,
        recorder: Recorder, flows: FlowRuns, sounds: Sounds, slots: ParkingSlots,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._router = router
        self._legs = legs
        self._desk = desk
        self._recorder = recorder
        self._flows = flows
        self._sounds = sounds
        self._slots = slots

    async def refer(self, session: AgiSession) -> None:
        """Send the customer where the agent wants them."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        number = await verbs.get_variable(session, dialplan.REFER_TO) or ""
        try:
            contact = await self._router.contacts.get(contact_id)
            if contact.state in _WAITING:  # asked again: they are on their way
                await verbs.set_variable(session, _NEXT, "queue")
            elif contact.state in _OVER:
                await self._leave(session)
            elif contact.state is ContactState.IVR:
                await verbs.set_variable(session, _NEXT, "flow")
            else:
                await self._send(session, contact, number)
        except ContactNotFound:
            # Redis lost the contact but the caller is there: greet them anew.
            log.error("refer.contact_unknown", contact=contact_id)
            await verbs.set_variable(session, CONTACT, "")
            await verbs.set_variable(session, _NEXT, "flow")
        except (AgiHangup, NoSuchChannel):
            pass  # the Hangup event ends the contact

    async def _send(self, session: AgiSession, contact: Contact, number: str) -> None:
        agent = self._legs.agent(contact.id)
        if agent is not None:
            agent.let_go = True  # parted by the transfer: no news of who hung up
        log.info("refer.blind", contact=contact.id, agent=contact.agent_id)
        colleague = self._settings.agent_of_extension(number)
        try:
            if number.startswith(dialplan.SLOT):
                await self._slots.park(contact.id, slot=int(number.removeprefix(dialplan.SLOT)))
            elif number in self._settings.numbers:
                await self._to_flow(session, contact, number)
            elif colleague is not None:
                await self._router.transfer_to_agent(
                    contact.id, colleague.id, queue=self._queue_of(contact)
                )
            else:
                await self._desk.transfer_to_number(contact.id, number)
        except (NoSuchChannel, ContactNotFound):
            raise
        except ParleyError as error:
            log.info("refer.refused", contact=contact.id, code=error.code)
            await self._come_back(session, contact)

    async def _to_flow(self, session: AgiSession, contact: Contact, number: str) -> None:
        await self._recorder.stop(contact.id)
        await self._flows.forget(contact.id)
        await self._router.transfer_to_flow(contact.id)
        await verbs.set_variable(session, "PARLEY_FLOW", self._settings.numbers[number].flow)
        await verbs.set_variable(session, _NEXT, "flow")

    def _queue_of(self, contact: Contact) -> str | None:
        """Where they wait if the colleague does not answer: their own queue, or, of who came
        through none, the first one that is configured."""
        return contact.queue or next(iter(self._settings.queues), None)

    async def _come_back(self, session: AgiSession, contact: Contact) -> None:
        prompt, reason = "number-not-reached", EndReason.ERROR
        queue = self._queue_of(contact)
        if queue is not None:
            try:
                await self._router.transfer_to_queue(contact.id, queue, back=True)
                return
            except QueueFull:
                prompt, reason = "queue-full", EndReason.QUEUE_FULL
            except UnknownQueue:
                log.warning("refer.no_queue", contact=contact.id, queue=queue)
        await verbs.stream_file(session, self._sounds.sound(prompt, contact.language))
        await self._router.finish(contact.id, reason, cause=int(Cause.NORMAL))
        await self._leave(session)

    async def _leave(self, session: AgiSession) -> None:
        await verbs.set_variable(session, "PARLEY_CAUSE", int(Cause.NORMAL))
        await verbs.set_variable(session, _NEXT, "hangup")
