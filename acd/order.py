"""The order of contacts: priority first, then age; comparable across all queues.

The order is one number that does not change while a contact waits, so that Redis
keeps waiting contacts sorted and nothing is ever sorted again. A linear ageing
rate fits the same form: waiting ``PRIORITY_SECONDS`` longer weighs as much as one
point of priority. At the present value (116 days) priority is strict.
"""

from __future__ import annotations

from acd.model import Contact
from core.clock import to_epoch
from core.errors import BadInput

PRIORITY_SECONDS = 10_000_000.0
LEAST_PRIORITY, MOST_PRIORITY = -1000, 1000  # a double then still tells microseconds apart


def rank(contact: Contact) -> float:
    """Lower is served first. The contact must have entered a queue."""
    assert contact.enqueued_at is not None
    return to_epoch(contact.enqueued_at) - contact.priority * PRIORITY_SECONDS


def check_priority(priority: int) -> int:
    """The priority; raises :class:`~core.errors.BadInput` if out of range."""
    if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
        raise BadInput(
            f"The priority {priority} is out of range.",
            hint=f"Allowed: {LEAST_PRIORITY} to {MOST_PRIORITY}; higher is served first.",
        )
    return priority
