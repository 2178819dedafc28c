"""What happens to an agent: presence and assignments of each move; and the book of
agents.

Like ``acd.moves``: by the state tables, noted in the change, ignorant of Redis,
drivers and timers. Each event ``agent.<what happened>`` tells in its data what the
agent does now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from acd import moves
from acd.agent_states import PRESENCE, Presence, PresenceEvent
from acd.assignment_states import ASSIGNMENT_STATES, AssignmentEvent, AssignmentState
from acd.change import Change
from acd.directory import Directory
from acd.model import Agent, AgentConfig, Assignment, Contact, Medium, Offer, SegmentKind
from acd.reasons import RONA
from acd.store import Store
from core.clock import to_epoch

LOG_OUT = "log_out"  # as next_reason: the wish to log out, not to take a break

_A, _E = AssignmentState, AssignmentEvent


def adopt(change: Change, agent: Agent, config: AgentConfig) -> None:
    """Take over device and skills as configured: ``agent.adopted``, if they are others."""
    device = agent.place or config.device
    if agent.device != device or agent.skills != dict(config.skills):
        was = _before(change, agent)
        agent.device, agent.skills = device, dict(config.skills)
        _after(change, agent, was, "adopted", None)


def moved(change: Change, agent: Agent, config: AgentConfig, place: str | None) -> None:
    """The agent is at ``place`` from now on; None: at their own device. What is in hand
    stays where it is."""
    if agent.place != place:
        was = _before(change, agent)
        agent.place, agent.device = place, place or config.device
        _after(change, agent, was, "moved", None, device=agent.device)


def forwarded(change: Change, agent: Agent, kind: str, number: str | None, **data: object) -> None:
    """Direct calls go to ``number`` in the case ``kind``; None: no more."""
    if agent.forwards.get(kind) != number:
        was = _before(change, agent)
        agent.forwards = {k: v for k, v in agent.forwards.items() if k != kind}
        if number is not None:
            agent.forwards[kind] = number
        _after(change, agent, was, "forwarded", None, forward=kind, on=number is not None, **data)


def say(
    change: Change, agent: Agent, event: PresenceEvent, *, reason: str | None = None,
    contact_id: str | None = None, **data: object,
) -> None:  # fmt: skip
    """Change presence; ``reason`` is that of not-ready. What is in hand goes on."""
    presence = PRESENCE.next(agent.presence, event)
    was = _before(change, agent)
    if presence is Presence.READY and agent.presence is not Presence.READY:
        agent.idle_since = change.now
    agent.presence, agent.reason = presence, reason
    wished = bool(agent.assignments) and event is not PresenceEvent.RONA
    _after(change, agent, was, "wished" if wished else event.value, contact_id, **data)


def offered(change: Change, agent: Agent, contact: Contact, offer: Offer, weight: int) -> None:
    """Reserve a part of the agent for one contact. Who still wraps it up is done."""
    _wrapped_up_before(change, agent, contact)
    was = _before(change, agent)
    agent.turns[offer.queue] = to_epoch(change.now)
    one = _add(change, agent, _A.OFFERED, offer.contact_id, offer.medium, offer.queue, weight)
    one.offer_id = offer.id
    _after(change, agent, was, "offered", offer.contact_id, offer_id=offer.id)


def accepted(change: Change, agent: Agent, offer: Offer) -> None:
    """The agent answered."""
    was = _before(change, agent)
    _move(change, _of(agent, offer.contact_id), _E.ACCEPTED)
    agent.taken += 1
    _after(change, agent, was, "accepted", offer.contact_id)


def joined(change: Change, agent: Agent, contact: Contact, weight: int) -> None:
    """The agent has the contact from a colleague's hand: consulted, or handed over. Who
    still wraps it up is done."""
    _wrapped_up_before(change, agent, contact)
    was = _before(change, agent)
    _add(change, agent, _A.ACTIVE, contact.id, contact.medium, contact.queue, weight)
    agent.taken += 1
    _after(change, agent, was, "accepted", contact.id)


def began(change: Change, agent: Agent, contact: Contact, weight: int) -> None:
    """The agent has the contact by their own doing, or a colleague's who called them: it is
    not one of those that the router shares out."""
    was = _before(change, agent)
    _add(change, agent, _A.ACTIVE, contact.id, contact.medium, contact.queue, weight)
    _after(change, agent, was, "began", contact.id, direction=contact.direction)


def released(
    change: Change, agent: Agent, contact_id: str, *,
    reason: str | None = None, **data: object,
) -> None:  # fmt: skip
    """The contact goes from the agent's hands, without wrap-up: an offer came to
    nothing (``reason``: through the agent, who is not ready then for it), advice was
    given, the contact was parked elsewhere."""
    was = _before(change, agent)
    one = _of(agent, contact_id)
    if one.state is not _A.OFFERED:  # an offer taken back costs nobody their place
        agent.idle_since = change.now
    _move(change, one, _E.RELEASED)
    agent.assignments.remove(one)
    what = "rescinded"
    if reason is not None:
        event = PresenceEvent.RONA if reason == RONA else PresenceEvent.OFFER_FAILED
        was_ready = agent.presence is Presence.READY
        agent.presence = PRESENCE.next(agent.presence, event)
        if agent.presence is not Presence.NOT_READY:
            agent.reason = None
        elif was_ready:  # whoever takes a break already keeps the reason they gave
            agent.reason = reason
        what = event.value
    _after(change, agent, was, what, contact_id, **data)


def contact_over(change: Change, agent: Agent, contact: Contact, wrap_up_seconds: float) -> None:
    """An agent's part in ``contact`` is over: wrap-up begins, if there is any."""
    one = agent.assignment(contact.id)
    if one is None:
        return
    was = _before(change, agent)
    _move(change, one, _E.CONTACT_ENDED)
    if wrap_up_seconds > 0:
        one.until = change.now + timedelta(seconds=wrap_up_seconds)
        moves.start(change, contact, SegmentKind.WRAP_UP, agent_id=agent.id, queue=contact.queue)
    else:
        _gone(change, agent, one)
    _after(change, agent, was, "contact_ended", contact.id, wrap_up=wrap_up_seconds)


def wrapped_up(change: Change, agent: Agent, contact_id: str, contact: Contact | None) -> None:
    """Wrap-up ends; what the agent said meanwhile comes next. ``contact`` is None if it
    is gone already."""
    was = _before(change, agent)
    _gone(change, agent, _of(agent, contact_id))
    if contact is not None:
        moves.stop(change, contact, SegmentKind.WRAP_UP, agent_id=agent.id)
        moves.settle(change, contact)
    _after(change, agent, was, "wrapped_up", contact_id)


def _wrapped_up_before(change: Change, agent: Agent, contact: Contact) -> None:
    if agent.has(contact.id, _A.WRAP_UP):
        wrapped_up(change, agent, contact.id, contact)


def parked(change: Change, agent: Agent, contact_id: str) -> None:
    """The agent was called away from the contact and keeps it."""
    was = _before(change, agent)
    _move(change, _of(agent, contact_id), _E.PARKED)
    _after(change, agent, was, "parked", contact_id)


def resumed(change: Change, agent: Agent, contact_id: str) -> None:
    """...and comes back to it."""
    was = _before(change, agent)
    _move(change, _of(agent, contact_id), _E.RESUMED)
    _after(change, agent, was, "resumed", contact_id)


def _of(agent: Agent, contact_id: str) -> Assignment:
    one = agent.assignment(contact_id)
    if one is None:
        raise LookupError(f"{agent.id} does not have {contact_id}")
    return one


def _move(change: Change, one: Assignment, event: AssignmentEvent) -> None:
    one.state = ASSIGNMENT_STATES.next(one.state, event)
    one.since = change.now


def _add(
    change: Change, agent: Agent, state: AssignmentState, contact_id: str, medium: Medium,
    queue: str | None, weight: int,
) -> Assignment:  # fmt: skip
    one = Assignment(
        contact_id=contact_id, medium=medium, queue=queue, weight=weight, state=state,
        since=change.now,
    )  # fmt: skip
    agent.assignments.append(one)
    return one


def _gone(change: Change, agent: Agent, one: Assignment) -> None:
    _move(change, one, _E.WRAPPED_UP)
    agent.assignments.remove(one)
    agent.idle_since = change.now


def _before(change: Change, agent: Agent) -> tuple[object, bool]:
    change.touch(agent)
    if agent.day != change.day:
        # What is in hand at midnight counts for both days, each its part.
        agent.day, agent.occupied, agent.taken = change.day, 0.0, 0
        if agent.occupied_since is not None:
            agent.occupied_since = change.now
    return (agent.state, agent.reason), bool(agent.assignments)


def _after(
    change: Change, agent: Agent, was: tuple[object, bool], what: str, contact_id: str | None,
    **data: Any,
) -> None:  # fmt: skip
    shown, occupied = was
    state = agent.state
    if (state, agent.reason) != shown:
        agent.since = change.now
    if agent.assignments and not occupied:
        agent.occupied_since = change.now
    elif occupied and not agent.assignments and agent.occupied_since is not None:
        agent.occupied += max(0.0, (change.now - agent.occupied_since).total_seconds())
        agent.occupied_since = None
    data = {"state": state.value, "reason": agent.reason, **data}
    if agent.assignments and agent.presence is not Presence.READY:
        data["next_reason"] = agent.next_reason
    change.tell(f"agent.{what}", agent_id=agent.id, contact_id=contact_id, data=data)


class Agents:
    """The book of agents (``router.agents``)."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    async def get(self, agent_id: str) -> Agent:
        """The agent as the router sees them; raises
        :class:`~acd.errors.AgentNotFound` for who is not configured."""
        agent = (await self._store.scene("agent", agent_id)).agent
        return agent or new(self._directory.agent(agent_id))

    async def all(self) -> list[Agent]:
        """Everybody who is configured or still at work."""
        known = {agent.id: agent for agent in await self._store.agents()}
        for config in self._directory.agents():
            known.setdefault(config.id, new(config))
        return [known[id_] for id_ in sorted(known)]


def new(config: AgentConfig) -> Agent:
    """An agent who has never logged in."""
    return Agent(id=config.id, device=config.device, skills=dict(config.skills))
