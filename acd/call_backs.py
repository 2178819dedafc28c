"""Call-backs that keep the place: the customer hangs up, the virtual call waits on.

It ages like any other and neither jumps nor loses its place. When it is its turn an
agent is reserved and rung; when they accept, the medium's driver dials the customer
(:meth:`acd.driver.MediaDriver.connect` of a contact without an address). Not reached:
the agent is free at once, and the customer is called again after a while, so many
times.
"""

from __future__ import annotations

from datetime import timedelta

from acd import moves
from acd.change import Change
from acd.contact_states import ContactEvent, ContactState
from acd.engine import existing
from acd.model import Contact, EndReason
from acd.parking import Parking
from acd.scene import Scene
from core.errors import BadInput
from core.state_table import IllegalTransition

_S = ContactState


class CallBacks(Parking):
    """The part of the router that lets customers wait at no phone."""

    async def agree_call_back(self, contact_id: str, number: str) -> None:
        """The customer, who waits in a queue or talks with self-service, will be called
        at ``number`` and may hang up. Raises :class:`~core.errors.BadInput`,
        :class:`~acd.errors.ContactNotFound` and IllegalTransition."""
        if not number.strip():
            raise BadInput("A call-back needs a number.", hint="Ask the customer for it.")

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state not in (_S.ARRIVED, _S.IVR, _S.QUEUED):
                raise IllegalTransition(
                    f"A contact that is {contact.state.value} cannot be called back.",
                    hint="Agree it while the customer waits.",
                    state=contact.state.value,
                )
            moves.call_back_agreed(change, contact, number)

        await self.alter("contact", contact_id, work)

    def call_back_failed(self, change: Change, contact: Contact) -> None:
        """The customer was not reached: later again, or never."""
        queue = self.queue_of(contact)
        assert contact.call_back is not None
        contact.call_back.attempts += 1
        if contact.call_back.attempts >= queue.call_back_attempts:
            moves.over(change, contact, ContactEvent.FAILED, EndReason.CALL_BACK_FAILED)
        else:
            until = change.now + timedelta(seconds=queue.call_back_retry_seconds)
            moves.call_back_postponed(change, contact, until)
