"""How loud each side of a recording is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.tones import FULL_SCALE, RATE, dbfs

FRAME: Final = RATE // 50
"""Samples that are judged together: 20 ms."""

ACTIVE_DBFS: Final = -45.0
"""A frame louder than this holds something; a quiet line is far below."""

_ACTIVE = 10 ** (ACTIVE_DBFS / 10) * FULL_SCALE**2
# G.711 cannot be louder than this: 32124 (mu-law) and 32256 (A-law) of 32768.
_CLIPPED = 32_000
_CLIPPED_RUN = 3
_CLIPPED_SHARE = 0.001
_QUIET_DBFS = -38.0
_OFFSET = 0.02
_JUDGED_SECONDS = 3.0
_SILENT_SECONDS = 0.2


@dataclass(frozen=True)
class Level:
    """One side over the whole recording. ``rms``, ``peak`` and ``speech`` (the loudness
    of what is not silence) are dBFS; ``clipped`` is the share of what is not silence that
    stands at the end of the scale, ``offset`` the mean as a share of full scale."""

    rms: float
    peak: float
    speech: float
    active_seconds: float
    clipped: float
    offset: float

    def as_dict(self) -> dict[str, Any]:
        """For a recording's note."""
        return {
            "rms_dbfs": self.rms,
            "peak_dbfs": self.peak,
            "speech_dbfs": self.speech,
            "active_seconds": self.active_seconds,
            "clipped": self.clipped,
            "offset": self.offset,
        }


class Meter:
    """Adds up one side. Give it whole frames of 20 ms, except at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0
        self._squares = 0.0
        self._peak = 0
        self._active = 0
        self._active_squares = 0.0
        self._clipped = 0

    def add(self, samples: npt.NDArray[np.int16]) -> None:
        """Go on with ``samples``."""
        if not len(samples):
            return
        top, bottom = int(samples.max()), int(samples.min())
        self._peak = max(self._peak, top, -bottom)
        if max(top, -bottom) >= _CLIPPED:
            self._clipped += _in_runs(np.abs(samples.astype(np.int32)) >= _CLIPPED)
        wide = samples.astype(np.float32)
        whole = len(wide) // FRAME * FRAME
        parts = [wide[:whole].reshape(-1, FRAME)] if whole else []
        parts += [wide[whole:].reshape(1, -1)] if whole < len(wide) else []
        for frames in parts:
            length = frames.shape[1]
            sums = frames.sum(axis=1, dtype=np.float64)
            squares = np.einsum("ij,ij->i", frames, frames).astype(np.float64)
            # A constant is not sound: what a frame's mean holds does not count.
            power = np.maximum(0.0, squares / length - (sums / length) ** 2)
            active = power > _ACTIVE
            self._count += frames.size
            self._sum += float(sums.sum())
            self._squares += float(squares.sum())
            self._active += int(active.sum()) * length
            self._active_squares += float(power[active].sum()) * length

    def level(self) -> Level:
        """What came of it; all zero is -111 dBFS."""
        count, active = max(1, self._count), max(1, self._active)
        return Level(
            rms=round(dbfs(self._squares / count), 1),
            peak=round(dbfs(float(self._peak) ** 2), 1),
            speech=round(dbfs(self._active_squares / active), 1),
            active_seconds=round(self._active / RATE, 2),
            clipped=round(self._clipped / active, 5) if self._clipped else 0.0,
            offset=round(self._sum / count / FULL_SCALE, 4),
        )


def marks(sides: Mapping[str, Level], heard_seconds: float) -> list[str]:
    """What people should know of a recording: ``caller_silent``, ``agent_clipped``...

    ``heard_seconds``: how long it is without what was silenced; of less than three
    seconds nothing is said. Per side: ``silent`` (nothing was ever said), else ``quiet``
    (hard to understand), ``clipped`` (distorted), ``offset`` (a fault of the line).
    """
    if heard_seconds < _JUDGED_SECONDS:
        return []
    found = []
    for name, level in sides.items():
        if abs(level.offset) > _OFFSET:
            found.append(f"{name}_offset")
        if level.active_seconds < _SILENT_SECONDS:
            found.append(f"{name}_silent")
            continue
        if level.clipped >= _CLIPPED_SHARE:
            found.append(f"{name}_clipped")
        if level.speech < _QUIET_DBFS:
            found.append(f"{name}_quiet")
    return found


def _in_runs(at_the_end: npt.NDArray[np.bool_]) -> int:
    """How many samples stand within a run of several: a single one is a mere peak."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], at_the_end.astype(np.int8), [0]))))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _CLIPPED_RUN].sum())
