"""Products of a lexicon in what people say, also misheard: by letters, and in Chinese by
sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from media.understanding.characters import CJK, fold
from media.understanding.facts.model import Fact, FactKind, Span
from media.understanding.facts.settings import Product
from media.understanding.rough_sound import rough_sound

_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    letters: str


class Lexicon:
    """Finds products. Quick for some hundreds of them; for more use a thread."""

    def __init__(self, products: tuple[Product, ...]) -> None:
        self._entries = []
        for product in products:
            for said in (product.name, *product.aliases):
                words = tuple(_WORD.findall(fold(said)))
                if words:
                    sounds = tuple(map(rough_sound, words))
                    self._entries.append(_Entry(product.name, words, sounds, "".join(words)))

    def find(self, folded: str) -> Iterator[Fact]:
        """Candidates, which may overlap; of folded text."""
        if not self._entries:
            return
        found = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(folded)]
        words = [word for word, _, _ in found]
        sounds = [rough_sound(word) for word in words]
        for entry in self._entries:
            for size in {len(entry.words), len(entry.words) + 1, max(1, len(entry.words) - 1)}:
                for at in range(len(words) - size + 1):
                    likeness = _likeness(entry, words[at : at + size], sounds[at : at + size])
                    if likeness:
                        span = Span(found[at][1], found[at + size - 1][2])
                        yield Fact(FactKind.PRODUCT, entry.name, (span,), likeness)


def _likeness(entry: _Entry, words: list[str], sounds: list[str]) -> float:
    """0 for another thing, else the confidence that it is this product."""
    if tuple(words) == entry.words:
        return 0.97
    if tuple(sounds) == entry.sounds:
        return 0.85 if len(words) > 1 else 0.0
    letters = "".join(words)
    if letters == entry.letters:
        return 0.93
    if entry.letters.isascii() and letters.isascii():
        if any(c.isdigit() for c in entry.letters) or len(entry.letters) < 5:
            return 0.0  # X100 and X200 are two things
        allowed = 1 if len(entry.letters) < 9 else 2
        if abs(len(letters) - len(entry.letters)) > allowed or letters[0] != entry.letters[0]:
            return 0.0
        return 0.7 if _distance(letters, entry.letters, allowed) <= allowed else 0.0
    if len(words) == len(entry.words) >= 4:
        wrong = sum(a != b for a, b in zip(sounds, entry.sounds, strict=True))
        return 0.65 if wrong == 1 else 0.0
    return 0.0


def _distance(a: str, b: str, most: int) -> int:
    """Levenshtein distance; anything over ``most`` may be ``most + 1``."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
        if min(row) > most:
            return most + 1
    return row[-1]
