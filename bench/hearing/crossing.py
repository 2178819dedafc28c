"""What one end sent and what came out at the other: frame by frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.support.report import percentile

GAP = 0.06
"""Seconds without a frame that a phone's jitter buffer does not hide."""
_OLDEST = 9.0  # the line's noise comes again after 10 s
_MADE = 0.035  # of a gap that the way has made, and not the sender
_CLOCKS = 0.002  # what comes and what goes is timed by two clocks

Log = Sequence[tuple[float, int]]
"""Times and what tells a frame from others."""


@dataclass(frozen=True)
class Crossed:
    """One direction of a call. ``foreign``: frames that the other end never sent; seconds:
    from end to end, and between one arrival and the next. ``gaps`` are those over
    :data:`GAP` that the other end did not make itself by sending late."""

    sent: int
    lost: int
    foreign: int
    delay_p50: float
    delay_p99: float
    delay_max: float
    gaps: int
    longest_gap: float

    @property
    def whole(self) -> bool:
        """Nothing is missing and nothing was added."""
        return self.sent > 0 and not self.lost and not self.foreign


def crossed(sent: Log, received: Log, since: float, until: float) -> Crossed:
    """Of what was sent between ``since`` and ``until``. ``received`` must go on for a
    moment after that."""
    times: dict[int, list[float]] = {}
    for at, key in sent:
        times.setdefault(key, []).append(at)
    leaving = [at for at, _ in sent]
    arrived: set[float] = set()
    delays: list[float] = []
    foreign, before, gaps, longest = 0, 0.0, 0, 0.0
    for at, key in received:
        if since <= at <= until and before:
            longest = max(longest, at - before)
            gaps += at - before > GAP and at - before - _own_gap(leaving, before, at) > _MADE
        before = at
        known = times.get(key, [])
        place = bisect_right(known, at + _CLOCKS)
        if not place or at - known[place - 1] > _OLDEST:
            foreign += since <= at <= until
            continue
        left = known[place - 1]
        if since <= left <= until:
            arrived.add(left)
            delays.append(at - left)
    counted = [at for at, _ in sent if since <= at <= until]
    return Crossed(
        len(counted), sum(at not in arrived for at in counted), foreign,
        percentile(delays, 50), percentile(delays, 99), max(delays, default=float("nan")),
        gaps, longest,
    )  # fmt: skip


def _own_gap(leaving: Sequence[float], since: float, until: float) -> float:
    """The longest time in which the sender sent nothing, about a gap in what came."""
    low = max(0, bisect_right(leaving, since - GAP) - 1)
    near = leaving[low : bisect_right(leaving, until) + 1]
    return max((b - a for a, b in pairwise(near)), default=0.0)
