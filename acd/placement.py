"""What a waiting contact asks for at this moment, and until when.

Three things change it while it waits: an agent is preferred for a time; the queue's
relaxation steps ask for less and less; and its requirement may speak of ``waiting``.
Between those moments it stands still, so each contact has one place until ``until``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from acd.model import Contact, Medium, PreferredKind, QueueConfig
from acd.requirement import (
    ANYONE,
    Requirement,
    all_of,
    any_of,
    drop,
    lower,
    of_skills,
    parse,
    specialise,
)

Queues = Mapping[str, QueueConfig]
NO_LIMIT = float("inf")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who may take a contact: an agent of ``requirement`` for ``medium``, or ``only``
    this agent. Contacts that ask for the same wait in one line."""

    medium: Medium
    requirement: Requirement
    only: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """``asked`` holds until ``until`` (epoch seconds; infinity: for ever); None: nobody
    may be offered the contact yet. ``step`` counts the relaxation steps in force;
    ``skipped`` are places that nobody logged in could fill."""

    asked: Asked | None
    until: float
    step: int = 0
    skipped: tuple[Asked, ...] = ()


def place(
    contact: Contact, queues: Queues, now: datetime, anybody: Callable[[Asked], bool]
) -> Placement:
    """Where ``contact`` stands now. ``anybody`` tells whether an agent who fits is logged
    in: a stage that nobody can fill is passed over at once."""
    at = now.timestamp()
    if contact.not_before is not None and contact.not_before > now:
        return Placement(None, contact.not_before.timestamp())
    assert contact.enqueued_at is not None
    queue = queues.get(contact.queue or "") or QueueConfig(name=contact.queue or "")
    entered = contact.enqueued_at.timestamp()
    waiting = max(0.0, at - entered)
    skipped: list[Asked] = []
    for wish in contact.preferred:
        until = (wish.since + timedelta(seconds=wish.seconds)).timestamp()
        if until <= at:
            continue
        requirement = ANYONE
        if wish.kind is PreferredKind.LAST:
            requirement, _ = _asked(contact, queue, queues, 0, waiting)
        asked = Asked(contact.medium, requirement, wish.agent_id)
        if anybody(asked):
            return Placement(asked, until, 0, tuple(skipped))
        skipped.append(asked)
    due = sum(step.after <= waiting for step in queue.relax)
    first: Placement | None = None
    for step in range(due, len(queue.relax) + 1):
        requirement, changes = _asked(contact, queue, queues, step, waiting)
        next_step = queue.relax[step].after if step < len(queue.relax) else NO_LIMIT
        until = entered + min(next_step, NO_LIMIT if changes is None else changes)
        asked = Asked(contact.medium, requirement)
        placement = Placement(asked, until, step, tuple(skipped))
        if anybody(asked):
            return placement
        skipped.append(asked)
        first = first or placement
    assert first is not None
    # Nobody fits any step: it waits for whom it asks for now, or might ask for.
    return Placement(first.asked, first.until, first.step, tuple(skipped))


def _asked(
    contact: Contact, queue: QueueConfig, queues: Queues, step: int, waiting: float
) -> tuple[Requirement, float | None]:
    """The requirement after ``step`` relaxations, with the contact's values put in, and
    from which waiting time on it would be another."""
    whole = _whole(
        queue.name, step, tuple(contact.asked_skills.items()), contact.asks, _Held(queues)
    )
    if not whole.timed and not whole.facts:
        return whole, None
    return specialise(whole, facts(contact), waiting)


def facts(contact: Contact) -> dict[str, object]:
    """What a requirement may ask of a contact: its attributes, and what it is."""
    return {
        **contact.attributes,
        "medium": contact.medium.value,
        "channel": contact.channel,
        "direction": contact.direction,
        "business": contact.business,
        "language": contact.language,
        "priority": contact.priority,
        "dialled_number": contact.dialled_number,
    }


class _Held:
    """Queues as a key of the cache: one set of queues is one key."""

    __slots__ = ("queues",)

    def __init__(self, queues: Queues) -> None:
        self.queues = queues

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.queues is self.queues

    def __hash__(self) -> int:
        return id(self.queues)


@lru_cache(maxsize=1 << 14)
def _whole(
    name: str, step: int, asked_skills: tuple[tuple[str, int], ...], asks: str, held: _Held
) -> Requirement:
    queue = held.queues.get(name)
    if queue is None:
        return all_of(of_skills(dict(asked_skills)), parse(asks) if asks else ANYONE)
    own = all_of(of_skills(dict(asked_skills)), _own(asks, held.queues))
    required = all_of(queue.requirement, own)
    others: list[Requirement] = []
    for relaxation in queue.relax[:step]:
        required = drop(lower(required, dict(relaxation.lower)), tuple(relaxation.drop))
        others += [held.queues[also].requirement for also in relaxation.also]
    return any_of(required, *others) if others else required


def _own(asks: str, queues: Queues) -> Requirement:
    if not asks:
        return ANYONE
    known = {skill for queue in queues.values() for skill in queue.requirement.skills}
    return parse(asks, known)
