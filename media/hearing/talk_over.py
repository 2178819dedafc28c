"""When both sides speak at once, said while they do."""

from __future__ import annotations

from media.hearing.told import Told
from media.vad.overlap import TALK_OVER, Conversation, TalkOver
from media.vad.turns import Ended, Timing, Turn

# That somebody has stopped is told so much later, so until then it is not sure.
_TOLD_LATE = Timing().hang_over


class TalkOvers:
    """Fed with the turns of both sides on their common clock. What lasts is told to have
    begun while it does; what is short, when it is over."""

    def __init__(self) -> None:
        self._judge = Conversation()
        self._since: dict[str, float] = {}
        self._told: tuple[str, float] | None = None

    def turn(self, side: str, turn: Turn) -> list[Told]:
        """``side`` began or ended to speak."""
        found = self._judge.turn(side, turn)
        if not isinstance(turn, Ended):
            self._since.setdefault(side, turn.start)
            return []
        self._since.pop(side, None)
        told: list[Told] = []
        for over in found:
            if isinstance(over, TalkOver):
                told += self._begin(over.by, over.start) + self._over(over)
        if self._told is not None and len(self._since) < 2:  # shorter than it looked
            by, start = self._told
            told += self._over(TalkOver(by, "", start, round(max(0.0, turn.end - start), 2)))
        return told

    def now(self, at: float) -> list[Told]:
        """Time goes on; call it some times a second."""
        if len(self._since) < 2 or self._told is not None:
            return []
        by, start = max(self._since.items(), key=lambda item: item[1])
        return self._begin(by, start) if at - start >= TALK_OVER + _TOLD_LATE else []

    def _begin(self, by: str, start: float) -> list[Told]:
        if self._told is not None:
            return []
        self._told = by, start
        return [Told("talk_over.began", start, {"leg": by})]

    def _over(self, over: TalkOver) -> list[Told]:
        self._told = None
        end = round(over.start + over.seconds, 2)
        return [
            Told(
                "talk_over.ended", end,
                {"leg": over.by, "start": over.start, "seconds": over.seconds},
            )
        ]  # fmt: skip
