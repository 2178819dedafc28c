"""What a supervisor may do to those who wait: weigh, move, assign.

(What they do to agents are the agents' own verbs with ``by``; to listen, whisper and
barge is a matter of the medium.)
"""

from __future__ import annotations

from acd import moves, order
from acd.change import Change
from acd.contact_states import ContactState
from acd.devices import DeviceWatch
from acd.engine import existing
from acd.scene import Scene
from core.state_table import IllegalTransition

_OVER = frozenset({ContactState.WRAP_UP, ContactState.ENDED})


class Supervision(DeviceWatch):
    """The part of the router that supervisors (and rules) use. Every verb raises
    :class:`~acd.errors.ContactNotFound` and
    :class:`~core.state_table.IllegalTransition`."""

    async def prioritise(self, contact_id: str, priority: int, *, by: str | None = None) -> None:
        """Let the contact weigh more or less from now on: an angry caller, say. Who
        waits moves at once. Raises :class:`~core.errors.BadInput` (out of range)."""
        order.check_priority(priority)

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state in _OVER:
                raise IllegalTransition(
                    f"A contact that is {contact.state.value} has no priority any more.",
                    hint="It is over.",
                    state=contact.state.value,
                )
            if contact.priority != priority:
                if by is None:
                    self.bounds.require_changeable(contact)
                moves.prioritised(change, contact, priority, by)

        await self.alter("contact", contact_id, work)

    async def assign(self, contact_id: str, agent_id: str) -> None:
        """Offer a contact that waits to this agent, whatever their skills. Raises
        :class:`~acd.errors.AgentNotReady` if they have no room for it."""
        contact = existing((await self.store.scene("contact", contact_id)).contact, contact_id)
        if contact.state not in (ContactState.QUEUED, ContactState.OFFERED):
            raise IllegalTransition(
                f"A contact that is {contact.state.value} cannot be assigned.",
                hint="It has to wait in a queue; one who talks is transferred.",
                state=contact.state.value,
            )
        await self.transfer_to_agent(contact_id, agent_id)
