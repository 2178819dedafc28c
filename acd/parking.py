"""Parking: contacts that nobody attends to for a while, and that hold no capacity.

Two things park a contact. A *silent* customer of a text medium: the agent's hands are
free, and when the customer writes again the contact goes back in line at its old age,
to the same agent first. And an agent who is *called away* by something that interrupts
(a call during an e-mail): the agent keeps the contact and comes back to it by
themselves as soon as there is room.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property, partial

from acd import agents, moves
from acd.assignment_states import AssignmentState
from acd.change import Change
from acd.contact_states import CONTACT_STATES, ContactEvent, ContactState
from acd.conversation import end_consult
from acd.engine import existing
from acd.model import Contact, EndReason, Preferred, PreferredKind, SegmentKind
from acd.offers import CALLED_AWAY, SILENT
from acd.own_contacts import OwnContacts
from acd.scene import Scene

_S = ContactState
RESUME_SECONDS = 120.0  # how long the same agent alone is offered who writes again


class Parking(OwnContacts):
    """The part of the router that parks and takes up again."""

    @cached_property
    def awaited(self) -> set[str]:
        """Contacts of which a timer runs that is about their customer's silence."""
        return set()

    def heard(self, contact: Contact) -> None:
        """The medium heard from the customer: the clock of silence begins anew. Quick,
        and writes nothing; media without a limit are not watched."""
        limit = self.policies[contact.medium].park_after
        if limit is not None:
            due = self.clock.now() + timedelta(seconds=limit)
            self.awaited.add(contact.id)
            self.timers.at(f"silence:{contact.id}", due, partial(self._is_silent, contact.id))

    def silence_over(self, contact_id: str) -> None:
        """Nobody is waited for any more."""
        self.awaited.discard(contact_id)
        self.timers.cancel(f"silence:{contact_id}")
        self.timers.cancel(f"silent:{contact_id}")

    def await_nobody(self) -> None:
        """What is known of all contacts is outdated: they are looked at anew."""
        for contact_id in list(self.awaited):
            self.silence_over(contact_id)

    async def _is_silent(self, contact_id: str) -> None:
        scene = await self.store.scene("contact", contact_id)
        if scene.contact is not None and scene.contact.state in (_S.CONNECTED, _S.HELD):
            await self.park(contact_id)

    async def park(self, contact_id: str) -> None:
        """The customer is silent: free the agent. Raises
        :class:`~acd.errors.ContactNotFound` and IllegalTransition; parked already is no
        error."""

        def work(change: Change, scene: Scene) -> None:
            contact, agent = existing(scene.contact, contact_id), scene.agent
            parted = agent is None or not agent.has(contact_id)
            if contact.state is _S.PARKED and parted:
                return
            if contact.state is not _S.PARKED:
                self.bounds.require_changeable(contact)
                end_consult(change, scene, contact)
                moves.parked(change, contact, SILENT)
            if agent is not None and not parted:
                agents.released(change, agent, contact_id, outcome=SILENT)

        await self.alter("contact", contact_id, work)
        self.timers.cancel(f"silence:{contact_id}")

    def time_silence(self, contact: Contact) -> None:
        """Wake us when a contact that is parked in silence is over."""
        limit = self.policies[contact.medium].end_after
        since = [s.started_at for s in contact.segments if s.kind is SegmentKind.PARKED]
        if limit is not None and contact.state is _S.PARKED and since:
            due = since[-1] + timedelta(seconds=limit)
            self.awaited.add(contact.id)
            self.timers.at(f"silent:{contact.id}", due, partial(self._stays_silent, contact.id))

    async def _stays_silent(self, contact_id: str) -> None:
        scene = await self.store.scene("contact", contact_id)
        contact, agent = scene.contact, scene.agent
        if contact is None or contact.state is not _S.PARKED:
            return
        if agent is None or not agent.has(contact_id):
            await self.end(contact_id, EndReason.SILENT)

    async def unpark(self, contact_id: str) -> None:
        """A silent customer writes again: back in line, at the old age and to the same
        agent first. Does nothing for who is not parked, or whose agent comes back by
        themselves. Raises :class:`~acd.errors.ContactNotFound`."""

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state is not _S.PARKED:
                return
            if scene.agent is not None and scene.agent.has(contact_id):
                return
            wishes = [wish for wish in contact.preferred if wish.kind is PreferredKind.DEDICATED]
            if contact.agent_id is not None:
                same = Preferred(
                    agent_id=contact.agent_id, kind=PreferredKind.RESUMED, since=change.now,
                    seconds=RESUME_SECONDS,
                )  # fmt: skip
                wishes.insert(0, same)
            moves.queued(change, contact, self.queue_of(contact), preferred=wishes)

        await self.alter("contact", contact_id, work)

    def attend(self, contact_id: str) -> None:
        """The agent was called away from the contact, or came back: let it show."""
        self.tasks.start(self.attended(contact_id), name=f"attend:{contact_id}")

    async def attended(self, contact_id: str) -> None:
        """Bring the contact's state in line with its agent's attention."""

        def work(change: Change, scene: Scene) -> None:
            contact, agent = scene.contact, scene.agent
            one = agent.assignment(contact_id) if agent is not None else None
            if contact is None or one is None:
                return
            if one.state is AssignmentState.PARKED:
                if CONTACT_STATES.allows(contact.state, ContactEvent.PARKED):
                    end_consult(change, scene, contact)
                    moves.parked(change, contact, CALLED_AWAY)
            elif one.state is AssignmentState.ACTIVE and contact.state is _S.PARKED:
                moves.unparked(change, contact)

        await self.alter("contact", contact_id, work, trusting=True)
