"""The claim of a contact by an agent, and the ways out of it.

A claim is one atomic write: it happens only if the contact still waits and the agent
is as they were, both at the version at which they were looked at, and if the router
that makes it still leads (its epoch is the fencing token). Then both are marked, the
contact leaves its line, and the offer is written with its deadline: a lease, which
whoever leads by then lets run out. Whoever comes second has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from acd import agents, moves
from acd.capacity import Policies
from acd.change import Change
from acd.model import Agent, Contact, Offer, QueueConfig
from acd.offer_states import OFFER_STATES, OfferEvent, OfferState
from core import ids


def claim(
    change: Change, contact: Contact, agent: Agent, queue: QueueConfig, policies: Policies, *,
    direct: bool = False, epoch: int = 0, why: Mapping[str, Any] | None = None,
) -> Offer:  # fmt: skip
    """Bind the two by an offer; ``why`` is noted with it.

    Raises :class:`~core.state_table.IllegalTransition` unless the contact waits. That
    the agent has room for it is for the caller to see to.
    """
    offer = Offer(
        id=ids.new_id(ids.OFFER),
        contact_id=contact.id,
        agent_id=agent.id,
        queue=queue.name,
        medium=contact.medium,
        direct=direct,
        node=contact.node,
        epoch=epoch,
        created_at=change.now,
        deadline=change.now + timedelta(seconds=queue.ring_seconds),
    )
    moves.offered(change, contact, offer, why)
    agents.offered(change, agent, contact, offer, policies[contact.medium].weight)
    change.touch(offer)
    return offer


def accept(change: Change, contact: Contact, agent: Agent, offer: Offer) -> None:
    """The agent answered in time. The contact stays ``offered`` until it is joined."""
    decide(change, offer, OfferEvent.ACCEPT)
    moves.answered(change, contact)
    agents.accepted(change, agent, offer)


def release(
    change: Change, contact: Contact, agent: Agent, offer: Offer, event: OfferEvent, *,
    reason: str | None = None, outcome: str | None = None,
) -> None:  # fmt: skip
    """Undo a claim that did not lead to an answer: the contact waits on at its old
    place; the agent goes on, or, if it was theirs to answer, is not ready for
    ``reason``."""
    decide(change, offer, event)
    shown = outcome or offer.state.value
    moves.offer_failed(change, contact, shown)
    agents.released(change, agent, contact.id, reason=reason, outcome=shown)


def rescind(change: Change, agent: Agent, offer: Offer) -> None:
    """The contact is over while the agent's device rings: the agent is free."""
    decide(change, offer, OfferEvent.RESCIND)
    agents.released(change, agent, offer.contact_id)


def decide(change: Change, offer: Offer, event: OfferEvent) -> None:
    """Move an offer; raises IllegalTransition when it was decided already."""
    state = OFFER_STATES.next(offer.state, event)
    change.touch(offer)
    offer.state = state


def pending(offer: Offer | None) -> bool:
    """Whether the agent's device rings."""
    return offer is not None and offer.state is OfferState.PENDING
