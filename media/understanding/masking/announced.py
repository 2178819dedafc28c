"""Digits that were announced, or asked for, as a card number.

What follows the words *card number* is masked even when its check digit is wrong and its
length is no card's: recognition adds a digit, or leaves one out, in about one of twenty
spoken numbers. The last four digits of a card, announced as such, stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from media.understanding.characters import fold
from media.understanding.digits import Digit
from media.understanding.masking import cues
from media.understanding.masking.quantities import is_quantity

_CARD = re.compile(
    r"\bcard(?:'s)?(?: account)? (?:number|no)\b"
    r"|\bnumber (?:of|on) (?:my|your|the|this|that|his|her)(?: \w+)? card\b"
    r"|\b(?:whole|full|long|16[- ]digit|sixteen[- ]digit) number\b|卡号|卡的号码"
)
_ENDING = re.compile(
    r"\blast (?:four|4|few)\b|\bend(?:s|ing)?(?: in| with)\b|尾号|[后末]四位|[后末]4位|最后[四4]"
)
LEAST = 9  # fewer are its end, or a number that goes on: held
_MOST = 24
_HELD_FROM = 5


def asks_for_card(text: str) -> bool:
    """Whether a side of the conversation speaks of a whole card number, so that the next
    long number of the other side is one."""
    folded = fold(text)
    return _CARD.search(folded) is not None and _ENDING.search(folded) is None


def announced_cards(
    folded: str, chain: list[list[Digit]], exempt: list[tuple[int, int]], card_from: int | None
) -> Iterator[tuple[list[Digit], bool]]:
    """The digits of each announced number in the chain of rows, and whether they are too
    few to be certain. ``card_from``: place from which a row is one without a word."""
    joined: list[Digit] = []
    for run in chain:
        start, end = run[0].start, run[-1].end
        own = any(a <= start and end <= b for a, b in exempt)
        other = cues.announced(cues.OTHER, folded, start) or is_quantity(folded, start, end)
        if own or other or cues.announced(_ENDING, folded, start):
            yield from _number(joined)
            joined = []
        elif joined and len(joined) + len(run) <= _MOST:
            joined = joined + run
        elif cues.announced(_CARD, folded, start) or (card_from is not None and start >= card_from):
            yield from _number(joined)
            joined = list(run)
    yield from _number(joined)


def _number(digits: list[Digit]) -> Iterator[tuple[list[Digit], bool]]:
    if len(digits) >= _HELD_FROM:
        yield digits, len(digits) < LEAST
