"""The outline of a recording's waveform, small enough to be drawn at once.

Of each 20 ms and channel the least and the greatest sample, as int8 (of 256 steps of the
scale): 200 bytes a second of a conversation. As bytes: ``PLPK``, version (1), windows a
second, channels, an unused byte, the number of windows (big endian), then for each window
and channel least and greatest.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.errors import BadAudio
from media.tones import RATE

PER_SECOND: Final = 50
_WINDOW = RATE // PER_SECOND
_HEAD = struct.Struct(">4sBBBBI")
_MAGIC, _VERSION = b"PLPK", 1

Outline = npt.NDArray[np.int8]
"""Shaped (windows, channels, 2): least and greatest."""


def encoded_size(frames: int, channels: int) -> int:
    """Bytes of the outline of so many frames."""
    return _HEAD.size + -(-frames // _WINDOW) * channels * 2


class PeakMaker:
    """Makes the outline. Give it whole windows of 20 ms, except at the end."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._parts: list[Outline] = []

    def add(self, frames: npt.NDArray[np.int16]) -> None:
        """Go on with ``frames``, shaped (frames, channels)."""
        whole = len(frames) // _WINDOW * _WINDOW
        for part, size in ((frames[:whole], _WINDOW), (frames[whole:], len(frames) - whole)):
            if len(part):
                # Each channel in a row of its own: much quicker to go through.
                windows = np.ascontiguousarray(part.T).reshape(self._channels, -1, size)
                # Rounded outwards, so that what is not silent is seen.
                least = windows.min(axis=2) >> 8
                greatest = -(-windows.max(axis=2).astype(np.int32) >> 8)
                both = np.stack([least.T, np.minimum(greatest, 127).T], axis=2)
                self._parts.append(both.astype(np.int8))

    def peaks(self) -> Peaks:
        """What came of it."""
        empty = np.zeros((0, self._channels, 2), dtype=np.int8)
        return Peaks(np.concatenate([empty, *self._parts]))


@dataclass(frozen=True)
class Peaks:
    """An outline of :data:`PER_SECOND` windows a second."""

    outline: Outline

    def as_bytes(self) -> bytes:
        """As it is kept."""
        count, channels, _ = self.outline.shape
        return _HEAD.pack(_MAGIC, _VERSION, PER_SECOND, channels, 0, count) + self.outline.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Peaks:
        """The inverse; raises BadAudio."""
        try:
            magic, version, per_second, channels, _, count = _HEAD.unpack_from(data)
            if (magic, version, per_second) != (_MAGIC, _VERSION, PER_SECOND):
                raise ValueError
            values = np.frombuffer(data, dtype=np.int8, offset=_HEAD.size)
            return cls(values.reshape(count, channels, 2))
        except (struct.error, ValueError):
            raise BadAudio("This is no outline of a recording.") from None

    def reduced(self, points: int) -> list[dict[str, Any]]:
        """For each channel ``least`` and ``greatest``, each a list of at most ``points``
        numbers from -128 to 127."""
        count, channels, _ = self.outline.shape
        if not count:
            return [{"least": [], "greatest": []} for _ in range(channels)]
        starts = np.unique(np.arange(min(points, count)) * count // min(points, count))
        least = np.minimum.reduceat(self.outline[:, :, 0], starts, axis=0)
        greatest = np.maximum.reduceat(self.outline[:, :, 1], starts, axis=0)
        return [
            {"least": least[:, side].tolist(), "greatest": greatest[:, side].tolist()}
            for side in range(channels)
        ]
