"""Parts of a finished recording, as sound to be recognised.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.audio.frame import Samples
from media.errors import BadAudio
from media.recording.sound import HEADER_BYTES, Sound

PIECE_SECONDS: Final = 600.0
_SEEK_SECONDS = 20.0  # in which a piece may end, at the quietest place
_QUIET_SECONDS = 0.4


@dataclass(frozen=True)
class Cut:
    """Sound of one channel from ``start`` to ``end`` (seconds of the recording)."""

    samples: Samples
    rate: int
    start: float
    end: float


class RecordedSound:
    """A wav file of 16 bit with any number of channels. Raises BadAudio.

    ``unheard``: stretches (from, to; seconds of the recording) of each channel that are given
    as silence, whatever was recorded there.
    """

    def __init__(
        self, sound: Sound, unheard: Mapping[int, Sequence[tuple[float, float]]] | None = None
    ) -> None:
        self._sound = sound
        self._unheard = unheard or {}
        header = sound.read(0, HEADER_BYTES)
        if len(header) < HEADER_BYTES or header[:4] != b"RIFF":
            raise BadAudio("The recording has no header.", hint="Is the file damaged?")
        self.channels: int
        self.rate: int
        self.channels, self.rate = struct.unpack_from("<HI", header, 22)
        if not (self.channels and self.rate):
            raise BadAudio("The recording's header makes no sense.", hint="Is the file damaged?")
        self._frame = 2 * self.channels
        self.frames = (sound.size - HEADER_BYTES) // self._frame

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frames / self.rate

    def cut(self, channel: int, start: float, end: float) -> Cut:
        """What ``channel`` (or the only one there is) says from ``start`` to ``end``, as
        far as the recording goes."""
        first = min(self.frames, max(0, round(start * self.rate)))
        last = min(self.frames, max(first, round(end * self.rate)))
        data = self._sound.read(HEADER_BYTES + first * self._frame, (last - first) * self._frame)
        whole = len(data) // self._frame
        samples = np.frombuffer(data[: whole * self._frame], dtype="<i2")
        one = samples.reshape(-1, self.channels)[:, min(channel, self.channels - 1)]
        begin = first / self.rate
        heard = np.ascontiguousarray(one)
        if spans := self._unheard.get(channel):
            heard = heard.copy()
            for since, until in spans:
                a, b = (round((at - begin) * self.rate) for at in (since, until))
                heard[max(0, a) : max(0, b)] = 0
        return Cut(heard, self.rate, begin, begin + whole / self.rate)

    def piece(self, channel: int, start: float) -> Cut:
        """The next ten minutes from ``start`` on; they end where it is quiet."""
        cut = self.cut(channel, start, start + PIECE_SECONDS)
        if cut.end >= self.seconds - 1 / self.rate:
            return Cut(cut.samples, cut.rate, cut.start, self.seconds)
        window = round(_QUIET_SECONDS * self.rate)
        tail = cut.samples[-round(_SEEK_SECONDS * self.rate) :].astype(np.float64) ** 2
        level = np.convolve(tail, np.ones(window), "valid")
        keep = len(cut.samples) - len(tail) + int(level.argmin()) + window // 2
        return Cut(cut.samples[:keep], cut.rate, cut.start, cut.start + keep / cut.rate)
