"""Customers whose agent's device failed: it was gone at once, gave no sound, or died.

Whom nobody has talked with waits on at the old place, as after an offer that was not
answered; who has talked goes back to the queue at the old age. The agent is not ready for
a reason that says why: else the same device would take the next customer too.
"""

from __future__ import annotations

from acd import agents, moves
from acd.assignment_states import IN_HAND
from acd.change import Change
from acd.contact_states import ContactState
from acd.conversation import Conversation, end_consult
from acd.model import Contact, SegmentKind
from acd.scene import Scene
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)

_TALK = frozenset({ContactState.CONNECTED, ContactState.HELD})


class NoTalk(Conversation):
    """The part of the router that takes customers back whom nobody talked with."""

    async def no_talk(self, contact_id: str, agent_id: str, reason: str) -> bool:
        """Let the customer wait on at the old place; the agent becomes not ready for
        ``reason`` (:mod:`acd.reasons`). False, and nothing happens, if the contact is not
        in that agent's hands (any more) or came from no queue."""
        log.warning("router.no_talk", contact=contact_id, agent=agent_id, reason=reason)
        return await self._take_back_from(contact_id, agent_id, reason, talked=False)

    async def agent_lost(self, contact_id: str, agent_id: str, reason: str) -> bool:
        """The agent's device died during the conversation: the customer goes back to the
        queue at their old age, and the agent is not ready for ``reason``. False as in
        :meth:`no_talk`."""
        log.warning("router.agent_lost", contact=contact_id, agent=agent_id, reason=reason)
        return await self._take_back_from(contact_id, agent_id, reason, talked=True)

    async def _take_back_from(
        self, contact_id: str, agent_id: str, reason: str, *, talked: bool
    ) -> bool:
        def work(change: Change, scene: Scene) -> bool:
            contact = scene.contact
            if contact is None or not _has(contact, agent_id):
                return False
            end_consult(change, scene, contact)
            if talked:
                spans = (SegmentKind.TALK, SegmentKind.HOLD)
                moves.stop(change, contact, *spans, outcome=reason)
                moves.queued(change, contact, self.queue_of(contact), lost=(agent_id, reason))
            else:
                moves.no_talk(change, contact, agent_id, reason)
            if scene.agent is not None and scene.agent.has(contact_id, *IN_HAND):
                agents.released(change, scene.agent, contact_id, reason=reason, outcome=reason)
            return True

        async with self.in_order(contact_id):
            contact = (await self.store.scene("contact", contact_id)).contact
            if contact is None or not _has(contact, agent_id) or not self.carries(contact):
                return False
            try:
                await self.driver(contact.medium).requeue(contact)
            except ParleyError as error:  # if they have left, the driver tells
                log.warning("router.requeue_failed", contact=contact_id, code=error.code)
            return await self.alter_unordered("contact", contact_id, work)


def _has(contact: Contact, agent_id: str) -> bool:
    return (
        contact.state in _TALK and contact.agent_id == agent_id and contact.enqueued_at is not None
    )
