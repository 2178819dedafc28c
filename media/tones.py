"""Sines, DTMF and call-progress tones, and finding them again (Goertzel).

Samples are numpy arrays of int16, mono, 8 kHz; levels are dBFS of the RMS (a
full-scale sine is -3 dBFS). Everything here is CPU work: call it through
``asyncio.to_thread`` for more than a few seconds of sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

RATE = 8000
FULL_SCALE = 32768.0

Samples = npt.NDArray[np.int16]

DTMF_HZ: dict[str, tuple[int, int]] = {
    digit: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, digit in zip((1209, 1336, 1477, 1633), row, strict=True)
}
"""The pair of frequencies of each key (ITU-T Q.23)."""

_ROWS = sorted({pair[0] for pair in DTMF_HZ.values()})
_COLUMNS = sorted({pair[1] for pair in DTMF_HZ.values()})
_DIGIT = {pair: digit for digit, pair in DTMF_HZ.items()}
_DTMF_WINDOW = 205  # 25.6 ms, the classic Goertzel length at 8 kHz
_DTMF_HOP = 80
_DTMF_FLOOR_DBFS = -40.0
_DTMF_SHARE = 0.7  # of the energy is in the two tones
_DTMF_TWIST_DB = 9.0  # the louder of the two is at most this much over the other


def silence(seconds: float) -> Samples:
    """``seconds`` of nothing."""
    return np.zeros(round(RATE * seconds), dtype=np.int16)


def tone(hz: Iterable[float], seconds: float, *, level: float = -16.0) -> Samples:
    """A sum of sines, each of ``level`` dBFS, with 2 ms of fade at both ends.

    Raises ValueError for a frequency that 8 kHz cannot carry.
    """
    wanted = tuple(hz)
    if any(not 0 < f < RATE / 2 for f in wanted):
        raise ValueError(f"{wanted} Hz: a tone at {RATE} Hz lies between 0 and {RATE // 2} Hz")
    count = round(RATE * seconds)
    t = np.arange(count) / RATE
    mixed = np.zeros(count)
    for f in wanted:
        mixed += np.sin(2 * math.pi * f * t)
    mixed *= FULL_SCALE * math.sqrt(2) * 10 ** (level / 20)
    ramp = np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.002 * RATE)
    shaped: Samples = np.round(np.clip(mixed * np.clip(ramp, 0, 1), -32767, 32767)).astype(np.int16)
    return shaped


def dtmf(digits: str, *, on_ms: int = 100, off_ms: int = 100, level: float = -13.0) -> Samples:
    """Keys one after another; raises ValueError for what is no key."""
    parts: list[Samples] = []
    for digit in digits.upper():
        if digit not in DTMF_HZ:
            raise ValueError(f"{digit!r} is not a telephone key; allowed: 0-9 * # A-D")
        parts += [tone(DTMF_HZ[digit], on_ms / 1000, level=level), silence(off_ms / 1000)]
    return np.concatenate(parts) if parts else silence(0)


def ring_back(rings: int = 1, *, country: str = "cn", level: float = -20.0) -> Samples:
    """What a caller hears while it rings (ITU-T E.180): ``cn`` 450 Hz 1 s on 4 s off,
    ``us`` 440+480 Hz 2 s on 4 s off."""
    hz, on, off = {"cn": ((450,), 1.0, 4.0), "us": ((440, 480), 2.0, 4.0)}[country]
    return np.concatenate([tone(hz, on, level=level), silence(off)] * rings)


def power(samples: Samples) -> float:
    """Mean square."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def dbfs(mean_square: float) -> float:
    """Mean square as dB below full scale; silence is -111."""
    return 10 * math.log10(max(mean_square, 0.01) / FULL_SCALE**2)


def goertzel(samples: Samples, hz: float) -> float:
    """Mean square of the sine of ``hz`` in ``samples`` (Goertzel's DFT of one bin)."""
    count = len(samples)
    if not count:
        return 0.0
    turn = np.exp(-2j * math.pi * hz / RATE * np.arange(count))
    return float(2 * abs(np.dot(samples.astype(np.float64), turn)) ** 2 / count**2)


def has_tone(samples: Samples, hz: float, *, share: float = 0.5, floor: float = -45.0) -> bool:
    """Whether the sine of ``hz`` is over ``floor`` dBFS and holds ``share`` of the energy."""
    part = goertzel(samples, hz)
    return dbfs(part) >= floor and part >= share * power(samples)


def find_dtmf(samples: Samples, *, least_ms: int = 40) -> str:
    """The keys pressed in ``samples``, in order. A press lasts ``least_ms`` at least;
    the same key counts again after a pause."""
    found: list[str] = []
    current, run = "", 0
    needed = max(1, (least_ms * RATE // 1000 - _DTMF_WINDOW) // _DTMF_HOP)
    for window in _windows(samples):
        digit = _digit_in(window)
        run = run + 1 if digit == current else 1
        current = digit
        if digit and run == needed:
            found.append(digit)
    return "".join(found)


def _windows(samples: Samples) -> Iterator[Samples]:
    for at in range(0, len(samples) - _DTMF_WINDOW + 1, _DTMF_HOP):
        yield samples[at : at + _DTMF_WINDOW]


def _digit_in(window: Samples) -> str:
    total = power(window)
    if dbfs(total) < _DTMF_FLOOR_DBFS:
        return ""
    low, low_power = max(((f, goertzel(window, f)) for f in _ROWS), key=lambda x: x[1])
    high, high_power = max(((f, goertzel(window, f)) for f in _COLUMNS), key=lambda x: x[1])
    if low_power + high_power < _DTMF_SHARE * total:
        return ""
    if abs(dbfs(low_power) - dbfs(high_power)) > _DTMF_TWIST_DB:
        return ""
    return _DIGIT[low, high]
