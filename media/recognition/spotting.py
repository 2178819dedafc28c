"""Phrases found in a text that says more, or says it a little otherwise.

"uh, sales please" holds "sales"; a recogniser that writes 战人宫 for 转人工 has heard the
right sounds. The same serves what is typed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from media.understanding.characters import HAS_CJK, fold, words
from media.understanding.rough_sound import rough_sound

_ENOUGH = 0.8
"""Of likeness, to be taken for a phrase."""
_CLEARLY = 0.1
"""By how much one must be liker than another one that was said beside it."""
_SOUNDS_SAME = 0.9
_SOUNDS_NEAR = 0.6
_SPELT_NEAR = 0.75
_LETTERS = 4  # of a word that may be spelt a little otherwise
# Said around a choice, without a meaning of their own.
# Recognisers write "6" for "six" and 六.
_FIGURES = {
    word: figure
    for figure, names in enumerate(
        (
            "zero 零 〇", "one 一 幺", "two 二 两", "three 三", "four 四", "five 五", "six 六",
            "seven 七", "eight 八", "nine 九", "ten 十",
        )
    )
    for word in names.split()
}  # fmt: skip
_FILLERS = frozenset(
    words(
        "uh um er ah oh well please the a an to i want need would like i'd i'm my me for with "
        "it is yes hello hi 嗯啊呃哦我要想请办的了吧下你好那个是"
    )
)


@dataclass(frozen=True, slots=True)
class Spotted:
    """``phrase`` was found with a ``likeness`` of 0.8 to 1; ``whole``: nothing else was
    said that means anything."""

    phrase: str
    likeness: float
    whole: bool


def spot(text: str, phrases: Sequence[str], groups: Sequence[int] = ()) -> Spotted | None:
    """The one of ``phrases`` that ``text`` holds; None when it holds none, or two that mean
    different things (by ``groups``, else each its own)."""
    said = units(text)
    found: list[tuple[float, int, int, str, int]] = []  # likeness, length, at, phrase, group
    for number, phrase in enumerate(phrases):
        wanted = units(phrase)
        at, likeness = _best(said, wanted)
        if likeness >= _ENOUGH:
            group = groups[number] if groups else number
            found.append((likeness, len(wanted), at, phrase, group))
    if not found:
        return None
    # Where two cover the same words, the longer one was meant: "new card", not "card".
    best = max(found, key=lambda f: (round(f[0], 1), f[1], f[0]))
    likeness, size, at, phrase, group = best
    for other, other_size, other_at, _, other_group in found:
        apart = other_at + other_size <= at or at + size <= other_at
        same_place = other_at == at and other_size == size
        rivals = other > likeness - _CLEARLY and (apart or same_place)
        if other_group != group and rivals:
            return None
    rest = said[:at] + said[at + size :]
    return Spotted(phrase, round(likeness, 3), all(word in _FILLERS for word in rest))


def same(one: str, other: str) -> bool:
    """Whether two phrases are the same to whoever listens or reads."""
    return units(one) == units(other)


def sounds_same(one: str, other: str) -> bool:
    """Whether two phrases cannot be told apart by their sound (in Chinese, roughly)."""
    left, right = units(one), units(other)
    return [rough_sound(w) for w in left] == [rough_sound(w) for w in right]


def speakable(phrase: str) -> bool:
    """Whether there is a word in it."""
    return bool(units(phrase))


@functools.lru_cache(maxsize=2048)
def units(phrase: str) -> tuple[str, ...]:
    """Its words and Chinese characters, comparable; numbers up to ten in figures."""
    return tuple(str(_FIGURES.get(word, word)) for word in words(fold(phrase)))


def _best(said: Sequence[str], wanted: Sequence[str]) -> tuple[int, float]:
    """Where ``wanted`` is likest to be, and how much."""
    best = (0, 0.0)
    size = len(wanted)
    if not size:
        return best
    for at in range(len(said) - size + 1):
        alike = sum(map(_alike, said[at : at + size], wanted)) / size
        if alike > best[1]:
            best = (at, alike)
    return best


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if HAS_CJK.match(one) and HAS_CJK.match(other):
        left, right = rough_sound(one), rough_sound(other)
        if left == right:
            return _SOUNDS_SAME
        near = left[:1] == right[:1] and left[-2:] == right[-2:]
        return _SOUNDS_NEAR if near else 0.0
    if min(len(one), len(other)) < _LETTERS:
        return 0.0
    likeness = 1 - _distance(one, other) / max(len(one), len(other))
    return likeness if likeness >= _SPELT_NEAR else 0.0


def _distance(one: str, other: str) -> int:
    """Levenshtein's: letters to change, add or leave out."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            change = previous + (left != right)
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, change)
    return row[-1]
