"""Lines of waiting contacts that are alike in the eyes of every agent.

All contacts of a line ask for the same, on one node, and age equally: who is first is
first until gone, and only the heads of lines need ever be compared.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

from acd.agent_index import Bits
from acd.model import Contact
from acd.placement import Asked, Placement
from core.clock import to_epoch

_numbers = count()


class Waiting:
    """A contact that waits, as far as the choice needs to know it."""

    __slots__ = (
        "complaint",
        "contact_id",
        "line",
        "placement",
        "queue",
        "rank",
        "since",
        "taken",
        "version",
    )

    def __init__(self, contact: Contact, placement: Placement) -> None:
        assert contact.enqueued_at is not None
        self.contact_id = contact.id
        self.queue = contact.queue or ""
        self.version = contact.version
        self.rank = contact.rank
        self.since = to_epoch(contact.enqueued_at)
        self.placement = placement
        self.complaint = bool(contact.attributes.get("complaint"))
        self.line: Line | None = None
        self.taken = False  # a claim is on its way


class Line:
    """One line. ``shut``: its medium is not served at present."""

    __slots__ = ("_heap", "need", "node", "shut", "size", "slope")

    def __init__(self, need: Need, node: str, slope: float) -> None:
        self.need = need
        self.node = node
        self.slope = slope
        self.shut = False
        self.size = 0
        self._heap: list[tuple[float, float, str, int, Waiting]] = []

    def add(self, waiting: Waiting) -> None:
        """Let it stand here, at its rank."""
        waiting.line = self
        self.size += 1
        self.need.grew()
        # The number only keeps two entries of one contact, of which one is void, apart.
        entry = (waiting.rank, waiting.since, waiting.contact_id, next(_numbers), waiting)
        heappush(self._heap, entry)

    def leave(self, waiting: Waiting) -> None:
        """It stands here no more."""
        waiting.line = None
        self.size -= 1
        self.need.shrank()
        if not self.size:
            self._heap.clear()
        elif len(self._heap) > 64 and len(self._heap) > 4 * self.size:
            self._heap = sorted(one for one in self._heap if one[4].line is self)

    def head(self) -> Waiting | None:
        """Who is first; None if nobody waits here."""
        heap = self._heap
        while heap:
            waiting = heap[0][4]
            if waiting.line is self:
                return waiting
            heappop(heap)
        return None

    def all(self) -> list[Waiting]:
        """Everybody, in order."""
        return [one[4] for one in sorted(self._heap) if one[4].line is self]


class Need:
    """All lines that ask for the same. ``size``: how many stand in them; while that is not
    zero the need is in ``live``. ``watchers`` are contacts that would stand here if anybody
    was able to serve them. ``able`` is who is, as of ``version`` of the index."""

    __slots__ = ("able", "asked", "lines", "live", "size", "staffed", "version", "watchers")

    def __init__(self, asked: Asked, live: set[Need]) -> None:
        self.asked = asked
        self.able: Bits = 0
        self.version = -1
        self.staffed = False  # somebody was able when it was last looked at
        self.live = live
        self.size = 0
        self.lines: dict[tuple[str, float], Line] = {}
        self.watchers: set[str] = set()

    def line(self, node: str, slope: float) -> Line:
        """The line for contacts of ``node`` that age by ``slope``."""
        found = self.lines.get((node, slope))
        if found is None:
            found = self.lines[node, slope] = Line(self, node, slope)
        return found

    def grew(self) -> None:
        """One more contact stands here."""
        self.size += 1
        if self.size == 1:
            self.live.add(self)

    def shrank(self) -> None:
        """One contact less stands here."""
        self.size -= 1
        if not self.size:
            self.live.discard(self)

    @property
    def unused(self) -> bool:
        """Whether nobody waits here, or would."""
        return not self.watchers and not self.size
