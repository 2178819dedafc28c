"""Text with its digits brought together: ``order A four one-two`` becomes ``order a412``.

Patterns of numbers are written for this form, so that one pattern finds a number however
it is said; every character knows where it came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from media.understanding.digits import Digit, is_tight

_HAS_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Compact:
    """``text``, and for each of its characters the span of the original that says it."""

    text: str
    places: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original of the non-empty span ``start`` to ``end``."""
        return self.places[start][0], max(place[1] for place in self.places[start:end])


def compact(folded: str, digits: list[Digit], *, over_lines: bool = False) -> Compact:
    """Folded text with spoken digits written and separators between digits left out;
    ends of lines are such separators only if ``over_lines``."""
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for index, digit in enumerate(digits):
        between = folded[at : digit.start]
        if index == 0 or not _is_seam(between, over_lines):
            characters += between
            places += [(i, i + 1) for i in range(at, digit.start)]
        characters.append(digit.value)
        places.append((digit.start, digit.end))
        at = max(at, digit.end)
    characters += folded[at:]
    places += [(i, i + 1) for i in range(at, len(folded))]
    return Compact("".join(characters), tuple(places))


def _is_seam(between: str, over_lines: bool) -> bool:
    """Whether digits on both sides are brought together over what stands between."""
    if "\0" in between or ("\n" in between and not over_lines):
        return False
    return not _HAS_WORD.search(between) or is_tight(between)
