"""What only time changes about those who wait: when each is to be placed anew, and when
each has waited for as long as its queue lets it.

A part of the board (:mod:`acd.board`). Epoch seconds throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count

from acd.lines import Waiting
from acd.model import Contact, QueueConfig, SegmentKind
from acd.placement import NO_LIMIT

SOONEST = 0.002  # seconds
_FEW = 64  # entries of which void ones do no harm


def waits_since(contact: Contact) -> datetime:
    """From when on its waiting counts in its present queue: it entered it, and has been in a
    parking slot for as long as it was to be."""
    entered = max(s.started_at for s in contact.segments if s.kind is SegmentKind.QUEUE)
    parked = contact.not_before if contact.slot is not None else None
    return max(entered, parked) if parked is not None else entered


class Schedule:
    """``waiting`` are those who wait, by contact, as the board keeps them. Entries of who
    waits no more, or not in this way, are void and left where they are for a while."""

    def __init__(self, waiting: Mapping[str, Waiting]) -> None:
        self._waiting = waiting
        self._due: list[tuple[float, int, str]] = []
        self._overdue: list[tuple[float, int, str, str]] = []
        self._sent_away: dict[str, float] = {}  # contact -> when its time was up
        self._number = count()

    # Places that hold for a time.

    def placed(self, contact_id: str, until: float, at: float) -> None:
        """Its place, which it has since ``at``, holds until then."""
        if until == NO_LIMIT:
            return
        # Not at once again, were it to change a rounding error from now.
        due = max(until, at + SOONEST)
        heappush(self._due, (due, next(self._number), contact_id))
        if len(self._due) > _FEW and len(self._due) > 4 * len(self._waiting):
            self._due = [one for one in self._due if one[2] in self._waiting]
            heapify(self._due)

    def displaced(self, at: float) -> Iterator[str]:
        """Contacts whose place does not hold any more."""
        while self._due and self._due[0][0] <= at:
            _, _, contact_id = heappop(self._due)
            waiting = self._waiting.get(contact_id)
            if waiting is not None and waiting.placement.until <= at + SOONEST:
                yield contact_id

    # Overflow.

    def entered(self, contact: Contact, queue: QueueConfig | None) -> None:
        """The contact waits in ``queue``, which may let it wait for so long only."""
        if queue is None or queue.overflow_after is None or contact.call_back is not None:
            return
        due = waits_since(contact).timestamp() + queue.overflow_after
        if self._sent_away.get(contact.id) == due:
            return
        heappush(self._overdue, (due, next(self._number), contact.id, queue.name))
        if len(self._overdue) > _FEW and len(self._overdue) > 4 * len(self._waiting):
            self._overdue = [one for one in self._overdue if one[2] in self._waiting]
            heapify(self._overdue)

    def gone(self, contact_id: str) -> None:
        """The contact waits no more."""
        self._sent_away.pop(contact_id, None)

    def overflowing(self, at: float) -> list[str]:
        """Contacts that have waited in their queue for as long as they may. Each is told
        once, and again when it comes back to the queue."""
        found = []
        while self._overdue and self._overdue[0][0] <= at:
            due, _, contact_id, queue = heappop(self._overdue)
            waiting = self._waiting.get(contact_id)
            if self._sent_away.get(contact_id) == due:
                continue
            if waiting is not None and waiting.queue == queue and not waiting.taken:
                self._sent_away[contact_id] = due
                found.append(contact_id)
        return found

    def overflow_failed(self, contact_id: str, again_at: float) -> None:
        """The contact could not be sent away: it is to be tried again."""
        waiting = self._waiting.get(contact_id)
        if waiting is not None:
            self._sent_away.pop(contact_id, None)
            heappush(self._overdue, (again_at, next(self._number), contact_id, waiting.queue))

    # When to look again.

    @property
    def next_due(self) -> float | None:
        """When there is something to say next, if nothing happens."""
        overflow = self._next_overflow()
        while self._due:
            until, _, contact_id = self._due[0]
            waiting = self._waiting.get(contact_id)
            if waiting is not None and abs(waiting.placement.until - until) <= 2 * SOONEST:
                return until if overflow is None else min(until, overflow)
            heappop(self._due)
        return overflow

    def _next_overflow(self) -> float | None:
        while self._overdue:
            due, _, contact_id, queue = self._overdue[0]
            waiting = self._waiting.get(contact_id)
            if waiting is not None and waiting.queue == queue:
                return due
            heappop(self._overdue)
        return None
