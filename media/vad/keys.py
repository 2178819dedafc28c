"""Keys and steady tones inside the sound, found frame by frame and silenced.

Whisper writes words for key tones, dial tones and ring-back; voice detectors take some
of them for voices. DTMF is ITU-T Q.23/Q.24: two tones of at least 40 ms, one of each
group, that hold nearly all of the energy.
"""

from __future__ import annotations

import numpy as np

from media.audio.frame import FRAME_SAMPLES, RATE, Samples
from media.tones import DTMF_HZ, dbfs

_FLOOR_DBFS = -42.0
_SHARE = 0.85  # of the energy lies in the two tones
_TWIST_DB = 10.0
_LEAST_FRAMES = 2
_STEADY_SHARE = 0.985  # of the energy lies around at most two peaks: no voice is so pure
_STEADY_FRAMES = 10

_HZ = sorted({hz for pair in DTMF_HZ.values() for hz in pair})
_ROWS, _COLUMNS = _HZ[:4], _HZ[4:]
_KEY = {pair: key for key, pair in DTMF_HZ.items()}
_TIMES = np.arange(FRAME_SAMPLES) / RATE
_WINDOW = np.hanning(FRAME_SAMPLES)
_TURNS = np.exp(-2j * np.pi * np.outer(_HZ, _TIMES))


class KeyDetector:
    """One leg's."""

    def __init__(self) -> None:
        self._key = ""
        self._run = 0
        self._steady = 0
        self._peak = -1

    def feed(self, samples: Samples) -> tuple[str, Samples]:
        """The key that is recognised with this frame (once a press), and the frame,
        silent if a key or a steady tone sounds in it."""
        sound = samples.astype(np.float64)
        power = float(np.dot(sound, sound)) / len(sound)
        if dbfs(power) < _FLOOR_DBFS:
            self._key, self._run, self._steady, self._peak = "", 0, 0, -1
            return "", samples
        key = _key_in(sound, power)
        self._run = self._run + 1 if key and key == self._key else int(bool(key))
        self._key = key
        self._follow(sound)
        if key or self._steady >= _STEADY_FRAMES:
            return (key if self._run == _LEAST_FRAMES else ""), np.zeros_like(samples)
        return "", samples

    def _follow(self, sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        """Count frames whose energy sits in the same one or two narrow peaks."""
        spectrum = np.abs(np.fft.rfft(sound * _WINDOW)) ** 2
        spectrum[:3] = 0  # hum below 150 Hz
        total = float(spectrum.sum())
        first = int(spectrum.argmax())
        rest = spectrum.copy()
        rest[max(0, first - 2) : first + 3] = 0
        second = int(rest.argmax())
        rest[max(0, second - 2) : second + 3] = 0
        pure = total > 0 and 1 - float(rest.sum()) / total >= _STEADY_SHARE
        same = abs(first - self._peak) <= 1
        self._steady = self._steady + 1 if pure and (same or not self._steady) else int(pure)
        self._peak = first


def _key_in(sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]], power: float) -> str:
    parts = 2 * np.abs(_TURNS @ sound) ** 2 / len(sound) ** 2
    low, high = int(parts[:4].argmax()), int(parts[4:].argmax())
    both = float(parts[low] + parts[4 + high])
    if both < _SHARE * power:
        return ""
    if abs(dbfs(float(parts[low])) - dbfs(float(parts[4 + high]))) > _TWIST_DB:
        return ""
    return _KEY[_ROWS[low], _COLUMNS[high]]
