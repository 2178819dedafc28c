"""What a requirement asks of agents for one contact, now, and until when that holds.

The contact's attributes are put in first; what is left depends on the waiting time
only, and changes at few, known moments. Both steps are remembered.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from acd.requirement.region import ORDERING, Sort, Value, compared, known
from acd.requirement.requirement import Requirement, make
from acd.requirement.simplification import rebuilt
from acd.requirement.tree import (
    FALSE,
    TRUE,
    Fact,
    Leaf,
    Match,
    Of,
    Tree,
    fact,
    leaves,
)

Known: TypeAlias = tuple[Sort, Value] | None
_Timetable: TypeAlias = tuple[tuple[float, ...], tuple[Requirement, ...]]


def specialise(
    requirement: Requirement, facts: Mapping[str, object], waiting: float
) -> tuple[Requirement, float | None]:
    """The requirement of agents alone, for a contact with these attributes that has
    waited ``waiting`` seconds; and the waiting time (seconds, greater) from which on it
    is another one, None if never. A change 'after 60' begins at the next number after
    60, so a timer may be armed for exactly that time. Attributes that are missing, or
    neither text, number nor truth value, are unknown."""
    if not requirement.facts and not requirement.timed:
        return requirement, None
    values = tuple(known(facts.get(name)) for name in requirement.asked_facts)
    starts, stages = _timetable(requirement, values)
    stage = bisect_right(starts, max(waiting, 0.0)) - 1
    return stages[stage], starts[stage + 1] if stage + 1 < len(starts) else None


def settled(leaf: Leaf, facts: Mapping[str, Known]) -> Tree:
    """The clause with the contact's attributes put in."""
    if isinstance(leaf, Match):
        it = facts.get(leaf.contact)
        if it is None or (it[0] is Sort.TRUTH and leaf.sign in ORDERING):
            return FALSE
        return fact(Of.AGENT, leaf.agent, it[0], compared(leaf.sign, it[1]))
    if isinstance(leaf, Fact) and leaf.of is Of.CONTACT:
        it = facts.get(leaf.name)
        return TRUE if it is not None and it[0] is leaf.sort and it[1] in leaf.region else FALSE
    return leaf


def at_time(leaf: Leaf, waiting: float) -> Tree:
    """The clause with the waiting time put in."""
    if isinstance(leaf, Fact) and leaf.of is Of.WAITING:
        return TRUE if max(waiting, 0.0) in leaf.region else FALSE
    return leaf


@lru_cache(maxsize=8192)
def _timetable(requirement: Requirement, values: tuple[Known, ...]) -> _Timetable:
    """From which waiting time on what is asked, each differing from the one before."""
    facts = dict(zip(requirement.asked_facts, values, strict=True))
    tree = rebuilt(requirement.tree, lambda leaf: settled(leaf, facts))
    starts: list[float] = []
    stages: list[Requirement] = []
    for start in [0.0, *sorted(_changes(tree))]:
        stage = make(rebuilt(tree, lambda leaf, start=start: at_time(leaf, start)))  # type: ignore[misc]
        if not stages or stage != stages[-1]:
            starts.append(start)
            stages.append(stage)
    return tuple(starts), tuple(stages)


def _changes(tree: Tree) -> set[float]:
    return {
        math.nextafter(value, math.inf) if after else float(value)
        for leaf in leaves(tree)
        if isinstance(leaf, Fact) and leaf.of is Of.WAITING
        for value, after in leaf.region.cuts
    }
