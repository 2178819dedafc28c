"""Finds what is stuck: nothing here repairs, it only looks.

Used by the health endpoint, after a start, and at the end of tests: when all is
quiet there must be no finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from acd.assignment_states import AssignmentState
from acd.change import place_of
from acd.contact_states import ContactState
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from acd.store import Store

_S, _A = ContactState, AssignmentState
GRACE = timedelta(seconds=10)  # a write and its timer are not one instant


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is stuck: a stable ``code``, whom it concerns, and in words."""

    code: str
    id: str
    text: str


async def sweep(
    store: Store, now: datetime, *, queues: Sequence[str] = (), grace: timedelta = GRACE
) -> list[Finding]:
    """Compare contacts, agents, offers and lines with each other. ``queues`` are looked
    into even if nobody should wait there.

    While the system works a finding can be a change in progress: only one that two
    sweeps find is stuck.
    """
    contacts = {contact.id: contact for contact in await store.contacts()}
    agents = {agent.id: agent for agent in await store.agents()}
    bound = [c.offer_id for c in contacts.values() if c.offer_id]
    bound += [one.offer_id for a in agents.values() for one in a.assignments if one.offer_id]
    offers = await store.offers(sorted(set(bound)))
    found = [f for c in contacts.values() for f in _contact(c, agents, offers, now - grace)]
    found += [f for a in agents.values() for f in _agent(a, contacts, now - grace)]
    return found + await _queues(store, list(contacts.values()), queues)


def _contact(
    contact: Contact, agents: dict[str, Agent], offers: dict[str, Offer], limit: datetime
) -> list[Finding]:
    found = []

    def add(code: str, text: str) -> None:
        found.append(Finding(code, contact.id, text))

    agent = agents.get(contact.agent_id or "")
    if contact.state is _S.OFFERED:
        offer = offers.get(contact.offer_id or "")
        if offer is None or offer.contact_id != contact.id:
            add("offer_missing", "The contact is offered by an offer that does not exist.")
        elif offer.state is OfferState.PENDING and offer.deadline < limit:
            add("offer_overdue", "The offer's deadline has passed and nobody decided it.")
        elif offer.state is OfferState.ACCEPTED and offer.deadline < limit - _dialling(contact):
            add("join_overdue", "The agent answered and was not joined with the customer.")
        elif offer.state not in (OfferState.PENDING, OfferState.ACCEPTED):
            add("offer_over", f"The contact is offered by an offer that is {offer.state.value}.")
    if contact.state in (_S.DIALLING, _S.OFFERED, _S.CONNECTED, _S.HELD) and (
        agent is None or not agent.has(contact.id)
    ):
        add("agent_elsewhere", f"The contact is {contact.state.value} but its agent is not on it.")
    if contact.state is _S.WRAP_UP and not any(
        a.has(contact.id, _A.WRAP_UP) for a in agents.values()
    ):
        add("wrap_up_of_nobody", "The contact is in wrap-up but no agent wraps it up.")
    if contact.state is _S.ENDED:
        if contact.end_reason is None or contact.ended_at is None:
            add("end_incomplete", "The contact ended without a reason or a time.")
        if any(segment.ended_at is None for segment in contact.segments):
            add("segment_open", "The contact ended but a segment of it did not.")
    return found


def _agent(agent: Agent, contacts: dict[str, Contact], limit: datetime) -> list[Finding]:
    found = []

    def add(code: str, text: str) -> None:
        found.append(Finding(code, agent.id, text))

    for one in agent.assignments:
        contact = contacts.get(one.contact_id)
        if one.state is _A.WRAP_UP:
            if one.until is None or one.until < limit:
                add("wrap_up_overdue", "The wrap-up should have ended.")
        elif contact is None or contact.state in (_S.WRAP_UP, _S.ENDED):
            add("agent_without_contact", f"The agent is {one.state.value}, the contact is over.")
        elif agent.id not in (contact.agent_id, contact.consult_agent_id, contact.peer_agent_id):
            add("contact_elsewhere", f"The agent is {one.state.value}, but not for the contact.")
    if len({one.contact_id for one in agent.assignments}) < len(agent.assignments):
        add("twice", "The agent has a contact twice.")
    return found


def _dialling(contact: Contact) -> timedelta:
    """A customer who is called back may let it ring."""
    return timedelta(seconds=120) if contact.call_back is not None else timedelta()


async def _queues(
    store: Store, contacts: Sequence[Contact], queues: Sequence[str]
) -> list[Finding]:
    """Whoever waits stands in the queue that the state names, and nobody else does."""
    wanted: dict[str, set[str]] = {queue: set() for queue in queues}
    for contact in contacts:
        if (place := place_of(contact)) is not None:
            wanted.setdefault(place[0], set()).add(contact.id)
    found = []
    for queue, ids in sorted(wanted.items()):
        actual = set(await store.line("queue", queue))
        for id_ in sorted(ids - actual):
            found.append(Finding("not_in_line", id_, f"Waits, but not in the queue {queue}."))
        for id_ in sorted(actual - ids):
            found.append(Finding("wrongly_in_line", id_, f"Does not wait, but is in {queue}."))
    return found
