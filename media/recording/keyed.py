"""Keys that were pressed during a conversation, found in its sound.

A telephone may send its keys as tones within the sound, as well as, or instead of,
events (RFC 4733). What was keyed could be read from the tones of a recording, so several
keys in a row are silenced as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media.tones import DTMF_HZ, FULL_SCALE, RATE

LEAST_KEYS: Final = 4
"""So many keys in a row are a secret (a PIN, a date of expiry, a card); fewer are an
answer to a menu."""

GAP_SECONDS: Final = 5.0
"""Keys that are no longer apart are in a row."""

MARGIN_SECONDS: Final = 0.15

_LENGTH = 205  # 25.6 ms, the classic Goertzel length at 8 kHz
_HOP = 80
_FLOOR = 10 ** (-42 / 10) * FULL_SCALE**2
_SHARE = 0.6  # of the energy is in the two tones
_TWIST = 10 ** (10 / 10)  # one of the two is at most so much louder (power)
_LEAST_HOPS = 2  # 45 ms of the same key

_ROWS = sorted({pair[0] for pair in DTMF_HZ.values()})
_COLUMNS = sorted({pair[1] for pair in DTMF_HZ.values()})
_TURNS = 2 * np.pi * np.outer(np.arange(_LENGTH), [*_ROWS, *_COLUMNS]) / RATE
_BANK = np.concatenate([np.cos(_TURNS), np.sin(_TURNS)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Press:
    """A key that was held down from ``start`` to ``end`` (seconds); not which."""

    start: float
    end: float


class KeyFinder:
    """Finds the keys of one side, block by block."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float32)
        self._hops = 0  # windows looked at
        self._key, self._since, self._run = -1, 0, 0
        self._presses: list[Press] = []

    def add(self, samples: npt.NDArray[np.int16]) -> None:
        """Go on with ``samples``."""
        sound = np.concatenate([self._rest, samples.astype(np.float32)])
        count = (len(sound) - _LENGTH) // _HOP + 1 if len(sound) >= _LENGTH else 0
        if count > 0:
            windows = np.lib.stride_tricks.sliding_window_view(sound, _LENGTH)[::_HOP][:count]
            for key in _keys(windows).tolist():
                self._next(key)
        self._rest = sound[max(0, count) * _HOP :]

    def _next(self, key: int) -> None:
        if key == self._key:
            self._run += 1
        else:
            self._end()
            self._key, self._since, self._run = key, self._hops, 1
        self._hops += 1

    def _end(self) -> None:
        if self._key >= 0 and self._run >= _LEAST_HOPS:
            end = (self._hops - 1) * _HOP + _LENGTH
            self._presses.append(Press(self._since * _HOP / RATE, end / RATE))

    def presses(self) -> list[Press]:
        """All keys, in order; ends the search."""
        self._end()
        self._key = -1
        return self._presses


def rows_of(presses: list[Press]) -> list[tuple[float, float]]:
    """From where to where several keys were pressed in a row, with a margin."""
    found: list[tuple[float, float]] = []
    row: list[Press] = []
    for press in [*presses, None]:
        if press is not None and (not row or press.start - row[-1].end <= GAP_SECONDS):
            row.append(press)
            continue
        if len(row) >= LEAST_KEYS:
            found.append((max(0.0, row[0].start - MARGIN_SECONDS), row[-1].end + MARGIN_SECONDS))
        row = [press] if press is not None else []
    return found


def _keys(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Of each window the key whose tones it holds, -1 for none."""
    energy = np.einsum("ij,ij->i", windows, windows) / _LENGTH
    found = np.full(len(windows), -1, dtype=np.int8)
    loud = np.flatnonzero(energy >= _FLOOR)  # most of a conversation is silence of this side
    if not len(loud):
        return found
    parts = (windows[loud] @ _BANK) ** 2
    tones = 2 / _LENGTH**2 * (parts[:, : _BANK.shape[1] // 2] + parts[:, _BANK.shape[1] // 2 :])
    low, high = tones[:, : len(_ROWS)], tones[:, len(_ROWS) :]
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    a, b = low.max(axis=1), high.max(axis=1)
    good = (a + b >= _SHARE * energy[loud]) & (a <= _TWIST * b) & (b <= _TWIST * a)
    found[loud[good]] = row[good] * len(_COLUMNS) + column[good]
    return found
