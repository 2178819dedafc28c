"""One side of a call as it is heard: a stream of frames on a clock of its own.

The clock counts samples, so that times mean the same for sound that came late, in
bursts, or not at all:

* nothing came for a while: silence is put in its place as time goes by, so that an
  utterance ends although its end was never sent;
* what was late comes in a burst after that: it is kept, and the clock, which is then
  ahead, is let back by leaving out frames of silence.

The queue holds 10 s. When its reader is slower than that, the oldest frames are dropped
and counted; whoever sends never waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from core import metrics
from media.audio.frame import FRAME_SAMPLES, FRAME_SECONDS, RATE, SILENCE, Digit, Frame, Samples
from media.audio.resample import Resampler

BOUND = 500
"""Frames in the queue: 10 s."""

_LATE = 0.2  # seconds without sound after which silence takes its place
_BEHIND = 0.06  # seconds that filling stays behind the clock on the wall
_AHEAD = 0.1
_QUIET = 200  # a frame whose peak is under this (-44 dBFS) is silence
_FILL_AT_ONCE = 50  # frames


@dataclass
class Counters:
    """What happened to one leg's sound, for the log and for diagnosis."""

    frames: int = 0
    filled: int = 0
    dropped: int = 0
    skipped: int = 0
    odd_bytes: int = 0
    clipped: int = 0


class Leg:
    """Made by the server; read with ``async for item in leg`` by one reader."""

    def __init__(
        self, id: str, *, contact_id: str | None = None, side: str = "", language: str | None = None
    ) -> None:
        self.id = id
        self.contact_id = contact_id
        self.side = side
        """``customer`` or ``agent``."""
        self.language = language
        self.counters = Counters()
        self.ended = asyncio.Event()
        self.connected = asyncio.Event()
        self._items: deque[Frame | Digit] = deque()
        self._more = asyncio.Event()
        self._rate = RATE
        self._resampler = Resampler(RATE, RATE)
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._emitted = 0
        self._began: float | None = None
        self._arrived = 0.0
        self._middle = 0.0

    @property
    def seconds(self) -> float:
        """What the leg's clock shows."""
        return self._emitted / RATE

    @property
    def began(self) -> float | None:
        """Monotonic seconds at which the leg's clock began; None before its first sound."""
        return self._began

    def push(self, data: bytes, rate: int, now: float) -> None:
        """Take sound that arrived at ``now`` (monotonic seconds)."""
        self._begin(now)
        self._arrived = now
        if len(data) % 2:
            self.counters.odd_bytes += 1
            data = data[:-1]
        samples = np.frombuffer(data, dtype="<i2")
        if rate != self._rate:
            self._rate, self._resampler = rate, Resampler(rate, RATE)
        samples = self._resampler.feed(samples)
        if len(self._rest):
            samples = np.concatenate([self._rest, samples])
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        for at in range(0, whole, FRAME_SAMPLES):
            self._take(samples[at : at + FRAME_SAMPLES], now)
        self._rest = samples[whole:]

    def key(self, digit: str, now: float) -> None:
        """Take a key that was signalled beside the sound."""
        self._begin(now)
        self._put(Digit(digit, round(self.seconds, 2)))

    def tick(self, now: float) -> None:
        """Put silence where sound is missing; called several times a second."""
        if self._began is None or self.ended.is_set() or now - self._arrived < _LATE:
            return
        behind = now - self._began - self.seconds - _BEHIND
        for _ in range(min(_FILL_AT_ONCE, int(behind / FRAME_SECONDS))):
            self.counters.filled += 1
            self._emit(SILENCE, filled=True)

    def end(self) -> None:
        """No more will come; the reader gets what is there, then stops."""
        self.ended.set()
        self._more.set()

    async def __aiter__(self) -> AsyncIterator[Frame | Digit]:
        while True:
            while self._items:
                yield self._items.popleft()
            if self.ended.is_set():
                return
            self._more.clear()
            await self._more.wait()

    def _begin(self, now: float) -> None:
        if self._began is None:
            self._began = self._arrived = now
            self.connected.set()

    def _take(self, samples: Samples, now: float) -> None:
        assert self._began is not None
        self.counters.frames += 1
        samples = self._level(samples)
        ahead = self.seconds - (now - self._began)
        spare = ahead > _AHEAD and self.counters.filled > self.counters.skipped
        if spare and int(np.abs(samples.astype(np.int32)).max()) < _QUIET:
            self.counters.skipped += 1
            return
        self._emit(samples, filled=False)

    def _level(self, samples: Samples) -> Samples:
        """Take out a constant offset, which some gateways add and engines stumble over."""
        self._middle += 0.02 * (float(samples.mean()) - self._middle)
        if samples.max() == 32767 or samples.min() == -32768:
            self.counters.clipped += 1
        if abs(self._middle) < 16:
            return samples
        moved: Samples = np.clip(
            samples.astype(np.int32) - round(self._middle), -32768, 32767
        ).astype(np.int16)
        return moved

    def _emit(self, samples: Samples, *, filled: bool) -> None:
        self._put(Frame(samples, round(self.seconds, 3), filled))
        self._emitted += FRAME_SAMPLES

    def _put(self, item: Frame | Digit) -> None:
        if len(self._items) >= BOUND:
            self._items.popleft()
            self.counters.dropped += 1
            metrics.audio_frames_dropped_total.inc()
        self._items.append(item)
        self._more.set()
