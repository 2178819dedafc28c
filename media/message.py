"""Messages that callers leave: from the raw sound that Asterisk wrote to a recording.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from media.errors import NoAudio
from media.recording.finish import Recording
from media.recording.finish import finalise as finalise_recording
from media.recording.keys import KeyRing
from media.tones import RATE, dbfs

LEAST_SECONDS = 1.0
LEAST_DBFS = -50.0  # of its loudest tenth of a second; a quiet line is far below
_BLOCK = RATE // 10


@dataclass(frozen=True)
class Message:
    """A message that says something; ``peak_dbfs`` is its loudest tenth of a second."""

    recording: Recording
    peak_dbfs: float

    def facts(self) -> dict[str, Any]:
        """For the recording's note."""
        return {**self.recording.facts(), "peak_dbfs": self.peak_dbfs}


def finalise(
    raw: Path, target: Path, *, recording_id: str = "", keys: bool = True,
    ring: KeyRing | None = None,
) -> Message:  # fmt: skip
    """Make ``target`` of ``raw`` (signed linear 16-bit, 8 kHz, mono), which stays; the
    rest as :func:`media.recording.finish.finalise`. Raises NoAudio where nothing is said
    (too short, or silence throughout), and DiskFailed."""
    try:
        size = raw.stat().st_size // 2 * 2
        samples = np.fromfile(raw, dtype="<i2", count=size // 2)
    except FileNotFoundError:
        raise NoAudio(f"There is no raw message {raw}.") from None
    seconds = len(samples) / RATE
    peak = _loudest(samples)
    if seconds < LEAST_SECONDS or peak < LEAST_DBFS:
        raise NoAudio(f"The message {raw.name} says nothing ({seconds:.1f} s, {peak:.0f} dBFS).")
    made = finalise_recording(
        raw, target, recording_id=recording_id, channels=1, keys=keys, ring=ring
    )
    return Message(made, round(peak, 1))


def _loudest(samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> float:
    whole = samples[: len(samples) // _BLOCK * _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    return dbfs(float((whole**2).mean(axis=1).max())) if len(whole) else dbfs(0.0)
