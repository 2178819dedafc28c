"""Offers: ring, answer, no answer, deadline.

A driver's report never waits here for a verb of the same driver: verbs run in
tasks of their own, so that a driver may report from where it reads its events.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import cached_property

from acd import agents, claim, moves, reasons
from acd.agent_states import Presence, PresenceEvent
from acd.assignment_states import IN_HAND, AssignmentState
from acd.change import Change
from acd.contact_states import ContactState
from acd.errors import AgentGone, CustomerUnreached
from acd.matching import Matching
from acd.model import Agent, Contact, Medium, Offer
from acd.offer_states import OfferEvent, OfferState
from acd.scene import Scene
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)

MEDIUM_PAUSE_SECONDS = 1.0
_RING_FAILED = "ring_failed"  # who suspends then; the medium itself may do so too
SILENT, CALLED_AWAY = "silent", "called_away"  # why a contact is parked

# What a driver reports of a device that was not answered: what that is to the offer, and
# for which reason the agent is not ready then.
_OUTCOMES = {
    "timed_out": (OfferEvent.TIME_OUT, reasons.RONA),
    "rejected": (OfferEvent.REJECT, reasons.REJECTED),
    "busy": (OfferEvent.BUSY, reasons.DEVICE_BUSY),
    "unavailable": (OfferEvent.UNAVAILABLE, reasons.DEVICE_UNAVAILABLE),
    "unregistered": (OfferEvent.UNREGISTERED, reasons.DEVICE_UNREGISTERED),
    "unreachable": (OfferEvent.UNREACHABLE, reasons.DEVICE_UNREACHABLE),
    # It was answered, and hung up before anybody could hear of it.
    "hung_up_early": (OfferEvent.REJECT, reasons.HUNG_UP_EARLY),
    # The device asked that somebody else be called.
    "redirected": (OfferEvent.REJECT, reasons.REDIRECTED),
}


class Offers(Matching):
    """The part of the router that follows an offer to its end."""

    @cached_property
    def _ringing(self) -> dict[str, asyncio.Task[None]]:
        return {}

    # What the engine asks after a write.

    def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Have the driver alert the agent's device."""
        task = self.tasks.start(self._ring(contact, agent, offer), name=f"ring:{offer.id}")
        self._ringing[offer.id] = task
        task.add_done_callback(lambda _: self._ringing.pop(offer.id, None))

    async def _ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        try:
            await self.driver(offer.medium).ring(contact, agent, offer)
        except ParleyError as error:
            log.warning("router.ring_failed", contact=contact.id, agent=agent.id, code=error.code)
            if error.retryable:
                await self._medium_failed(offer)
            else:
                await self.agent_unanswered(offer.id, "unreachable", None)
        except Exception as error:
            log.error("router.ring_failed", contact=contact.id, agent=agent.id, exc_info=error)
            await self.agent_unanswered(offer.id, "unreachable", None)

    async def _medium_failed(self, offer: Offer) -> None:
        """Not the agent's fault: nobody becomes not-ready because Asterisk is away."""
        self.suspend(offer.medium, by=_RING_FAILED)
        due = self.clock.now() + timedelta(seconds=MEDIUM_PAUSE_SECONDS)
        self.timers.at(f"medium:{offer.medium.value}", due, lambda: self._retry(offer.medium))
        await self._take_back(offer, "medium_unavailable")

    async def _take_back(self, offer: Offer, outcome: str) -> None:
        def work(change: Change, scene: Scene) -> None:
            if (bound := _pending(scene)) is not None:
                claim.release(change, *bound, OfferEvent.RESCIND, outcome=outcome)

        await self.alter("offer", offer.id, work)

    async def _retry(self, medium: Medium) -> None:
        self.resume_medium(medium, by=_RING_FAILED)

    def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Have the driver take the alert back, even one that is only on its way."""
        if not self.carries(contact):
            return
        self.tasks.start(self._stop_ringing(contact, agent, offer), name=f"stop:{offer.id}")

    async def _stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        on_its_way = self._ringing.get(offer.id)
        try:
            await self.driver(offer.medium).stop_ringing(contact, agent, offer)
            if on_its_way is not None and not on_its_way.done():
                await asyncio.wait([on_its_way])
                await self.driver(offer.medium).stop_ringing(contact, agent, offer)
        except ParleyError as error:
            log.warning("router.stop_ringing_failed", contact=contact.id, code=error.code)

    async def offer_is_due(self, offer_id: str) -> None:
        """The deadline has passed."""
        offer = (await self.store.offers([offer_id])).get(offer_id)
        if offer is not None and self.board is not None and self.board.is_dead(offer.node):
            await self._take_back(offer, "node_lost")  # nobody was there to ring
        else:
            await self.agent_unanswered(offer_id, "timed_out", None)

    # What drivers report.

    async def agent_answered(
        self, offer_id: str, version: int | None = None, *, at: datetime | None = None
    ) -> None:
        """Accept, if the offer still stands (at ``version``, if given); else the device
        is hung up and the agent told why (``offer.refused``)."""

        def work(change: Change, scene: Scene) -> tuple[Scene, str | None]:
            offer = scene.offer
            if offer is None:
                return scene, "unknown"
            bound = _pending(scene)
            if bound is not None and version in (None, offer.version):
                claim.accept(change, *bound)
                return scene, None
            if offer.state is OfferState.ACCEPTED and version in (None, offer.version - 1):
                return scene, "repeated"
            outcome = offer.state.value if offer.state is not OfferState.PENDING else "outdated"
            data = {"offer_id": offer.id, "reason": outcome}
            change.tell(
                "offer.refused", agent_id=offer.agent_id, contact_id=offer.contact_id, data=data
            )
            return scene, outcome

        # An answer in time wins also if the deadline passes while it is written.
        async with self.in_order(offer_id):
            scene, refused = await self.alter("offer", offer_id, work, at=at)
        if refused is None and scene.contact and scene.agent and scene.offer:
            self.join_soon(scene.contact, scene.agent, scene.offer)
        elif refused not in (None, "repeated", "outdated"):
            log.info("offer.refused", offer=offer_id, reason=refused)
            if scene.offer is not None:
                agent = scene.agent or Agent(id=scene.offer.agent_id, device="")
                self.stop_ringing(scene.contact or _remains(scene.offer), agent, scene.offer)

    def join_soon(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """The agent has answered, here or elsewhere: join them, if that is ours to do."""
        if self.carries(contact) and joining(contact, offer):
            self.tasks.start(self.join(contact, agent, offer), name=f"connect:{offer.id}")

    async def join(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        """Have the driver join the two; a failure puts the customer back in line."""
        try:
            await self.driver(offer.medium).connect(contact, agent, offer)
        except CustomerUnreached as error:
            log.info("router.customer_unreached", contact=contact.id, agent=agent.id)
            await self.unjoined(offer.id, error.code, blame=False)
            return
        except Exception as error:
            code = error.code if isinstance(error, ParleyError) else type(error).__name__
            log.warning("router.connect_failed", contact=contact.id, agent=agent.id, code=code)
            left = isinstance(error, AgentGone)
            await self.unjoined(offer.id, reasons.HUNG_UP_EARLY if left else reasons.CONNECT_FAILED)
            return
        await self.joined(offer.id, at=self.clock.now())

    async def joined(self, offer_id: str, *, at: datetime | None = None) -> None:
        """Customer and agent talk: :meth:`connect` of the driver returned, or the driver
        has heard so before that."""

        def work(change: Change, scene: Scene) -> None:
            contact, offer = scene.contact, scene.offer
            if contact is not None and contact.offer_id == offer_id and joining(contact, offer):
                moves.connected(change, contact)
                if scene.agent is not None and scene.agent.has(contact.id, AssignmentState.PARKED):
                    moves.parked(change, contact, CALLED_AWAY)

        await self.alter("offer", offer_id, work, at=at)

    async def unjoined(self, offer_id: str, reason: str, *, blame: bool = True) -> None:
        """The accepted offer led to no bridge: the customer waits on at the old age. The
        agent, if they are to ``blame``, becomes not-ready, lest the same happens again at
        once; else they are free. A call-back that did not reach the customer is tried
        again later, or is over."""
        first = await self.store.scene("offer", offer_id)
        if first.contact is None:
            return
        contact_id = first.contact.id

        def work(change: Change, scene: Scene) -> None:
            contact, agent, offer = scene.contact, scene.agent, scene.offer
            if contact is None or not joining(contact, offer) or contact.offer_id != offer_id:
                return
            moves.offer_failed(change, contact, reason)
            if agent is not None and agent.has(contact_id, *IN_HAND):
                if blame and agent.presence is Presence.READY:
                    agents.say(change, agent, PresenceEvent.NOT_READY, reason=reason)
                if blame:
                    agents.contact_over(change, agent, contact, 0)
                else:
                    agents.released(change, agent, contact_id, outcome=reason)
            if contact.call_back is not None and not blame:
                self.call_back_failed(change, contact)

        async with self.in_order(contact_id):
            scene = await self.store.scene("contact", contact_id)
            if scene.contact is None or not joining(scene.contact, scene.offer):
                return
            try:
                await self.driver(scene.contact.medium).requeue(scene.contact)
            except ParleyError as error:
                log.warning("router.requeue_failed", contact=contact_id, code=error.code)
            await self.alter_unordered("contact", contact_id, work)

    def call_back_failed(self, change: Change, contact: Contact) -> None:
        raise NotImplementedError

    async def agent_unanswered(
        self, offer_id: str, outcome: str, cause: int | None, *, at: datetime | None = None
    ) -> None:
        """The agent becomes not ready, with a reason that says what was wrong (RONA: it
        rang out); the customer goes to the next one."""
        event, reason = _OUTCOMES[outcome]

        def work(change: Change, scene: Scene) -> None:
            if (bound := _pending(scene)) is None:
                return
            shown = reason if reason == reasons.RONA else outcome
            claim.release(change, *bound, event, reason=reason, outcome=shown)

        async with self.in_order(offer_id):
            await self.alter("offer", offer_id, work, at=at)


def _pending(scene: Scene) -> tuple[Contact, Agent, Offer] | None:
    """The three, while the agent's device rings for this very offer."""
    contact, agent, offer = scene.contact, scene.agent, scene.offer
    if contact is None or agent is None or offer is None or not claim.pending(offer):
        return None
    one = agent.assignment(contact.id)
    if contact.offer_id != offer.id or one is None or one.offer_id != offer.id:
        return None
    return contact, agent, offer


def joining(contact: Contact, offer: Offer | None) -> bool:
    """Whether the agent has answered ``offer`` and is not joined with the customer yet."""
    return (
        offer is not None
        and offer.state is OfferState.ACCEPTED
        and contact.offer_id == offer.id
        and contact.state is ContactState.OFFERED
    )


def _remains(offer: Offer) -> Contact:
    """What is known of a contact that has ended and been stored."""
    return Contact(
        id=offer.contact_id,
        node=offer.node,
        medium=offer.medium,
        channel="",
        direction="inbound",
        created_at=offer.created_at,
        state=ContactState.ENDED,
    )
