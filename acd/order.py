"""The order of contacts: priority plus age, comparable across all queues.

A contact's *score* is its priority plus what its waiting is worth: the queue's
ageing rate, in points of priority a minute. The highest score of all is served
first, whatever the queue, and since every score grows nobody waits for ever.

    score(now) = priority + slope * (now - enqueued_at)

Of contacts with one slope the order never changes while they wait, so each line of
alike contacts is sorted once, by :func:`rank`; only the heads of lines are compared,
by :func:`score`, at the time of the decision.
"""

from __future__ import annotations

from datetime import UTC, datetime

from acd.model import Contact, Ordering, QueueConfig
from core.clock import to_epoch
from core.errors import BadInput

LEAST_PRIORITY, MOST_PRIORITY = -1000, 1000
USUAL_TARGET_SECONDS = 20.0  # at which both orderings age alike
# Epoch seconds are too large to be told apart by microseconds when scaled.
_BASE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def slope(queue: QueueConfig) -> float:
    """Points of priority that a contact of ``queue`` gains a second. Under the
    ordering ``service_level`` waiting counts in shares of the target: a queue with
    half the target ages twice as fast."""
    rate = queue.ageing / 60.0
    if queue.ordering is Ordering.SERVICE_LEVEL:
        rate *= USUAL_TARGET_SECONDS / queue.service_level_seconds
    return rate


def rank(contact: Contact) -> float:
    """Lower is served first, among contacts of one slope. The contact must have
    entered a queue."""
    assert contact.enqueued_at is not None
    return contact.slope * (to_epoch(contact.enqueued_at) - _BASE) - contact.priority


def score(rank_: float, slope_: float, now: float) -> float:
    """Higher is served first, among all contacts; ``now`` in epoch seconds."""
    return slope_ * (now - _BASE) - rank_


def check_priority(priority: int) -> int:
    """The priority; raises :class:`~core.errors.BadInput` if out of range."""
    if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
        raise BadInput(
            f"The priority {priority} is out of range.",
            hint=f"Allowed: {LEAST_PRIORITY} to {MOST_PRIORITY}; higher is served first.",
        )
    return priority
