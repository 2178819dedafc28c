"""Customers who come back: they were transferred to a number outside, and nobody took
the call there.

The dialplan asks (``AGI(agi://.../returned)``) and reads the answer from PARLEY_NEXT;
who came from a queue is taken back to it right out of the visit.
"""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.errors import ContactNotFound, QueueFull, UnknownQueue
from acd.model import Contact, EndReason
from acd.router import Router
from app.calls.sounds import Sounds
from core.log import get_logger
from sip import causes
from sip.agi import AgiHangup, AgiSession, verbs
from sip.causes import Cause
from sip.verbs import NoSuchChannel
from sip.voice.legs import CONTACT, LegTable

log = get_logger(__name__)

_TALKING = (ContactState.CONNECTED, ContactState.HELD)
_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
_OVER = (ContactState.WRAP_UP, ContactState.ENDED)
_CAUSES = {"BUSY": Cause.BUSY, "NOANSWER": Cause.NO_ANSWER, "CONGESTION": Cause.NO_CIRCUIT}


class Returned:
    """The AGI route ``returned``."""

    def __init__(self, router: Router, legs: LegTable, sounds: Sounds) -> None:
        self._router = router
        self._legs = legs
        self._sounds = sounds

    async def come_back(self, session: AgiSession) -> None:
        """Back to the queue at the old age. Who came from no queue, or whose queue is
        full or gone, hears why they cannot be helped."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        leg = self._legs.get(session.uniqueid)
        if leg is not None:
            leg.outside = False
        try:
            cause = await self._cause(session)
            contact = await self._router.contacts.get(contact_id)
            log.info("transfer.returned", contact=contact_id, cause=causes.name_of(cause))
            if contact.state in _WAITING:  # asked again: they are on their way
                await verbs.set_variable(session, "PARLEY_NEXT", "queue")
            elif contact.state in _OVER:
                await self._leave(session)
            else:
                await self._take_back(session, contact, cause)
        except ContactNotFound:
            # Redis lost the contact but the caller is there: greet them anew.
            log.error("returned.contact_unknown", contact=contact_id)
            await verbs.set_variable(session, CONTACT, "")
            await verbs.set_variable(session, "PARLEY_NEXT", "flow")
        except (AgiHangup, NoSuchChannel):
            pass  # the Hangup event ends the contact

    async def _take_back(self, session: AgiSession, contact: Contact, cause: int) -> None:
        prompt, reason = "number-not-reached", EndReason.ERROR
        if contact.state in _TALKING and contact.queue:
            try:
                await self._router.transfer_to_queue(contact.id, contact.queue, back=True)
                return
            except QueueFull:
                prompt, reason = "queue-full", EndReason.QUEUE_FULL
            except UnknownQueue:  # it is not configured any more
                log.warning("returned.no_queue", contact=contact.id, queue=contact.queue)
        await verbs.stream_file(session, self._sounds.sound(prompt, contact.language))
        await self._router.finish(contact.id, reason, cause=cause)
        await self._leave(session)

    async def _cause(self, session: AgiSession) -> int:
        status = await verbs.get_variable(session, "DIALSTATUS") or ""
        told = causes.parse(await verbs.get_variable(session, "HANGUPCAUSE") or "")
        return int(_CAUSES.get(status, told))

    async def _leave(self, session: AgiSession) -> None:
        await verbs.set_variable(session, "PARLEY_CAUSE", int(Cause.NORMAL))
        await verbs.set_variable(session, "PARLEY_NEXT", "hangup")
