"""How much recognition can be done at once, felt by how long finals wait.

One level down when finals wait too long for a while, one up when they have not for a
longer while, so that it does not swing. The last step, after which nothing is recognised
live, is taken only when most finals are given up anyway: some text is better than none.
Each change is an event that people see.
"""

from __future__ import annotations

from collections.abc import Callable

from core import metrics
from core.log import get_logger
from media.recognition.contract import Degraded, Level

log = get_logger(__name__)

_WAIT = 0.6  # seconds for a process: with decoding and pause a final is then 1.5 s late
_HOPELESS = 0.75  # of the finals are given up
_WINDOW = 10.0  # seconds over which these are counted
_DOWN_AFTER = 2.0
_UP_AFTER = 10.0
_EASY = 0.15

_REASONS = {
    Level.ALL: "Recognition keeps up again.",
    Level.NO_PARTIALS: "Too many people speak at once: text comes at the end of each sentence.",
    Level.CHEAPER: "Too many people speak at once: a smaller model is used where there is one.",
    Level.AFTER_CALL: "Far too many people speak at once: text comes after the call.",
}


class LoadGauge:
    """Fed with the waits of finals, and with how many were given up; ``look`` is called a
    few times a second."""

    def __init__(
        self, changed: Callable[[Degraded], None], *,
        levels: tuple[Level, Level] = (Level.ALL, Level.AFTER_CALL),
    ) -> None:  # fmt: skip
        self._changed = changed
        self._least, self._most = levels
        self.level = self._least
        self._slow_since: float | None = None
        self._easy_since: float | None = None
        self._worst = 0.0
        self._told = self._given_up = 0
        self._counted_from: float | None = None

    def waited(self, seconds: float) -> None:
        """A final waited so long for a process."""
        self._worst = max(self._worst, seconds)
        self._told += 1

    def gave_up(self, finals: int) -> None:
        """So many finals waited too long and were given up."""
        self._given_up += finals

    def look(self, now: float, waiting: float) -> None:
        """``waiting``: how long the oldest final in the queue has waited by now."""
        worst, self._worst = max(self._worst, waiting), 0.0
        if worst > _WAIT:
            self._easy_since = None
            self._slow_since = now if self._slow_since is None else self._slow_since
            long = now - self._slow_since >= _DOWN_AFTER
            if long and self.level < min(self._most, Level.CHEAPER):
                self._go(Level(self.level + 1))
        elif worst <= _EASY:
            self._slow_since = None
            self._easy_since = now if self._easy_since is None else self._easy_since
            if now - self._easy_since >= _UP_AFTER and self.level > self._least:
                self._go(Level(self.level - 1))
        else:
            self._slow_since = self._easy_since = None
        self._look_for_hope(now)

    def _look_for_hope(self, now: float) -> None:
        if self.level != Level.CHEAPER or self._counted_from is None:
            self._counted_from = now if self.level == Level.CHEAPER else None
        elif now - self._counted_from < _WINDOW:
            return
        elif self._given_up > _HOPELESS * (self._told + self._given_up) and (
            self.level < self._most
        ):
            self._go(Level.AFTER_CALL)
        else:
            self._counted_from = now
        self._told = self._given_up = 0

    def _go(self, level: Level) -> None:
        self.level = level
        self._slow_since = self._easy_since = None
        metrics.speech_degradation.set(level)
        log.warning("speech.degraded", level=int(level))
        self._changed(Degraded(level, _REASONS[level]))
