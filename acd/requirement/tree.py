"""What a requirement consists of: clauses, joined by 'all' and 'any'.

Only what makes an agent accepted is kept. Negations were moved into the clauses, which
three-valued logic allows (the negation of a comparison is unknown exactly where the
comparison is). Without negations around it, a clause that is unknown acts like one
that is false, so a clause is the set of values for which it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from acd.requirement.region import EVERYTHING, NOTHING, Region, Sort, compared

LEAST, MOST = 1, 10  # proficiency
ABSENT = 1  # bit 0 of the levels: the agent does not have the skill
PRESENT = sum(1 << level for level in range(LEAST, MOST + 1))


class Of(StrEnum):
    """Whose attribute it is."""

    AGENT = "agent"
    CONTACT = "contact"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Skill:
    """The agent's proficiency is one of ``levels``: bit n for n, bit 0 for 'has it not'."""

    name: str
    levels: int


@dataclass(frozen=True, slots=True)
class Fact:
    """An attribute is a value of this kind and lies in ``region``."""

    of: Of
    name: str
    sort: Sort
    region: Region


@dataclass(frozen=True, slots=True)
class Match:
    """An attribute of the agent compared with one of the contact."""

    agent: str
    sign: str
    contact: str


@dataclass(frozen=True, slots=True)
class All:
    """Each part is true."""

    parts: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part is true."""

    parts: tuple[Tree, ...] = ()


Leaf: TypeAlias = Skill | Fact | Match
Tree: TypeAlias = Skill | Fact | Match | All | Any

TRUE, FALSE = All(), Any()


def skill(name: str, levels: int) -> Tree:
    """The clause about a skill, or a constant if there is nothing to ask."""
    if not levels:
        return FALSE
    return TRUE if levels == PRESENT | ABSENT else Skill(name, levels)


def at_least(least: float) -> int:
    """The levels from ``least`` up."""
    return sum(1 << level for level in range(LEAST, MOST + 1) if level >= least)


def fact(of: Of, name: str, sort: Sort, region: Region) -> Tree:
    """The clause about an attribute, in its one form; a constant if nothing is asked."""
    if sort is Sort.TRUTH:  # only two values: 'not false' is 'true'
        both = (False in region, True in region)
        region = EVERYTHING if all(both) else NOTHING if not any(both) else compared("==", both[1])
    elif sort is Sort.TEXT:
        region = region.from_least("")
    elif of is Of.WAITING:
        region = region.from_least(0)
        if region == EVERYTHING:  # always known, unlike any other attribute
            return TRUE
    return FALSE if region == NOTHING else Fact(of, name, sort, region)


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Every clause."""
    if isinstance(tree, All | Any):
        for part in tree.parts:
            yield from leaves(part)
    else:
        yield tree


def depth(tree: Tree) -> int:
    """How deep 'all' and 'any' are nested."""
    if isinstance(tree, All | Any):
        return 1 + max(map(depth, tree.parts), default=0)
    return 0


LeafChange: TypeAlias = Callable[[Leaf], Tree]
