"""From the queue to the end of the conversation: enter, hold, resume, leave, end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from acd import agents, claim, moves, order
from acd.assignment_states import IN_HAND
from acd.change import Change
from acd.contact_states import CONTACT_STATES, ContactEvent, ContactState
from acd.engine import existing
from acd.entry import LAST_AGENT_DAYS, Entry, last_agent_key
from acd.model import Agent, Contact, EndReason, Preferred, SegmentKind
from acd.offers import joining
from acd.reasons import HUNG_UP_AT_ONCE, HUNG_UP_EARLY
from acd.scene import Scene
from core.clock import to_epoch
from core.log import get_logger
from core.state_table import IllegalTransition

log = get_logger(__name__)

_S, _E = ContactState, ContactEvent
_LEFT = {
    _S.ARRIVED: EndReason.ABANDONED_IN_IVR,
    _S.DIALLING: EndReason.CANCELLED,
    _S.IVR: EndReason.ABANDONED_IN_IVR,
    _S.QUEUED: EndReason.ABANDONED_IN_QUEUE,
    _S.OFFERED: EndReason.ABANDONED_IN_QUEUE,
    _S.CONNECTED: EndReason.CUSTOMER_HUNG_UP,
    _S.HELD: EndReason.CUSTOMER_HUNG_UP,
    _S.PARKED: EndReason.CUSTOMER_HUNG_UP,
}
_TALK = frozenset({_S.CONNECTED, _S.HELD, _S.PARKED})
_OVER = frozenset({_S.WRAP_UP, _S.ENDED})


class Conversation(Entry):
    """The part of the router that follows a contact."""

    async def enqueue(
        self,
        contact_id: str,
        queue: str,
        *,
        skills: Mapping[str, int] | None = None,
        asks: str | None = None,
        priority: int | None = None,
        preferred: Sequence[Preferred] = (),
        if_closed: bool = False,
        if_long: bool = False,
    ) -> None:
        """Let the contact wait in ``queue``; a free agent is offered it at once.

        ``skills`` and the expression ``asks`` are asked for besides the queue's own, and
        kept in full (:meth:`asked`);
        ``priority`` replaces the queue's; ``preferred`` agents come before the last and
        the dedicated agent, which the queue may prefer. What nobody waits for at a phone
        may enter ``if_closed`` and ``if_long`` (the expected wait). A contact that waited before
        keeps its age. Raises :class:`~acd.errors.UnknownQueue`,
        :class:`~acd.errors.QueueFull`, :class:`~acd.errors.QueueClosed`,
        :class:`~acd.errors.WaitTooLong`, :class:`~acd.errors.ContactNotFound`,
        :class:`~acd.errors.UnknownSkill`, :class:`~core.errors.BadInput` (priority, expression)
        and
        :class:`~core.state_table.IllegalTransition`.
        """
        config = self.directory.queue(queue)
        if priority is not None:
            order.check_priority(priority)
        asks = self.asked(skills, asks)
        await self.admit(config, if_closed=if_closed, if_long=if_long)
        wishes = [*preferred, *await self.preferred_by(contact_id, config)]

        def work(change: Change, scene: Scene) -> None:
            contact = existing(scene.contact, contact_id)
            if contact.state in _TALK:
                raise IllegalTransition(
                    f"A contact that is {contact.state.value} cannot be enqueued.",
                    hint="It has to be parted from its agent: use transfer_to_queue.",
                    state=contact.state.value,
                )
            moved = contact.state is not _S.QUEUED or contact.queue != queue
            if not moved and skills is None and priority is None and asks is None:
                return
            moves.queued(
                change, contact, config, skills=skills, asks=asks, priority=priority,
                preferred=wishes or None,
            )  # fmt: skip
            if moved:
                change.require_room(queue, config.max_waiting, contact_id)

        await self.alter("contact", contact_id, work)

    async def customer_left(
        self, contact_id: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """The customer's side is gone, in whatever state."""
        await self._finish(contact_id, None, cause, told_at=at)

    async def finish(
        self,
        contact_id: str,
        reason: EndReason | None,
        *,
        cause: int | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Record that the customer's side is over (at ``at``, if the true time is known),
        without a word to the driver; ``reason`` None finds the one that fits the state.
        False if it was over already. Wrap-up begins now."""
        return await self._finish(contact_id, reason, cause, ended_at=at)

    async def _finish(
        self, contact_id: str, reason: EndReason | None, cause: int | None, *,
        ended_at: datetime | None = None, told_at: datetime | None = None,
    ) -> bool:  # fmt: skip
        def work(change: Change, scene: Scene) -> tuple[bool, Scene | None]:
            contact = scene.contact
            if contact is None or contact.state in _OVER:
                return False, None
            if reason is None and waits_for_call(contact):
                if contact.address:
                    change.touch(contact)
                    contact.address = ""
                    change.tell_contact(contact, "hung_up_to_wait")
                return False, None
            unjoined = scene if joining(contact, scene.offer) else None
            why = reason or contact.end_reason or _LEFT[contact.state]
            if contact.state is _S.DIALLING and why is EndReason.AGENT_HUNG_UP:
                why = EndReason.CANCELLED
            seconds = 0.0 if why is EndReason.MERGED else self._wrap_up(scene)
            close(change, scene, _event(contact, why), why, seconds, cause, ended_at)
            return True, unjoined

        ended, left = await self.alter("contact", contact_id, work, at=told_at)
        if left is not None and left.contact and left.agent and left.offer:
            # The agent has answered and waits for a customer who is gone.
            self.stop_ringing(left.contact, left.agent, left.offer)
        return ended

    def _wrap_up(self, scene: Scene) -> float:
        contact = scene.contact
        served = contact is not None and contact.state in _TALK
        return self.wrap_up_of(scene.agent, contact) if served and contact is not None else 0.0

    async def agent_left(
        self, contact_id: str, agent_id: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """An agent's side is gone: the one who has the contact, or one consulted."""

        def work(change: Change, scene: Scene) -> tuple[Contact | None, str]:
            contact = scene.contact
            if contact is None or contact.state in _OVER:
                return None, ""
            if contact.consult_agent_id == agent_id:
                moves.consult_ended(change, contact)
                free_consulted(change, scene)
                return None, ""
            if contact.agent_id != agent_id or contact.state not in _TALK:
                early = contact.agent_id == agent_id and joining(contact, scene.offer)
                return contact, HUNG_UP_EARLY if early else ""
            if contact.state is _S.PARKED and not _keeps(scene.agent, contact_id):
                return None, ""  # they parted when the customer fell silent
            if moves.is_too_short(contact, agent_id, change.now, self.least_talk):
                return contact, HUNG_UP_AT_ONCE
            alone = contact.state in (_S.HELD, _S.PARKED)
            why = contact.end_reason or EndReason.AGENT_HUNG_UP
            seconds = self._wrap_up(scene)
            close(change, scene, ContactEvent.AGENT_LEFT, why, seconds, cause, None)
            return (contact if alone else None), ""

        contact, failed = await self.alter("contact", contact_id, work, at=at)
        if contact is not None and failed == HUNG_UP_AT_ONCE:
            self.tasks.start(
                self.no_talk(contact_id, agent_id, failed), name=f"no_talk:{contact_id}"
            )
        elif contact is not None and failed and contact.offer_id is not None:
            self.tasks.start(self.unjoined(contact.offer_id, failed), name=f"unjoin:{contact_id}")
        elif contact is not None and contact.state in _OVER:
            # Nobody will come back to a customer who hears hold music, or was put aside.
            self.tasks.start(self.end_side(contact), name=f"end:{contact_id}")

    async def no_talk(self, contact_id: str, agent_id: str, reason: str) -> bool:
        raise NotImplementedError

    async def held(self, contact_id: str, *, at: datetime | None = None) -> None:
        """The agent's device put the customer on hold by itself."""
        await self.alter("contact", contact_id, _held, at=at)

    async def resumed(self, contact_id: str, *, at: datetime | None = None) -> None:
        """...and took them back."""
        await self.alter("contact", contact_id, _resumed, at=at)

    async def hold(self, contact_id: str) -> None:
        """Put the customer on hold. Raises IllegalTransition and what the driver raises;
        the state changes only when the medium has done it."""
        work = self._asked(contact_id, ContactEvent.HELD, _held, "hold")
        await self.wholes.do(work, name=f"hold:{contact_id}")

    async def resume(self, contact_id: str) -> None:
        """Take the customer back. Raises like :meth:`hold`."""
        work = self._asked(contact_id, ContactEvent.RESUMED, _resumed, "resume")
        await self.wholes.do(work, name=f"resume:{contact_id}")

    async def _asked(
        self, contact_id: str, event: ContactEvent, work: Callable[[Change, Scene], None],
        verb: Literal["hold", "resume"],
    ) -> None:  # fmt: skip
        async with self.in_order(contact_id):
            contact = existing((await self.store.scene("contact", contact_id)).contact, contact_id)
            CONTACT_STATES.next(contact.state, event)
            if verb == "hold":  # whoever is on hold can always be taken back
                self.bounds.require_changeable(contact)
            self.require_here(contact)
            driver = self.driver(contact.medium)
            await (driver.hold(contact) if verb == "hold" else driver.resume(contact))
            await self.alter_unordered("contact", contact_id, work)

    async def end(self, contact_id: str, reason: EndReason = EndReason.AGENT_HUNG_UP) -> None:
        """Record the end and have the driver end the customer's side. Raises
        :class:`~acd.errors.ContactNotFound`."""
        contact = existing((await self.store.scene("contact", contact_id)).contact, contact_id)
        here = self.require_here(contact)

        async def work() -> None:
            await self.finish(contact_id, reason)
            if here:
                await self.driver(contact.medium).end(contact)

        await self.wholes.do(work(), name=f"end:{contact_id}")

    async def end_side(self, contact: Contact) -> None:
        """Have the driver end the customer's side; log if it cannot."""
        try:
            await self.driver(contact.medium).end(contact)
        except Exception as error:
            log.warning("router.end_failed", contact=contact.id, exc_info=error)

    async def position(self, contact_id: str) -> int | None:
        """1 = next to be served of its queue (also while an agent is rung for it); None
        when it does not wait."""
        contact = (await self.store.scene("contact", contact_id)).contact
        if contact is None or contact.queue is None:
            return None
        if contact.state is _S.OFFERED:
            return 1
        place = await self.store.place(contact.queue, contact_id)
        return None if place is None else place + 1


def waits_for_call(contact: Contact) -> bool:
    """Whether the customer is to be called back: they may hang up, and wait on."""
    return contact.call_back is not None and contact.state in (_S.QUEUED, _S.OFFERED)


def free_consulted(change: Change, scene: Scene) -> None:
    """The consulted agent goes back to what they were."""
    second = scene.second
    if second is None or scene.contact is None:
        return
    if second.has(scene.contact.id, *IN_HAND):
        agents.released(change, second, scene.contact.id)


def free_peer(change: Change, scene: Scene) -> None:
    """The agent in the customer's place has hung up: they go back to what they were."""
    peer, contact = scene.peer, scene.contact
    if peer is not None and contact is not None and peer.has(contact.id, *IN_HAND):
        agents.released(change, peer, contact.id)


def end_consult(change: Change, scene: Scene, contact: Contact) -> None:
    """Whom the agent consults, if anybody, goes back to what they were."""
    if contact.consult_agent_id is not None:
        moves.consult_ended(change, contact)
        free_consulted(change, scene)


def _keeps(agent: Agent | None, contact_id: str) -> bool:
    return agent is not None and agent.has(contact_id)


def _held(change: Change, scene: Scene) -> None:
    if scene.contact is not None and scene.contact.state is _S.CONNECTED:
        moves.held(change, scene.contact)


def _resumed(change: Change, scene: Scene) -> None:
    if scene.contact is not None and scene.contact.state is _S.HELD:
        end_consult(change, scene, scene.contact)
        moves.resumed(change, scene.contact)


def _event(contact: Contact, reason: EndReason) -> ContactEvent:
    if reason in (EndReason.TELEPHONY_LOST, EndReason.ERROR):
        return ContactEvent.FAILED
    by_agent = reason in (EndReason.AGENT_HUNG_UP, EndReason.TRANSFERRED_OUT)
    return ContactEvent.AGENT_LEFT if by_agent and contact.state in _TALK else _E.CUSTOMER_LEFT


def close(
    change: Change,
    scene: Scene,
    event: ContactEvent,
    reason: EndReason,
    wrap_up_seconds: float,
    cause: int | None,
    at: datetime | None,
) -> None:
    """The customer's side is over: the contact, the offer and the agents of it."""
    contact, agent, offer = scene.contact, scene.agent, scene.offer
    assert contact is not None
    free_consulted(change, scene)
    free_peer(change, scene)
    moves.over(change, contact, event, reason, cause=cause, at=at)
    one = agent.assignment(contact.id) if agent is not None else None
    if agent is not None and one is not None:
        if offer is not None and claim.pending(offer) and one.offer_id == offer.id:
            claim.rescind(change, agent, offer)
        elif one.state in IN_HAND:
            agents.contact_over(change, agent, contact, wrap_up_seconds)
    if agent is not None and event is not ContactEvent.FAILED:
        served_last(change, contact, agent.id)
    moves.settle(change, contact)


def served_last(change: Change, contact: Contact, agent_id: str) -> None:
    """Remember who served the customer, for when they come again."""
    who = contact.customer or contact.customer_number
    if who and any(s.kind is SegmentKind.TALK and s.agent_id == agent_id
                   for s in contact.segments):  # fmt: skip
        key = last_agent_key(change.keys, contact.business, who)
        change.note(key, f"{agent_id} {to_epoch(change.now)}", LAST_AGENT_DAYS * 86400)
