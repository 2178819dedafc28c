"""Who is served next, found by looking at everybody: slow, plain, and written from the
declared rules only, to compare the router with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.contact_states import ContactState
from acd.model import (
    Agent,
    Contact,
    Medium,
    Ordering,
    PreferredKind,
    QueueConfig,
    Strategy,
)
from tests.acd.proof.firm import AGENT, BOUNDARIES, QUEUE, REQUIRES, WISHES, anyone

WEIGHT = {
    Medium.VOICE: 100, Medium.VIDEO: 100, Medium.CHAT: 25, Medium.SOCIAL: 20, Medium.SMS: 15,
    Medium.EMAIL: 10, Medium.TASK: 10,
}  # fmt: skip
MOST = {Medium.VOICE: 1, Medium.VIDEO: 1}
INTERRUPTS = (Medium.VOICE, Medium.VIDEO)
INTERRUPTIBLE = (Medium.EMAIL, Medium.TASK)
NEAR = 0.01  # seconds: so close to a boundary both sides are right

Hands = Mapping[str, tuple[Medium, AssignmentState]]
"""What an agent has in hand, by contact."""


@dataclass(frozen=True, slots=True)
class Next:
    """The contact that is to be offered, and to whom."""

    contact: Contact
    agent: Agent


def hands_of(agent: Agent) -> dict[str, tuple[Medium, AssignmentState]]:
    """What the agent has in hand."""
    return {one.contact_id: (one.medium, one.state) for one in agent.assignments}


def load(hands: Hands, *, over: Medium | None = None) -> int:
    """How much is taken; by whatever would be in the way of ``over``, if given. After-call
    work cannot be put aside."""
    return sum(
        WEIGHT[medium]
        for medium, state in hands.values()
        if state is not AssignmentState.PARKED
        and not (
            over in INTERRUPTS and medium in INTERRUPTIBLE and state is not AssignmentState.WRAP_UP
        )
    )


def fixed(hands: Hands) -> int:
    """How much is taken by what never gives way to anything: at no instant more than
    there is. (The after-call work of what was put aside comes on top of a call.)"""
    return sum(
        WEIGHT[medium]
        for medium, state in hands.values()
        if state is not AssignmentState.PARKED and medium not in INTERRUPTIBLE
    )


def fits(agent_id: str, hands: Hands, medium: Medium) -> bool:
    """Whether one more contact of ``medium`` fits."""
    config = AGENT[agent_id]
    alike = [m for m, state in hands.values()
             if m is medium and state is not AssignmentState.PARKED]  # fmt: skip
    most = config.most.get(medium, MOST.get(medium, 100))
    return len(alike) < most and load(hands, over=medium) + WEIGHT[medium] <= config.capacity


def score(contact: Contact, now: datetime) -> float:
    """Priority plus what the waiting is worth."""
    assert contact.enqueued_at is not None
    queue = QUEUE[contact.queue or ""]
    a_minute = queue.ageing
    if queue.ordering is Ordering.SERVICE_LEVEL:
        a_minute = a_minute * 20 / queue.service_level_seconds
    return contact.priority + a_minute / 60 * (now - contact.enqueued_at).total_seconds()


def accepts(contact: Contact, step: int, agent: Agent, now: datetime) -> bool:
    """Whether the agent is what the contact asks for after ``step`` relaxations."""
    assert contact.enqueued_at is not None
    queue = QUEUE[contact.queue or ""]
    waiting = (now - contact.enqueued_at).total_seconds()
    skills = dict(queue.skills)
    for skill, least in contact.asked_skills.items():
        skills[skill] = max(least, skills.get(skill, 0))
    others: list[QueueConfig] = []
    for relaxation in queue.relax[:step]:
        for skill, least in relaxation.lower.items():
            if skill in skills:
                skills[skill] = min(skills[skill], least)
        for skill in relaxation.drop:
            skills.pop(skill, None)
        others += [QUEUE[name] for name in relaxation.also]
    own = dict(WISHES.values())[contact.asks]
    mentioned = set(skills) | {skill for other in others for skill in other.skills}
    if any(skill.startswith("only.") and skill not in mentioned for skill in agent.skills):
        return False
    config = AGENT[agent.id]
    if (
        all(agent.skills.get(skill, 0) >= least for skill, least in skills.items())
        and REQUIRES.get(queue.name, anyone)(agent, config, waiting)
        and own(agent, config, waiting)
    ):
        return True
    return any(
        all(agent.skills.get(skill, 0) >= least for skill, least in other.skills.items())
        and REQUIRES.get(other.name, anyone)(agent, config, waiting)
        for other in others
    )


def able(contact: Contact, staff: Iterable[Agent], now: datetime) -> set[str]:
    """Whom of those logged in the contact may be offered now, free or not."""
    here = [agent for agent in staff if agent.presence is not Presence.LOGGED_OUT]
    if contact.not_before is not None and contact.not_before > now:
        return set()
    passed_on = contact.passed_on
    others: set[str] = set()
    if passed_on is not None and now < passed_on.until:
        others = _of([agent for agent in here if agent.id != passed_on.agent_id], contact, now)
    return others or _of(here, contact, now)


def _of(here: Collection[Agent], contact: Contact, now: datetime) -> set[str]:
    """Whom of these the contact may be offered now, were nobody else there."""
    assert contact.enqueued_at is not None
    for wish in contact.preferred:
        if (now - wish.since).total_seconds() >= wish.seconds:
            continue
        found = [agent for agent in here if agent.id == wish.agent_id]
        if wish.kind is PreferredKind.LAST:
            found = [agent for agent in found if accepts(contact, 0, agent, now)]
        else:
            found = [a for a in found if not any(s.startswith("only.") for s in a.skills)]
        if found:
            return {wish.agent_id}
    queue = QUEUE[contact.queue or ""]
    waiting = (now - contact.enqueued_at).total_seconds()
    due = sum(relaxation.after <= waiting for relaxation in queue.relax)
    for step in range(due, len(queue.relax) + 1):
        if fitting := {agent.id for agent in here if accepts(contact, step, agent, now)}:
            return fitting
    return set()


def borderline(contact: Contact, now: datetime) -> bool:
    """Whether what the contact asks for changes at this very instant."""
    assert contact.enqueued_at is not None
    waiting = (now - contact.enqueued_at).total_seconds()
    ends = [(now - w.since).total_seconds() - w.seconds for w in contact.preferred]
    if contact.passed_on is not None:
        ends.append((now - contact.passed_on.until).total_seconds())
    if contact.not_before is not None:
        ends.append((now - contact.not_before).total_seconds())
    return any(abs(end) < NEAR for end in [*ends, *(waiting - b for b in BOUNDARIES)])


def strategy_of(contact: Contact) -> Strategy:
    """By what an agent is chosen for the contact."""
    if contact.attributes.get("complaint"):
        return Strategy.MOST_EXPERIENCED
    return QUEUE[contact.queue or ""].strategy


def merit(contact: Contact, agent: Agent, now: datetime) -> tuple[float, float, float, str]:
    """The least is chosen."""
    strategy, config = strategy_of(contact), AGENT[agent.id]
    by = 0.0
    if strategy is Strategy.LEAST_OCCUPIED:
        since = agent.occupied_since
        by = agent.occupied + ((now - since).total_seconds() if since else 0.0)
    elif strategy is Strategy.BEST_PROFICIENCY:
        asked = {*QUEUE[contact.queue or ""].skills, *contact.asked_skills}
        by = -float(sum(agent.skills.get(skill, 0) for skill in asked))
    elif strategy is Strategy.ROUND_ROBIN:
        by = agent.turns.get(contact.queue or "", 0.0)
    elif strategy is Strategy.WEIGHTED:
        by = (agent.taken + 1) / config.weight
    elif strategy is Strategy.MOST_EXPERIENCED:
        by = -config.experience
    idle = agent.idle_since.timestamp() if agent.idle_since else 0.0
    return by, load(hands_of(agent)), idle, agent.id


def first(
    contacts: Iterable[Contact], staff: Collection[Agent], now: datetime,
    open_to: Collection[str],
) -> Next | None:  # fmt: skip
    """The first of the waiting, in the order of all, for whom somebody is free. Only
    contacts in ``open_to`` are offered at present."""
    waiting = [c for c in contacts if c.state is ContactState.QUEUED and c.id in open_to]
    for contact in sorted(waiting, key=lambda c: (-score(c, now), c.enqueued_at, c.id)):
        if borderline(contact, now):
            continue
        may = able(contact, staff, now)
        free = [
            agent
            for agent in staff
            if agent.id in may
            and agent.presence is Presence.READY
            and fits(agent.id, hands_of(agent), contact.medium)
        ]
        if free:
            return Next(contact, min(free, key=lambda agent: merit(contact, agent, now)))
    return None
