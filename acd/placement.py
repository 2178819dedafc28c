"""What a waiting contact asks for at this moment, and until when.

Four things change it while it waits: an agent is preferred for a time; for a time it is
kept from the agent who has just passed it on; the queue's relaxation steps ask for less
and less; and its requirement may speak of ``waiting``. Between those moments it stands
still, so each contact has one place until ``until``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from acd.model import Contact, Medium, PreferredKind, QueueConfig
from acd.requirement import (
    ANYONE,
    Requirement,
    RequirementError,
    all_of,
    any_of,
    drop,
    load,
    lower,
    of_skills,
    specialise,
)
from core.log import get_logger

log = get_logger(__name__)

Queues = Mapping[str, QueueConfig]
NO_LIMIT = float("inf")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who may take a contact: an agent of ``requirement`` for ``medium``; ``only`` this
    agent, or anybody ``but`` this one. Contacts that ask for the same wait in one line."""

    medium: Medium
    requirement: Requirement
    only: str | None = None
    but: str | None = None


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
    in: a stage that nobody can fill is passed over at once, and so is it that the contact
    is kept from who passed it on, if nobody else fits any stage to come."""
    at = now.timestamp()
    if contact.not_before is not None and contact.not_before > now:
        return Placement(None, contact.not_before.timestamp())
    queue = queues.get(contact.queue or "") or QueueConfig(name=contact.queue or "")
    skipped: list[Asked] = []
    first: tuple[Asked, float, int] | None = None
    sooner = NO_LIMIT  # when somebody may fit what was passed over
    for asked, until, changes, step in _stages(contact, queue, queues, at):
        if anybody(asked):
            return Placement(asked, min(until, sooner), step, tuple(skipped))
        skipped.append(asked)
        sooner = min(sooner, changes)
        if first is None and asked.only is None and asked.but is None:
            first = asked, until, step
    assert first is not None
    # Nobody fits any step: it waits for whom it asks for now, or might ask for.
    asked, until, step = first
    return Placement(asked, min(until, sooner), step, tuple(skipped))


_Stages = Iterator[tuple[Asked, float, float, int]]
"""What may be asked; until when; when it would be another requirement; after how many
steps. (Epoch seconds.)"""


def _stages(contact: Contact, queue: QueueConfig, queues: Queues, at: float) -> _Stages:
    """All that it may ask for now, in this order."""
    passed_on = contact.passed_on
    if passed_on is None or (until := passed_on.until.timestamp()) <= at:
        yield from _wishes(contact, queue, queues, at)
    else:
        wishes = list(_wishes(contact, queue, queues, at))
        yield from (wish for wish in wishes if wish[0].only != passed_on.agent_id)
        for asked, ends, changes, step in _steps(contact, queue, queues, at):
            yield replace(asked, but=passed_on.agent_id), min(ends, until), changes, step
        yield from (wish for wish in wishes if wish[0].only == passed_on.agent_id)
    yield from _steps(contact, queue, queues, at)


def _wishes(contact: Contact, queue: QueueConfig, queues: Queues, at: float) -> _Stages:
    for wish in contact.preferred:
        until = (wish.since + timedelta(seconds=wish.seconds)).timestamp()
        if until <= at:
            continue
        requirement, changes = ANYONE, NO_LIMIT
        if wish.kind is PreferredKind.LAST:
            requirement, changes = _asked(contact, queue, queues, 0, at)
        asked = Asked(contact.medium, requirement, wish.agent_id)
        yield asked, min(until, changes), changes, 0


def _steps(contact: Contact, queue: QueueConfig, queues: Queues, at: float) -> _Stages:
    """The relaxation step in force and those to come."""
    entered = _entered(contact)
    waiting = max(0.0, at - entered)
    due = sum(step.after <= waiting for step in queue.relax)
    for step in range(due, len(queue.relax) + 1):
        requirement, changes = _asked(contact, queue, queues, step, at)
        next_step = entered + queue.relax[step].after if step < len(queue.relax) else NO_LIMIT
        yield Asked(contact.medium, requirement), min(next_step, changes), changes, step


def _entered(contact: Contact) -> float:
    assert contact.enqueued_at is not None
    return contact.enqueued_at.timestamp()


def _asked(
    contact: Contact, queue: QueueConfig, queues: Queues, step: int, at: float
) -> tuple[Requirement, float]:
    """The requirement after ``step`` relaxations, with the contact's values put in, and
    from when on it would be another."""
    whole = _whole(
        queue.name, step, tuple(contact.asked_skills.items()), contact.asks, _Held(queues)
    )
    if not whole.timed and not whole.facts:
        return whole, NO_LIMIT
    entered = _entered(contact)
    requirement, changes = specialise(whole, facts(contact), max(0.0, at - entered))
    return requirement, NO_LIMIT if changes is None else entered + changes


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
    own = all_of(of_skills(dict(asked_skills)), _own(asks))
    if queue is None:
        return own
    required = all_of(queue.requirement, own)
    others: list[Requirement] = []
    for relaxation in queue.relax[:step]:
        required = drop(lower(required, dict(relaxation.lower)), tuple(relaxation.drop))
        others += [held.queues[also].requirement for also in relaxation.also]
    return any_of(required, *others) if others else required


def _own(asks: str) -> Requirement:
    try:
        return load(asks) if asks else ANYONE
    except RequirementError as error:  # another version of ours wrote it
        log.warning("placement.unreadable", code=error.code)
        return ANYONE
