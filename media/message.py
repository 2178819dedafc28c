"""Messages that callers leave: from the raw sound that Asterisk wrote to a wav file.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from media import wav
from media.errors import NoAudio
from media.tones import RATE, dbfs

LEAST_SECONDS = 1.0
LEAST_DBFS = -50.0  # of its loudest tenth of a second; a quiet line is far below
_BLOCK = RATE // 10


@dataclass(frozen=True)
class Message:
    """A message that says something."""

    path: Path
    seconds: float
    bytes: int
    peak_dbfs: float


def finalise(raw: Path, target: Path) -> Message:
    """Make the wav file ``target`` of ``raw`` (signed linear 16-bit, 8 kHz, mono), which
    stays. Safe to repeat. Raises NoAudio where nothing is said (too short, or silence
    throughout), and DiskFailed."""
    try:
        samples = np.fromfile(raw, dtype="<i2")
    except FileNotFoundError:
        raise NoAudio(f"There is no raw message {raw}.") from None
    seconds = len(samples) / RATE
    peak = _loudest(samples)
    if seconds < LEAST_SECONDS or peak < LEAST_DBFS:
        raise NoAudio(f"The message {raw.name} says nothing ({seconds:.1f} s, {peak:.0f} dBFS).")
    wav.write(target, samples)
    return Message(target, round(seconds, 3), target.stat().st_size, round(peak, 1))


def _loudest(samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> float:
    whole = samples[: len(samples) // _BLOCK * _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    return dbfs(float((whole**2).mean(axis=1).max())) if len(whole) else dbfs(0.0)
