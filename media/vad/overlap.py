"""Both sides of a call together: who talks over whom, and when nobody speaks."""

from __future__ import annotations

from dataclasses import dataclass

from media.vad.turns import Ended, Started, Turn

TALK_OVER = 0.6
"""Seconds both must speak at once; 'mhm' is no interruption."""
SILENCE = 8.0
"""Seconds without a word from either side."""


@dataclass(frozen=True)
class TalkOver:
    """``by`` began while ``over`` spoke; ``seconds`` is how long both did."""

    by: str
    over: str
    start: float
    seconds: float


@dataclass(frozen=True)
class Quiet:
    """Nobody has spoken since ``start``; ``seconds`` 0 when it begins to count."""

    start: float
    seconds: float


class Conversation:
    """Fed with the turns of the legs of one call, on a clock that they share.

    ``turn`` and ``now`` return what they bring about; ``now`` is called about once a
    second, because silence has no event of its own.
    """

    def __init__(self, *, talk_over: float = TALK_OVER, silence: float = SILENCE) -> None:
        self._talk_over, self._silence = talk_over, silence
        self._since: dict[str, float] = {}
        self._quiet_from = 0.0
        self._reported = False

    def turn(self, side: str, turn: Turn) -> list[TalkOver | Quiet]:
        """``side`` began or ended to speak."""
        if isinstance(turn, Started):
            return self._begin(side, turn.start)
        return self._end(side, turn)

    def now(self, at: float) -> list[TalkOver | Quiet]:
        """Time goes on."""
        if self._since or self._reported or at - self._quiet_from < self._silence:
            return []
        self._reported = True
        return [Quiet(self._quiet_from, 0.0)]

    def _begin(self, side: str, start: float) -> list[TalkOver | Quiet]:
        over = self._reported
        self._reported = False
        self._since.setdefault(side, start)
        if over:
            return [Quiet(self._quiet_from, round(start - self._quiet_from, 2))]
        return []

    def _end(self, side: str, turn: Ended) -> list[TalkOver | Quiet]:
        began = self._since.pop(side, turn.start)
        found: list[TalkOver | Quiet] = []
        for other, since in self._since.items():
            both_from = max(began, since)
            seconds = turn.end - both_from
            if seconds >= self._talk_over:
                by, over = (side, other) if began > since else (other, side)
                found.append(TalkOver(by, over, round(both_from, 2), round(seconds, 2)))
        if not self._since:
            self._quiet_from = max(self._quiet_from, turn.end)
        return found
