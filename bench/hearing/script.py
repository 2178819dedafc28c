"""Who says what, and when: two people take turns, in every call at the same time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.hearing.phrases import Phrase

_GAP = (0.6, 1.2)  # seconds from the end of one's phrase to the other's answer
_APART = 1.5  # calls do not begin at once
SIDES = ("caller", "agent")


@dataclass(frozen=True)
class Turn:
    """``at``: seconds after the talk began."""

    call: int
    side: str
    phrase: str
    at: float


def talk(
    calls: Sequence[str], phrases: Sequence[Phrase], seconds: float, *, seed: int
) -> list[Turn]:
    """Turns that are over within ``seconds``; ``calls`` is the language of each call."""
    chance = random.Random(seed)
    turns: list[Turn] = []
    for number, language in enumerate(calls):
        able = [phrase for phrase in phrases if phrase.language == language]
        pile: list[Phrase] = []
        at, side = chance.uniform(0, _APART), chance.randrange(2)
        while True:
            if not pile:
                pile = chance.sample(able, len(able))
            phrase = pile.pop()
            if at + phrase.seconds > seconds:
                break
            turns.append(Turn(number, SIDES[side], phrase.name, at))
            at, side = at + phrase.seconds + chance.uniform(*_GAP), 1 - side
    return turns
