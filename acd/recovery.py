"""After a start of ours, and after a gap in what a medium told us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from acd import agents, claim, moves
from acd.agent_states import Presence, PresenceEvent
from acd.assignment_states import AssignmentState
from acd.change import Change
from acd.contact_states import ContactState
from acd.conversation import waits_for_call
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.model import Agent, Contact, EndReason, Medium, Offer
from acd.offer_states import OfferEvent, OfferState
from acd.offers import joining
from acd.reasons import HUNG_UP_EARLY
from acd.scene import Scene
from acd.supervision import Supervision
from acd.watch import GRACE
from core.log import get_logger

log = get_logger(__name__)

_S, _A = ContactState, AssignmentState
_TALK = (_S.CONNECTED, _S.HELD, _S.PARKED)

_AT_ONCE = 256
T = TypeVar("T")

Ended = Mapping[str, tuple[datetime, int | None]]


class Recovery(Supervision):
    """The part of the router that makes state and world agree again."""

    async def recover(self) -> None:
        """Read everything from Redis, mend it, and start to match."""
        await self.take_up()
        await self.start_matching()

    async def take_up(self) -> None:
        """Mend what only half happened to the contacts of this node, and take over what
        is configured now.

        Offers that ran out while nobody watched get a few seconds' grace, beginning when
        their medium is not suspended (any more), so that it can say first what became
        of them.
        """
        self.store.cache.clear()
        contacts = [contact for contact in await self.store.contacts() if self.carries(contact)]
        self.await_nobody()  # others may have ended them while we were not told
        everybody = await self.store.agents()
        # The machine's clock may have been set back since: what was written is not to come.
        written = [*map(_last_change, contacts), *(a.since for a in everybody if a.since)]
        if written:
            self.clock.not_before(max(written))
        # With these all is remembered that decides whether there is anything to mend.
        offers = {c.offer_id for c in contacts}
        offers |= {one.offer_id for agent in everybody for one in agent.assignments}
        await self.store.offers(sorted(id_ for id_ in offers if id_))
        await _many(self._recover_contact, [c for c in contacts if not self._is_in_order(c)])
        await _many(self._recover_agent, everybody)
        self.begin_anew()
        log.info("router.recovered", contacts=len(contacts), agents=len(everybody))

    def _is_in_order(self, contact: Contact) -> bool:
        """Whether one look says that there is nothing to mend, or to watch: most wait."""
        if contact.state is _S.QUEUED:
            return moves.asks_the_same(contact, self.queue_of(contact))
        return contact.state is not _S.OFFERED and contact.state not in _TALK

    async def _recover_contact(self, contact: Contact) -> None:
        if contact.state is _S.OFFERED and contact.offer_id is not None:
            offer = self.store.cache.offer(self.keys("offer", contact.offer_id))
            if offer is None:
                offer = (await self.store.offers([contact.offer_id])).get(contact.offer_id)
            if offer is None:
                await self._drop_offer(contact.id)
            elif offer.state is OfferState.ACCEPTED:
                self._join_later(offer)
        elif contact.state is _S.QUEUED:
            await self.alter("contact", contact.id, self._requirement)
        elif contact.state in _TALK:
            if self.is_last(contact):  # it may have ended since it was read
                self.heard(contact)
                self.time_silence(contact)
            await self.attended(contact.id)

    def _join_later(self, offer: Offer) -> None:
        """The agent had answered when we died: unless the medium says otherwise, join."""
        name = f"join:{offer.id}"
        work = partial(self._join_again, offer.id, leg_alive=True)
        due = self.clock.now() + GRACE
        self.timers.at(name, due, partial(self.if_visible, offer.node, offer.medium, name, work))

    async def _join_again(self, offer_id: str, *, leg_alive: bool) -> None:
        scene = await self.store.scene("offer", offer_id)
        contact, agent, offer = scene.contact, scene.agent, scene.offer
        if contact is None or agent is None or offer is None or not joining(contact, offer):
            return
        if leg_alive and contact.call_back is not None:
            # It may ring at the customer's for long: nobody else is to wait for that.
            self.tasks.start(self.join(contact, agent, offer), name=f"connect:{offer_id}")
        elif leg_alive:
            await self.join(contact, agent, offer)
        else:
            await self.unjoined(offer_id, HUNG_UP_EARLY)

    def _requirement(self, change: Change, scene: Scene) -> None:
        contact = scene.contact
        if contact is not None and contact.state is _S.QUEUED:
            moves.asks_anew(change, contact, self.queue_of(contact))

    async def _recover_agent(self, agent: Agent) -> None:
        def work(change: Change, scene: Scene) -> None:
            if scene.agent is not None:
                _free_if_orphaned(change, scene, scene.agent)
                _adopt(change, scene.agent, self.directory)

        scene = self.store.remembered("agent", agent.id)
        if scene is not None:  # read just now
            work(change := self.change(), scene)
            if change.empty:
                return
        await self.alter("agent", agent.id, work)

    async def standing_offers(self, offer_ids: Collection[str]) -> set[str]:
        """Those that still count: pending, or accepted by an agent who still has the
        contact. After a gap a medium ends the agents' legs of all others, then tells
        which pending ones were answered meanwhile, then calls :meth:`reconcile`."""
        standing = set()
        for offer_id in offer_ids:
            scene = await self.store.scene("offer", offer_id)
            contact, offer = scene.contact, scene.offer
            if contact is None or offer is None or contact.offer_id != offer_id:
                continue
            if contact.state is _S.OFFERED or contact.state in _TALK:
                standing.add(offer_id)
        return standing

    async def reconcile(
        self,
        alive_addresses: Collection[str],
        ended: Ended,
        *,
        medium: Medium = Medium.VOICE,
        alive_offers: Collection[str] | None = None,
        as_of: datetime | None = None,
    ) -> None:
        """Compare with what a medium really has, after each (re)connection to it.

        ``alive_addresses`` are the customers' legs that exist; ``ended`` tells of
        contacts (by id) when their leg ended and with which cause, where that is known;
        ``alive_offers`` are the offers whose agent leg exists (None: not known). All of
        it was true at ``as_of``: what began later is left alone. Contacts whose leg is
        gone are closed with the true time and fitting reason (``telephony_lost`` where
        nothing is known), agents are freed, offers without a leg are dropped, agents
        who had answered are joined. Then the medium is offered again.
        """
        closed = 0
        for contact in await self.contacts_of(medium):
            if as_of is not None and contact.created_at > as_of:
                continue
            if waits_for_call(contact):
                if contact.address and contact.address not in alive_addresses:
                    await self.customer_left(contact.id, None)
                await self._reconcile_legs(contact, alive_offers, as_of)
            elif contact.id in ended or contact.address not in alive_addresses:
                at, cause = ended.get(contact.id, (None, None))
                reason = None if contact.id in ended else EndReason.TELEPHONY_LOST
                closed += await self.finish(contact.id, reason, cause=cause, at=at)
            else:
                await self._reconcile_legs(contact, alive_offers, as_of)
        for agent in await self.store.agents():
            if agent.assignments:
                await self.alter("agent", agent.id, _free_if_orphaned_in)
        log.info("router.reconciled", medium=medium.value, closed=closed)
        self.resume_medium(medium)

    async def contacts_of(self, medium: Medium) -> list[Contact]:
        """Contacts of ``medium`` on this node whose customer is, as far as we know, still
        there."""
        over = (_S.WRAP_UP, _S.ENDED)
        contacts = await self.store.contacts()
        mine = [contact for contact in contacts if self.carries(contact)]
        return [c for c in mine if c.medium is medium and c.state not in over]

    async def _reconcile_legs(
        self, contact: Contact, alive_offers: Collection[str] | None, as_of: datetime | None
    ) -> None:
        offer_id = contact.offer_id
        if offer_id is None:
            return
        alive = alive_offers is None or offer_id in alive_offers
        offer = (await self.store.offers([offer_id])).get(offer_id)
        if offer is not None and as_of is not None and offer.created_at > as_of:
            return
        if contact.state is _S.OFFERED and (offer is None or (claim.pending(offer) and not alive)):
            await self._drop_offer(contact.id)
        elif contact.state is _S.OFFERED and joining(contact, offer):
            await self._join_again(offer_id, leg_alive=alive)
        elif contact.state in _TALK and not alive and contact.agent_id:
            await self.agent_left(contact.id, contact.agent_id, None)

    async def _drop_offer(self, contact_id: str) -> None:
        """The agent's leg is gone through nobody's fault: the next agent, or the same."""

        def work(change: Change, scene: Scene) -> None:
            contact, agent, offer = scene.contact, scene.agent, scene.offer
            if contact is None or contact.state is not _S.OFFERED:
                return
            if offer is None:
                moves.offer_failed(change, contact, "lost")
            elif claim.pending(offer) and agent is not None:
                claim.release(change, contact, agent, offer, OfferEvent.RESCIND, outcome="lost")

        await self.alter("contact", contact_id, work)


async def _many(work: Callable[[T], Awaitable[None]], things: Sequence[T]) -> None:
    """Do ``work`` with all, many at once so that they are written together. Raises the
    first error, when those begun with it have ended."""
    for start in range(0, len(things), _AT_ONCE):
        some = things[start : start + _AT_ONCE]
        for result in await asyncio.gather(*map(work, some), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def _free_if_orphaned_in(change: Change, scene: Scene) -> None:
    if scene.agent is not None:
        _free_if_orphaned(change, scene, scene.agent)


def _last_change(contact: Contact) -> datetime:
    return max([contact.created_at, *(segment.started_at for segment in contact.segments)])


def _free_if_orphaned(change: Change, scene: Scene, agent: Agent) -> None:
    """Take from the agent's hands what is over, or in other hands."""
    for one in list(agent.assignments):
        held = scene.held.get(one.contact_id)
        contact = held.contact if held else None
        over = contact is None or contact.state in (_S.WRAP_UP, _S.ENDED)
        if one.state is _A.WRAP_UP:
            if contact is None:
                agents.wrapped_up(change, agent, one.contact_id, None)
            continue
        if contact is not None and not over:
            parts = (contact.agent_id, contact.consult_agent_id, contact.peer_agent_id)
            mine = agent.id in parts
            if mine and (one.offer_id is None or contact.offer_id == one.offer_id):
                continue
        log.warning("router.agent_freed", agent=agent.id, state=one.state.value)
        agents.released(change, agent, one.contact_id)


def _adopt(change: Change, agent: Agent, directory: Directory) -> None:
    """Device and skills as configured now; who is not configured any more goes home."""
    try:
        agents.adopt(change, agent, directory.agent(agent.id))
    except AgentNotFound:
        if agent.presence is not Presence.LOGGED_OUT:
            agents.say(change, agent, PresenceEvent.LOGGED_OUT)
