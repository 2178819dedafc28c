"""Text as n-grams, alike for Chinese and English.

Words are words, and each Chinese character is one; n-grams of words are features, and so
are pieces of the letters of each word, which forgive misspelling and inflexion.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from media.understanding.characters import CJK, HAS_CJK, fold

_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W\d_{CJK}]+)?|[!?！？]")
_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Grams:
    """``words``: longest n-gram of English words; ``characters``: of Chinese characters;
    ``pieces``: shortest and longest piece of a word's letters, (0, 0) for none."""

    words: int = 2
    characters: int = 3
    pieces: tuple[int, int] = (3, 5)

    def as_dict(self) -> dict[str, Any]:
        """For a model file."""
        return {**asdict(self), "pieces": list(self.pieces)}


def tokens(text: str) -> list[str]:
    """Words and single Chinese characters of folded text, with ``!`` and ``?``; figures
    stand for each other."""
    found = _TOKEN.findall(fold(text).replace("’", "'"))
    return ["#" * len(t) if t.isdecimal() else t for t in found]


def features(text: str, grams: Grams) -> Counter[str]:
    """How often each n-gram occurs. A hundred microseconds for an utterance."""
    found = tokens(text)
    counts: Counter[str] = Counter(found)
    longest = max(grams.words, grams.characters)
    for size in range(2, longest + 1):
        for at in range(len(found) - size + 1):
            part = found[at : at + size]
            chinese = all(HAS_CJK.match(token) for token in part)
            if size <= (grams.characters if chinese else grams.words):
                counts[("" if chinese else _SEPARATOR).join(part)] += 1
    low, high = grams.pieces
    if high:
        for token in found:
            if token.isascii() and token.isalpha():
                padded = f"<{token}>"
                for size in range(low, high + 1):
                    for at in range(len(padded) - size + 1):
                        counts["~" + padded[at : at + size]] += 1
    return counts
