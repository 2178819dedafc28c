"""What of a recording must be silent: from what was heard, keyed and paused.

All of these know the time of day; a place in the file is found by when the recording
began. That is known within bounds only: Asterisk began some time between being asked and
answering, and while neither side sends anything it writes nothing, so a file may be
shorter than the conversation was, and nobody knows where. Each stretch is as long as all
of that allows: rather too much silence than too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.events import Event
from media.recording.silencing import Reason, Side, Silenced

FOUND: Final = "sensitive.found"
MARGIN_SECONDS: Final = 0.3
"""Between the clocks of what heard it and of Asterisk's file."""

_SIDES = {"customer": Side.CALLER, "agent": Side.AGENT}


@dataclass(frozen=True, slots=True)
class TimeLine:
    """From the time of day to the place in the file.

    The recording began at ``started_at`` (epoch seconds), or up to ``early`` seconds
    before; ``missing`` is by how much the file is shorter than the time it was written in.
    """

    started_at: float
    missing: float = 0.0
    early: float = 0.0

    @classmethod
    def of(
        cls, started_at: float, last_written: float, seconds: float, *, asked_at: float | None
    ) -> TimeLine:
        """Of a file that has so much sound and was written to last then."""
        spent = last_written - started_at
        early = max(0.0, seconds - spent, 0.0 if asked_at is None else started_at - asked_at)
        return cls(started_at, max(0.0, spent - seconds), early)

    def span(self, start: float, end: float, side: Side, reason: Reason) -> Silenced:
        """The stretch of the file between two times of day (epoch seconds)."""
        begins = start - self.started_at - self.missing - MARGIN_SECONDS
        ends = end - self.started_at + self.early + MARGIN_SECONDS
        return Silenced(begins, ends, side, reason)


def from_heard(events: Iterable[Event], line: TimeLine) -> list[Silenced]:
    """Of the numbers that were said; where it is not known by whom, on both sides."""
    found = []
    for event in events:
        if event.type != FOUND:
            continue
        side = _SIDES.get(str(event.data.get("leg")), Side.BOTH)
        for start, end in _times(event):
            found.append(line.span(start, end, side, Reason.SPOKEN))
    return found


def _times(event: Event) -> list[tuple[float, float]]:
    """From when to when, in epoch seconds. ``spans`` are seconds of the conversation's
    clock, ``from`` the epoch of the first one's beginning."""
    start, end = event.data.get("from"), event.data.get("to")
    if start is None or end is None:
        return []
    spans = event.data.get("spans") or [[0.0, float(end) - float(start)]]
    zero = float(start) - float(spans[0][0])
    return [(zero + float(a), zero + float(b)) for a, b in spans]


def from_keys(recording: Mapping[str, Any], line: TimeLine) -> list[Silenced]:
    """Of keys that were pressed in a row, which the recorder noted."""
    return [
        line.span(float(row["from"]), float(row["to"]), Side(row["side"]), Reason.KEYED)
        for row in recording.get("keyed", ())
    ]


def from_pauses(recording: Mapping[str, Any], line: TimeLine, ended_at: float) -> list[Silenced]:
    """The pauses: silence that Asterisk wrote, so nothing is left to be silenced."""
    return [
        Silenced(
            float(one["from"]) - line.started_at, float(one["to"] or ended_at) - line.started_at,
            Side.BOTH, Reason(one["reason"]),
        )
        for one in recording.get("pauses", ())
    ]  # fmt: skip
