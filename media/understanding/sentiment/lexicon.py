"""Words of service calls and how they are meant.

Each language has a file in ``data/``, written for this project. Negation before a word
turns it, words of degree before it make it stronger or weaker.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from media.understanding.characters import fold

DATA = Path(__file__).parents[1] / "data"
_TURNED = {"positive": -0.8, "negative": -0.5}  # 'not good' is bad, 'not bad' is fair
_ZH_NOT = re.compile(
    r"(?:不是很|不是|不太|不够|不怎么|没有|没|不|(?<!特)别|无|未|并非|哪里|谈不上)(?:那么|这么|让人|令人|[很太得])?$"
)
_ZH_MORE = re.compile(
    r"(?:非常|特别|极其|实在|太|真的?|很|十分|相当|超级?|简直|完全|根本|更)(?:是|的|让人|令人|不)?$"
)
_ZH_LESS = re.compile(r"(?:有点儿?|有些|稍微|略|比较)$")
_EN_NOT = re.compile(
    r"\b(?:not|no|never|isn't|wasn't|aren't|don't|doesn't|didn't|can't|cannot|won't|hardly|without"
    r"|nothing|ain't|isnt|dont)(?: (?:really|very|at all|that|so|a|an|the|any|been|be|even|feel"
    r"|too|for))*\s*$"
)
_EN_MORE = re.compile(
    r"\b(?:very|really|so|extremely|absolutely|totally|completely|incredibly|such an?|truly"
    r"|utterly|bloody|fucking|damn)\s*$"
)
_EN_LESS = re.compile(r"\b(?:a bit|a little|slightly|somewhat|kind of|fairly)\s*$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the text that decides, its place, and what it adds, -1.3 to 1.3.
    ``turned``: by a negation before it."""

    word: str
    weight: float
    start: int
    end: int
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases with their weights, and patterns."""

    phrases: Mapping[str, float]
    found: re.Pattern[str]
    patterns: tuple[tuple[re.Pattern[str], float], ...]
    chinese: bool

    def hits(self, text: str) -> list[Hit]:
        """The words of ``text`` that decide, in order; none overlap."""
        folded = fold(text).replace("’", "'")
        candidates = [
            (match.start(), match.end(), weight, True)
            for pattern, weight in self.patterns
            for match in pattern.finditer(folded)
        ]
        for match in self.found.finditer(folded):
            weight = self.phrases[match.group()]
            candidates.append((match.start(), match.end(), weight, False))
        candidates.sort(key=lambda c: (-abs(c[2]), c[0] - c[1]))
        taken: list[Hit] = []
        for start, end, weight, whole in candidates:
            if weight and not any(h.start < end and start < h.end for h in taken):
                turned = False
                if not whole:
                    weight, turned = self._in_context(folded, start, weight)
                taken.append(Hit(text[start:end], round(weight, 3), start, end, turned))
        return sorted(taken, key=lambda h: h.start)

    def _in_context(self, folded: str, start: int, weight: float) -> tuple[float, bool]:
        before = folded[max(0, start - (8 if self.chinese else 24)) : start]
        if (_ZH_MORE if self.chinese else _EN_MORE).search(before):
            weight *= 1.3
        elif (_ZH_LESS if self.chinese else _EN_LESS).search(before):
            weight *= 0.7
        if (_ZH_NOT if self.chinese else _EN_NOT).search(before):
            return weight * _TURNED["positive" if weight > 0 else "negative"], True
        return weight, False


@functools.cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of ``zh`` or ``en``. Reads a small file the first time."""
    phrases: dict[str, float] = {}
    patterns = []
    text = (DATA / f"sentiment_{language}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        number, rest = line.split(" ", 1)
        if rest.startswith("/"):
            patterns.append((re.compile(rest.strip()[1:-1]), float(number)))
            continue
        separator = "|" if "|" in rest else " "
        words = [word.strip() for word in rest.split(separator)]
        phrases.update({fold(word): float(number) for word in words if word})
    chinese = language == "zh"
    longest_first = "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))
    found = re.compile(longest_first if chinese else rf"(?<![\w'])(?:{longest_first})(?![\w'])")
    return Lexicon(phrases, found, tuple(patterns), chinese)
