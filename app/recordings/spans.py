"""What of a recording must be silent: from what was heard, keyed and paused.

All of these know the time of day; a place in the file is found by when the recording
began. While neither side sent anything Asterisk wrote nothing, so a file may be shorter
than the conversation was, and nobody knows where. Then every stretch begins earlier by
all that is missing: rather too much silence than too little.
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

_TOLERANCE = 0.25  # seconds that a file may be shorter without missing anything
_SIDES = {"customer": Side.CALLER, "agent": Side.AGENT}


@dataclass(frozen=True, slots=True)
class TimeLine:
    """From the time of day to the place in the file. ``missing``: seconds by which the
    file is shorter than the time it was written in."""

    started_at: float
    missing: float = 0.0

    @classmethod
    def of(cls, started_at: float, last_written: float, seconds: float) -> TimeLine:
        """Of a file that begins then, was written to last then, and has so much sound."""
        missing = last_written - started_at - seconds
        return cls(started_at, missing if missing > _TOLERANCE else 0.0)

    def span(self, start: float, end: float, side: Side, reason: Reason) -> Silenced:
        """The stretch of the file between two times of day (epoch seconds)."""
        return Silenced(start - self.started_at - self.missing, end - self.started_at, side, reason)


def from_heard(events: Iterable[Event], line: TimeLine) -> list[Silenced]:
    """Of the numbers that were said; where it is not known by whom, on both sides."""
    found = []
    for event in events:
        if event.type != FOUND:
            continue
        side = _SIDES.get(str(event.data.get("leg")), Side.BOTH)
        for start, end in _times(event):
            found.append(
                line.span(start - MARGIN_SECONDS, end + MARGIN_SECONDS, side, Reason.SPOKEN)
            )
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
        line.span(
            float(row["from"]) - MARGIN_SECONDS, float(row["to"]) + MARGIN_SECONDS,
            Side(row["side"]), Reason.KEYED,
        )
        for row in recording.get("keyed", ())
    ]  # fmt: skip


def from_pauses(recording: Mapping[str, Any], line: TimeLine, ended_at: float) -> list[Silenced]:
    """The pauses: silence that Asterisk wrote, so nothing is left to be silenced."""
    return [
        Silenced(
            float(one["from"]) - line.started_at, float(one["to"] or ended_at) - line.started_at,
            Side.BOTH, Reason(one["reason"]),
        )
        for one in recording.get("pauses", ())
    ]  # fmt: skip
