"""Overflow: who has waited too long in a queue is sent elsewhere, at their old age.

The leader decides when; another queue takes the contact over at once, and everything
else (self-service, the end) is the business of the node that carries the contact, which
hears of it by the event ``contact.overflowed``.
"""

from __future__ import annotations

from datetime import datetime

from acd import moves
from acd.change import Change
from acd.contact_states import ContactState
from acd.errors import QueueFull, UnknownQueue
from acd.model import Contact, EndReason, QueueConfig, Target
from acd.scene import Scene
from acd.schedule import waits_since
from acd.waits import Waits
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)

_AGAIN_SECONDS = 5.0  # after which one who could not be sent away is tried again
_SLACK = 0.01  # seconds by which a timer may be early


class Overflow(Waits):
    """The part of the router that sends contacts away."""

    def overflow(self, contact_id: str) -> None:
        """The contact's time in its queue is up."""
        self.tasks.start(self._overflow(contact_id), name=f"overflow:{contact_id}")

    async def _overflow(self, contact_id: str) -> None:
        def work(change: Change, scene: Scene) -> None:
            contact = scene.contact
            if contact is None or contact.state is not ContactState.QUEUED:
                return
            queue = self.queue_of(contact)
            if not _is_due(contact, queue, change.now):
                return  # told twice, and it is elsewhere already
            target = queue.overflow_to
            data = {"from": queue.name, "to": target.kind, "name": target.name}
            if target.kind == "queue":
                moves.queued(change, contact, other)
                change.require_room(other.name, other.max_waiting, contact_id)
            change.tell_contact(contact, "overflowed", **data)

        try:
            scene = await self.store.scene("contact", contact_id)
            if scene.contact is None:
                return
            other = self.queue_of(scene.contact)
            if other.overflow_to.kind == "queue":
                other = self.directory.queue(other.overflow_to.name)
            await self.alter("contact", contact_id, work)
        except (QueueFull, UnknownQueue) as error:
            # They wait on where they are: better than nowhere.
            log.warning("router.overflow_failed", contact=contact_id, code=error.code)
            self._again(contact_id)

    def overflowed(self, contact_id: str, target: Target) -> None:
        """A contact has to leave its queue for something that is no queue."""
        self.tasks.start(self._divert(contact_id, target), name=f"divert:{contact_id}")

    async def _divert(self, contact_id: str, target: Target) -> None:
        contact = (await self.store.scene("contact", contact_id)).contact
        if contact is None or contact.state is not ContactState.QUEUED:
            return
        if not self.carries(contact):
            return
        try:
            if target.kind == "hangup":
                await self.end(contact_id, EndReason.OVERFLOWED)
            else:
                await self.driver(contact.medium).divert(contact, target)
        except ParleyError as error:
            log.warning("router.divert_failed", contact=contact_id, code=error.code)
            self._again(contact_id)

    def _again(self, contact_id: str) -> None:
        if self.board is not None:
            due = self.clock.now().timestamp() + _AGAIN_SECONDS
            self.board.overflow_failed(contact_id, due)
            self.match_soon()


def _is_due(contact: Contact, queue: QueueConfig, now: datetime) -> bool:
    """Whether the contact has waited in its present queue for as long as it may."""
    if queue.overflow_after is None:
        return False
    return (now - waits_since(contact)).total_seconds() >= queue.overflow_after - _SLACK
