"""Stretches of a recording that are made silent, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from media.tones import RATE

_APART = 0.05  # seconds between two stretches that are not worth being heard


class Side(StrEnum):
    """Whose sound it is."""

    BOTH = "both"
    CALLER = "caller"
    AGENT = "agent"


class Reason(StrEnum):
    """Why there is silence."""

    AGENT_PAUSE = "agent_pause"  # somebody paused the recording
    SECRET_EXPECTED = "secret_expected"  # noqa: S105  paused while a secret was asked for
    SPOKEN = "spoken"  # a number that is kept nowhere was said
    KEYED = "keyed"  # ...or pressed


@dataclass(frozen=True)
class Silenced:
    """From ``start`` to ``end``, in seconds of the recording."""

    start: float
    end: float
    side: Side
    reason: Reason

    def as_dict(self) -> dict[str, Any]:
        """For a recording's note."""
        return {
            "from": round(self.start, 2), "to": round(self.end, 2), "side": self.side.value,
            "reason": self.reason.value,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Silenced:
        """The inverse; KeyError and ValueError for what is none."""
        return cls(float(raw["from"]), float(raw["to"]), Side(raw["side"]), Reason(raw["reason"]))


def merged(spans: Iterable[Silenced], seconds: float) -> list[Silenced]:
    """In order, within the recording, those of one side and reason apart."""
    found: list[Silenced] = []
    last: dict[tuple[Side, Reason], int] = {}
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        start, end = max(0.0, span.start), min(seconds, span.end)
        if start >= end:
            continue
        kind = (span.side, span.reason)
        before = last.get(kind)
        if before is not None and start <= found[before].end + _APART:
            found[before] = replace(found[before], end=max(end, found[before].end))
        else:
            last[kind] = len(found)
            found.append(replace(span, start=start, end=end))
    return found


class Silencer:
    """Silences the frames of a recording as they pass by."""

    def __init__(self, spans: Sequence[Silenced], channels: int) -> None:
        self._channels = channels
        self._spans = [
            (int(s.start * RATE), -int(-s.end * RATE), self._columns(s.side)) for s in spans
        ]
        self._at = 0

    def _columns(self, side: Side) -> slice:
        if side is Side.BOTH or self._channels == 1:
            return slice(None)
        return slice(0, 1) if side is Side.CALLER else slice(1, 2)

    def apply(self, frames: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """The next frames, shaped (frames, channels), silenced where they must be; a copy
        if anything is."""
        begin, end = self._at, self._at + len(frames)
        self._at = end
        mine = [s for s in self._spans if s[0] < end and s[1] > begin]
        if not mine:
            return frames
        changed = frames.copy()
        for start, stop, columns in mine:
            changed[max(0, start - begin) : stop - begin, columns] = 0
        return changed


def silent_seconds(spans: Iterable[Silenced], side: Side) -> float:
    """How long ``side`` is silenced, however the stretches overlap."""
    total, reached = 0.0, 0.0
    for span in sorted(spans, key=lambda s: s.start):
        if span.side in (side, Side.BOTH):
            total += max(0.0, span.end - max(span.start, reached))
            reached = max(reached, span.end)
    return total
