"""The claim of a contact by an agent, and the ways out of it.

A claim is one atomic write: it happens only if the contact still waits and the
agent is still ready, both at the version at which they were looked at. Then both
are marked, both leave their lines, and the offer is written with its deadline.
Whoever comes second finds another version and has changed nothing. The versions
are the fencing tokens: a process that slept through a change cannot write.
"""

from __future__ import annotations

from datetime import timedelta

from acd import agents, moves
from acd.agent_states import AgentEvent
from acd.change import Change
from acd.model import Agent, Contact, Offer, QueueConfig
from acd.offer_states import OFFER_STATES, OfferEvent, OfferState
from core import ids


def claim(
    change: Change, contact: Contact, agent: Agent, queue: QueueConfig, *, direct: bool = False
) -> Offer:
    """Bind the two by an offer.

    Raises :class:`~core.state_table.IllegalTransition` unless the contact waits and
    the agent is ready.
    """
    offer = Offer(
        id=ids.new_id(ids.OFFER),
        contact_id=contact.id,
        agent_id=agent.id,
        queue=queue.name,
        medium=contact.medium,
        direct=direct,
        created_at=change.now,
        deadline=change.now + timedelta(seconds=queue.ring_seconds),
    )
    moves.offered(change, contact, offer)
    agents.offered(change, agent, offer)
    change.touch(offer)
    return offer


def accept(change: Change, contact: Contact, agent: Agent, offer: Offer) -> None:
    """The agent answered in time. The contact stays ``offered`` until it is joined."""
    decide(change, offer, OfferEvent.ACCEPT)
    moves.answered(change, contact)
    agents.accepted(change, agent, contact)


def release(
    change: Change, contact: Contact, agent: Agent, offer: Offer, event: OfferEvent, *,
    then: AgentEvent = AgentEvent.RESCINDED, reason: str | None = None,
    outcome: str | None = None,
) -> None:  # fmt: skip
    """Undo a claim that did not lead to an answer: the contact waits on at its old
    place, the agent goes on by ``then``."""
    decide(change, offer, event)
    moves.offer_failed(change, contact, outcome or offer.state.value)
    agents.apply(change, agent, then, reason=reason, outcome=outcome or offer.state.value)


def rescind(change: Change, agent: Agent, offer: Offer) -> None:
    """The contact is over while the agent's device rings: the agent is free."""
    decide(change, offer, OfferEvent.RESCIND)
    agents.apply(change, agent, AgentEvent.RESCINDED)


def decide(change: Change, offer: Offer, event: OfferEvent) -> None:
    """Move an offer; raises IllegalTransition when it was decided already."""
    state = OFFER_STATES.next(offer.state, event)
    change.touch(offer)
    offer.state = state


def pending(offer: Offer | None) -> bool:
    """Whether the agent's device rings."""
    return offer is not None and offer.state is OfferState.PENDING
