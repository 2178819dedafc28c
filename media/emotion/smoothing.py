"""One value from the last three utterances: a single word must not raise an alert."""

from __future__ import annotations

from collections import deque
from typing import Final

UTTERANCES: Final = 3
_DECAY: Final = 0.75  # of weight from utterance to utterance
_MOST_SECONDS: Final = 6.0  # a long utterance does not outweigh all others
_DOUBT_SECONDS: Final = 1.5  # of a typical caller, mixed in: little speech says little


class Smoothing:
    """A mean over the running utterance and the two before it, weighted by speech."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, float]] = deque(maxlen=UTTERANCES - 1)
        self._sum = 0.0
        self._seconds = 0.0

    def add(self, value: float, seconds: float, *, ends_utterance: bool) -> float:
        """Take a window and give the smoothed value; 0 stands for a typical caller."""
        self._sum += value * seconds
        self._seconds += seconds
        smoothed = self._value()
        if ends_utterance and self._seconds:  # its last window may hold nothing new
            self._past.appendleft((self._sum / self._seconds, min(self._seconds, _MOST_SECONDS)))
            self._sum = self._seconds = 0.0
        return smoothed

    def _value(self) -> float:
        parts = list(self._past)
        if self._seconds:
            parts.insert(0, (self._sum / self._seconds, min(self._seconds, _MOST_SECONDS)))
        weights = [seconds * _DECAY**age for age, (_, seconds) in enumerate(parts)]
        total = sum(w * mean for w, (mean, _) in zip(weights, parts, strict=True))
        return total / (sum(weights) + _DOUBT_SECONDS)
