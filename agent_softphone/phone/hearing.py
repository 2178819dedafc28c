"""What a call sounds like: silence or sound, and which of some known tones.

Works on frames of 20 ms at 8 kHz, in plain Python: about 0.2 ms of CPU a frame.
Tones are found with the Goertzel algorithm over the last two frames, so that the
moment a tone begins is known to a few milliseconds.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from typing import Any

RATE = 8000
FRAME = 160
WATCHED_HZ = (440, 660, 880, 1004, 1200, 1500)

_FULL_SCALE = 32768.0
_SOUND = 200  # amplitude of a sample (-44 dBFS): over codec noise, under any speech
_SILENT_FRAMES = 25  # 0.5 s without sound is silence
_TONE_SHARE = 0.2  # of the energy: two tones mixed are still both found
_TONE_DBFS = -45.0
_TONE_ON_FRAMES = 3
_TONE_OFF_FRAMES = 5

Tell = Callable[..., None]


def dbfs(power: float) -> float:
    """Mean square of 16-bit samples as dB below full scale (a full sine is -3)."""
    return round(10 * math.log10(max(power, 0.01) / _FULL_SCALE**2), 1)


def goertzel(samples: array[int], hz: float) -> float:
    """Mean square of the sine of ``hz`` that is in ``samples``."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE)
    s1 = s2 = 0.0
    for x in samples:
        s1, s2 = x + turn * s1 - s2, s1
    size = len(samples)
    return 2 * (s1 * s1 + s2 * s2 - turn * s1 * s2) / (size * size)


class Hearing:
    """Follows one call's sound and tells when something begins or ends."""

    def __init__(self, tell: Tell, tones: Iterable[int] = WATCHED_HZ) -> None:
        self._tell = tell
        self._tones = tuple(tones)
        self._before: array[int] = array("h", bytes(2 * FRAME))
        self._quiet = _SILENT_FRAMES
        self._run = dict.fromkeys(self._tones, 0)  # > 0: frames with, < 0: frames without
        self._began: dict[int, float] = {}
        self._on: set[int] = set()
        self._power: dict[int, float] = dict.fromkeys(self._tones, 0.0)
        self._total = 0.0

    def hear(self, data: bytes, t: float) -> None:
        """Take one frame of 16-bit samples that is about to be played at ``t`` (epoch seconds)."""
        now = array("h", data)
        loud = max(now) >= _SOUND or min(now) <= -_SOUND
        began = t
        if loud:
            first = next(i for i, x in enumerate(now) if abs(x) >= _SOUND)
            began = t + first / RATE
        self._sound(loud, began, t, now)
        if loud or self._on or any(v > 0 for v in self._run.values()):
            self._listen_for_tones(now, began, t)
        else:
            self._total = 0.0
        self._before = now

    def _sound(self, loud: bool, began: float, t: float, now: array[int]) -> None:
        if loud:
            if self._quiet >= _SILENT_FRAMES:
                level = dbfs(sum(x * x for x in now) / len(now))
                self._tell("sound", t=began, on=True, dbfs=level)
            self._quiet = 0
            return
        self._quiet += 1
        if self._quiet == _SILENT_FRAMES:
            self._tell("sound", t=t - _SILENT_FRAMES * FRAME / RATE, on=False, dbfs=None)

    def _listen_for_tones(self, now: array[int], began: float, t: float) -> None:
        window = self._before + now
        self._total = sum(x * x for x in window) / len(window)
        for hz in self._tones:
            power = goertzel(window, hz)
            self._power[hz] = power
            there = power >= _TONE_SHARE * self._total and dbfs(power) >= _TONE_DBFS
            run = self._run[hz]
            if there:
                if run <= 0:
                    self._began[hz] = began if hz not in self._on else self._began[hz]
                self._run[hz] = run = max(run, 0) + 1
                if hz not in self._on and run >= _TONE_ON_FRAMES:
                    self._on.add(hz)
                    self._tell("tone", t=self._began[hz], hz=hz, on=True, dbfs=dbfs(power))
            else:
                self._run[hz] = run = min(run, 0) - 1
                if hz in self._on and run <= -_TONE_OFF_FRAMES:
                    self._on.discard(hz)
                    ended = t - _TONE_OFF_FRAMES * FRAME / RATE
                    self._tell("tone", t=ended, hz=hz, on=False, dbfs=dbfs(power))

    def report(self) -> dict[str, Any]:
        """Levels over the last 40 ms: the whole, and each tone that is on."""
        return {
            "rms_dbfs": dbfs(self._total),
            "tones": {str(hz): dbfs(self._power[hz]) for hz in sorted(self._on)},
        }
