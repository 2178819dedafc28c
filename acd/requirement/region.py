"""Sets of values of one ordered kind, as places where belonging changes.

A cut ``(v, 0)`` lies just before the value ``v``, ``(v, 1)`` just after it. A region
says whether the least values belong to it, and changes at each of its cuts. So every
comparison, and every union, intersection and complement of comparisons, has exactly
one form, whatever it was written as.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import and_, or_
from typing import Any, TypeAlias

Value: TypeAlias = bool | int | float | str
Cut: TypeAlias = tuple[Any, int]


class Sort(StrEnum):
    """Kinds of values. Values of different kinds are never compared."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"


def known(value: object) -> tuple[Sort, Value] | None:
    """A value of a requirement with its kind; None for what cannot be compared (nothing,
    a list, not a number...). A number that is whole becomes an int."""
    if isinstance(value, bool):
        return Sort.TRUTH, value
    if isinstance(value, str):
        return Sort.TEXT, str.__str__(value)  # of an enumeration's member, its value
    if isinstance(value, int):
        return Sort.NUMBER, int(value)
    if isinstance(value, float) and math.isfinite(value):
        return Sort.NUMBER, int(value) if value.is_integer() else float(value)
    return None


@dataclass(frozen=True, slots=True)
class Region:
    """A set of values: whether it holds the least ones, and where that changes."""

    inside: bool
    cuts: tuple[Cut, ...] = ()

    def __contains__(self, value: Value) -> bool:
        passed = bisect_left(self.cuts, (value, 0.5))
        return self.inside ^ bool(passed & 1)

    def __and__(self, other: Region) -> Region:
        return self._merged(other, and_)

    def __or__(self, other: Region) -> Region:
        return self._merged(other, or_)

    def __invert__(self) -> Region:
        return Region(not self.inside, self.cuts)

    def _merged(self, other: Region, both: Callable[[bool, bool], bool]) -> Region:
        mine, theirs = set(self.cuts), set(other.cuts)
        here, there = self.inside, other.inside
        first = now = both(here, there)
        cuts = []
        for cut in sorted(mine | theirs):
            here ^= cut in mine
            there ^= cut in theirs
            if both(here, there) != now:
                now = not now
                cuts.append(cut)
        return Region(first, tuple(cuts))

    def from_least(self, least: Value) -> Region:
        """The same where no value is below ``least``: one form for equal sets."""
        passed = bisect_right(self.cuts, (least, 0))
        return Region(self.inside ^ bool(passed & 1), self.cuts[passed:])

    def intervals(self) -> Iterator[tuple[Cut | None, Cut | None]]:
        """Its stretches in order; None is an open end."""
        ends: list[Cut | None] = [None] if self.inside else []
        ends.extend(self.cuts)
        if len(ends) % 2:
            ends.append(None)
        yield from zip(ends[::2], ends[1::2], strict=True)

    def points(self) -> list[Value] | None:
        """Its values if they are single ones, else None."""
        found = []
        for low, high in self.intervals():
            if low is None or high is None or low[0] != high[0]:
                return None
            found.append(low[0])
        return found


NOTHING, EVERYTHING = Region(False), Region(True)

_NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
ORDERING = frozenset({"<", "<=", ">", ">="})


def negated(sign: str) -> str:
    """The comparison that is true where this one is false, and unknown where it is."""
    return _NEGATED[sign]


def flipped(sign: str) -> str:
    """The comparison with its sides exchanged."""
    return _FLIPPED[sign]


def compared(sign: str, value: Value) -> Region:
    """What is ``sign value``: ``compared("<", 5)`` are the values below 5."""
    if sign == "==":
        return Region(False, ((value, 0), (value, 1)))
    if sign in ("<", "<="):
        return Region(True, ((value, int(sign == "<=")),))
    return ~compared(negated(sign), value)


def one_of(values: Iterable[Value]) -> Region:
    """Just these values."""
    return Region(False, tuple((value, end) for value in sorted(set(values)) for end in (0, 1)))
