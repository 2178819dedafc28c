"""Both legs of a conversation: one clock, and what only both together tell."""

from __future__ import annotations

import time

from media.hearing.leg import HeardLeg
from media.hearing.talk_over import TalkOvers
from media.hearing.told import Told
from media.recognition.contract import Heard
from media.vad.turns import Turn


class Talk:
    """``epoch``: when the conversation's clock began, epoch seconds; ``now`` is that time
    now. Legs come and go (hold, transfer); the clock goes on."""

    def __init__(self, *, epoch: float, now: float) -> None:
        self.epoch = epoch
        self._base = (now - epoch) - time.monotonic()
        self._legs: list[HeardLeg] = []
        self._overs = TalkOvers()

    def place(self, moment: float) -> float:
        """The conversation's time of a moment (monotonic seconds)."""
        return max(0.0, round(moment + self._base, 3))

    @property
    def seconds(self) -> float:
        """The conversation's time now."""
        return self.place(time.monotonic())

    @property
    def legs(self) -> tuple[HeardLeg, ...]:
        """Those that are heard."""
        return tuple(self._legs)

    def add(self, leg: HeardLeg) -> None:
        """``leg`` is heard from now on."""
        self._legs.append(leg)
        if len(self._legs) == 1:
            self._overs = TalkOvers()

    def remove(self, leg: HeardLeg) -> None:
        """``leg`` is not heard any more."""
        if leg in self._legs:
            self._legs.remove(leg)

    def on_turn(self, leg: HeardLeg, turn: Turn) -> list[Told]:
        """For :class:`HeardLeg`."""
        return self._named(self._overs.turn(leg.side, turn))

    def on_words(self, leg: HeardLeg, heard: Heard) -> list[Told]:
        """For :class:`HeardLeg`: a secret that one side speaks of may come from either."""
        told: list[Told] = []
        for each in self._legs:
            for one in each.words.asked(heard.text, heard.end):
                told.append(_of(one, each))
        return told

    async def tick(self) -> None:
        """Time goes on: call it some times a second."""
        now = self.seconds
        legs = self.legs
        if legs:
            for told in self._named(self._overs.now(now)):
                await legs[0].tell(told)
        for leg in legs:
            await leg.settle(now)

    def _named(self, told: list[Told]) -> list[Told]:
        sides = {leg.side: leg for leg in self._legs}
        return [_of(one, sides[one.data["leg"]]) if one.data["leg"] in sides else one
                for one in told]  # fmt: skip


def _of(told: Told, leg: HeardLeg) -> Told:
    return Told(told.type, told.at, {**told.data, "leg": leg.side, "leg_id": leg.audio.id})
