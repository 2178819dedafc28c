"""From 20 ms frames to windows: three seconds of speech, described each second of it.

Only speech is kept. Pauses are cut to 0.3 s, so that a hesitant caller fills his windows
too, and a window never reaches back over a pause of five seconds or more. An utterance
ends with half a second of pause; its rest is then described without waiting for a whole
second. Tones, noise and music are told from speech by :mod:`media.emotion.sound_kind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media.emotion import features, frames
from media.emotion.errors import BadFrame
from media.emotion.frames import Floats
from media.emotion.sound_kind import Kind, kind_of
from media.tones import RATE, Samples

FRAME_SAMPLES: Final = RATE // 50
_BLOCK_ROWS = 25  # measured at once: 0.25 s of latency, a fifth of the overhead
_BLOCK_SAMPLES = _BLOCK_ROWS * frames.HOP
_OVERLAP = frames.FRAME - frames.HOP
_WINDOW_ROWS = int(features.WINDOW_SECONDS * frames.FRAMES_A_SECOND)
_HOP_ROWS = frames.FRAMES_A_SECOND
_PAUSE_ROWS = 30
_END_ROWS = 50
_FORGET_ROWS = 500
_LEAST_ROWS = 80

_SILENT_DBFS = -62.0
_UNDER_PEAK_DB = 30.0
_OVER_FLOOR_DB = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Up to three seconds of speech.

    ``at`` is the stream's time at its end, seconds; ``seconds`` how much speech it holds;
    ``new_seconds`` how much of that came since the window before; ``level`` dBFS of its
    loud frames in the band. ``figures`` (:data:`media.emotion.features.NAMES`) is None
    unless ``kind`` is speech. ``clipped`` is the share of samples at full scale.
    """

    at: float
    seconds: float
    new_seconds: float
    level: float
    kind: Kind
    clipped: float
    ends_utterance: bool
    figures: Floats | None


class WindowStream:
    """One leg's windows. Not for two threads at once; holds 3 s of rows (40 kB).

    ``start`` is the time of the first frame in seconds of the leg: not 0 where this stream
    takes over from one that died.
    """

    def __init__(self, *, start: float = 0.0) -> None:
        self._start = start
        self._samples: list[Samples] = []
        self._buffered = 0
        self._speech: list[bool] = []
        self._tail: Samples = np.zeros(0, dtype=np.int16)
        self._rows: Floats = np.zeros((0, frames.COLUMNS), dtype=np.float32)
        self._done = 0  # rows measured so far
        self._new = 0  # rows kept since the last window
        self._pause = _FORGET_ROWS
        self._ended = True
        self._peak = -90.0
        self._floor = -90.0

    def feed(self, frame: Samples | bytes, *, speech: bool | None = None) -> list[Window]:
        """Take 20 ms (160 samples of int16, or 320 bytes) and give the windows that are
        complete, mostly none.

        ``speech`` is what a voice activity detector says of the frame; without one the
        level decides. Raises BadFrame for anything but 20 ms at 8 kHz.
        """
        samples = _checked(frame)
        self._samples.append(samples)
        self._buffered += FRAME_SAMPLES
        self._speech += [speech is not False] * (FRAME_SAMPLES // frames.HOP)
        return self._measure() if self._buffered >= _BLOCK_SAMPLES else []

    def flush(self) -> list[Window]:
        """What is left when the leg ends: at most one window."""
        found = self._measure()
        if not self._ended:
            found += self._end()
        return found

    @property
    def seconds(self) -> float:
        """Time of the leg measured so far."""
        return self._start + self._done / frames.FRAMES_A_SECOND

    def _measure(self) -> list[Window]:
        joined = np.concatenate((self._tail, *self._samples))
        rows = frames.measure(joined)
        self._tail = joined[len(rows) * frames.HOP :]
        self._samples, self._buffered = [], 0
        if not len(rows):
            return []
        allowed, self._speech = self._speech[: len(rows)], self._speech[len(rows) :]
        active = self._active(rows[:, frames.LEVEL]) & np.array(allowed, dtype=bool)
        return self._take(rows, active)

    def _active(self, level: Floats) -> npt.NDArray[np.bool_]:
        """By level: far enough over the noise, not too far under the voice."""
        loud, soft = float(np.percentile(level, 90)), float(np.percentile(level, 10))
        self._peak = max(loud, self._peak - 0.5)  # falls 2 dB a second
        self._floor = min(max(soft, -90.0), self._floor + 0.5) if self._done else soft
        limit = max(_SILENT_DBFS, self._peak - _UNDER_PEAK_DB)
        # noise may hide between floor and limit; steady speech must not raise it for ever
        limit = max(limit, min(self._floor + _OVER_FLOOR_DB, self._peak - 12.0))
        return np.asarray(level > limit)

    def _take(self, rows: Floats, active: npt.NDArray[np.bool_]) -> list[Window]:
        found: list[Window] = []
        begin = 0
        for i, speaks in enumerate(active):
            self._pause = 0 if speaks else self._pause + 1
            self._done += 1
            if self._pause <= _PAUSE_ROWS:
                self._ended = False
                self._new += 1
                if self._new >= _HOP_ROWS:
                    self._keep(rows[begin : i + 1])
                    begin = i + 1
                    found += self._window(ends=False)
                continue
            self._keep(rows[begin:i])
            begin = i + 1
            if self._pause == _END_ROWS and not self._ended:
                found += self._end()
            elif self._pause == _FORGET_ROWS:
                self._rows, self._new = self._rows[:0], 0
        self._keep(rows[begin:])
        return found

    def _keep(self, rows: Floats) -> None:
        if len(rows):
            self._rows = np.concatenate((self._rows, rows))[-_WINDOW_ROWS:]

    def _end(self) -> list[Window]:
        self._ended = True
        return self._window(ends=True)

    def _window(self, *, ends: bool) -> list[Window]:
        new, self._new = self._new, 0
        rows = self._rows
        level = rows[:, frames.LEVEL]
        spoken = np.flatnonzero(level > np.percentile(level, 95) - _UNDER_PEAK_DB)
        rows = rows[spoken[0] : spoken[-1] + 1]
        if len(rows) < _LEAST_ROWS:
            self._new = min(new, _HOP_ROWS - 25)  # a short word counts with what follows
            return []
        kind = kind_of(rows)
        figures = features.describe(rows) if kind is Kind.SPEECH else None
        if figures is None and kind is Kind.SPEECH:
            kind = Kind.NOISE
        return [
            Window(
                at=self.seconds,
                seconds=len(rows) / frames.FRAMES_A_SECOND,
                new_seconds=new / frames.FRAMES_A_SECOND,
                level=float(np.percentile(level, 90)),
                kind=kind,
                clipped=float(rows[:, frames.CLIPPED].mean()),
                ends_utterance=ends,
                figures=figures,
            )
        ]


def windows_of(samples: Samples, *, rate: int = RATE) -> list[Window]:
    """All windows of a whole clip (int16, mono), as a stream would have given them.

    A rest of under 20 ms is left out. Raises BadFrame for another ``rate`` than 8 kHz or
    other samples than int16.
    """
    if rate != RATE:
        raise BadFrame(f"The sound has {rate} Hz; {RATE} are needed.", hint="Resample it first.")
    stream = WindowStream()
    found: list[Window] = []
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        found += stream.feed(samples[at : at + FRAME_SAMPLES])
    return found + stream.flush()


def _checked(frame: Samples | bytes) -> Samples:
    if isinstance(frame, (bytes, bytearray, memoryview)):
        frame = np.frombuffer(frame, dtype="<i2") if len(frame) % 2 == 0 else np.zeros(0, "<i2")
    if frame.dtype != np.int16 or frame.ndim != 1:
        raise BadFrame(
            f"A frame is {frame.dtype} shaped {frame.shape}; int16 in one dimension is needed."
        )
    if len(frame) == FRAME_SAMPLES:
        return frame
    rate = len(frame) * 50
    guess = f"20 ms at {rate} Hz have that length: resample to {RATE} Hz." if rate > RATE else ""
    raise BadFrame(
        f"A frame has {len(frame)} samples; {FRAME_SAMPLES} (20 ms at {RATE} Hz) are needed.",
        hint=guess or "Collect 20 ms before feeding.",
    )
