"""A site's calibration that remembers what it has learnt since it was last stored."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from media.emotion.calibration import SiteCalibration
from media.emotion.model import Population

BOUND: Final = 20_000  # observations that wait to be stored; the oldest are dropped

Seen = tuple[str, float]
"""'utterance' or 'call', and what was observed of it."""


class LearningCalibration(SiteCalibration):
    """Used in the thread of moods and brought up to date from the event loop."""

    def __init__(self, *, alert_share: float = 0.05, precision: float = 0.7) -> None:
        super().__init__(alert_share=alert_share, precision=precision)
        self._lock = threading.RLock()
        self._seen: deque[Seen] = deque(maxlen=BOUND)

    def unusual(self, value: float) -> float:
        with self._lock:
            return super().unusual(value)

    def population(self, trained: Population) -> Population:
        with self._lock:
            return super().population(trained)

    def observe_utterance(self, away: float) -> None:
        with self._lock:
            super().observe_utterance(away)
            self._seen.append(("utterance", away))

    def observe_call(self, peak: float) -> None:
        with self._lock:
            super().observe_call(peak)
            self._seen.append(("call", peak))

    @property
    def learnt(self) -> bool:
        """Whether there is something to store."""
        return bool(self._seen)

    def take(self) -> list[Seen]:
        """What was observed since this was last asked."""
        with self._lock:
            seen = list(self._seen)
            self._seen.clear()
            return seen

    def put_back(self, seen: Iterable[Seen]) -> None:
        """It could not be stored."""
        with self._lock:
            for one in reversed(list(seen)):
                if len(self._seen) < BOUND:
                    self._seen.appendleft(one)

    def adopt(self, state: Mapping[str, Any]) -> None:
        """Go on from the stored ``state``, and what was observed since :meth:`take`."""
        with self._lock:
            share, precision = self.alert_share, self.precision
            self.restore(state)
            self.alert_share, self.precision = share, precision
            for kind, value in self._seen:
                observe(super(), kind, value)


def observe(calibration: Any, kind: str, value: float) -> None:
    """Count one of :data:`Seen`."""
    if kind == "call":
        calibration.observe_call(value)
    else:
        calibration.observe_utterance(value)
