"""Joining parts so that equal meaning has, as far as is practicable, one form.

Parts are flattened, clauses about the same thing merged into one, constants folded,
parts that another one makes superfluous left out, and the rest put in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from acd.requirement.text import order
from acd.requirement.tree import (
    FALSE,
    TRUE,
    All,
    Any,
    Fact,
    LeafChange,
    Skill,
    Tree,
    fact,
    skill,
)


def conjunction(parts: Iterable[Tree]) -> Tree:
    """All of them."""
    return _join(All, parts)


def disjunction(parts: Iterable[Tree]) -> Tree:
    """Any of them."""
    return _join(Any, parts)


def rebuilt(tree: Tree, change: LeafChange) -> Tree:
    """The tree with each clause replaced, simplified anew."""
    if isinstance(tree, All | Any):
        return _join(type(tree), [rebuilt(part, change) for part in tree.parts])
    return change(tree)


def _join(kind: type[All] | type[Any], parts: Iterable[Tree]) -> Tree:
    neutral, absorbing = (TRUE, FALSE) if kind is All else (FALSE, TRUE)
    pending = list(parts)
    while True:
        merged = _merged(kind, pending)
        if absorbing in merged:
            return absorbing
        merged = [part for part in merged if part != neutral]
        pending = _without_superfluous(kind, [_narrowed(kind, part, merged) for part in merged])
        if pending == merged:
            break
    if len(pending) == 1:
        return pending[0]
    return kind(tuple(sorted(pending, key=order)))


def _merged(kind: type[All] | type[Any], parts: list[Tree]) -> list[Tree]:
    """Flat, each thing spoken of in one clause."""
    clauses: dict[object, Tree] = {}
    rest: dict[Tree, None] = {}
    for part in parts:
        for one in part.parts if isinstance(part, kind) and part.parts else (part,):
            key = _about(one)
            if key is None:
                rest[one] = None
                continue
            first = clauses.setdefault(key, one)
            if first is not one:
                clauses[key] = merge(kind, first, one)
    if kind is All:
        kinds = [(one.of, one.name) for one in clauses.values() if isinstance(one, Fact)]
        if len(set(kinds)) < len(kinds):  # a value is not both a number and a text
            return [FALSE]
    return [*clauses.values(), *rest]


def _about(part: Tree) -> object:
    """What a clause is about; clauses about the same can be merged."""
    if isinstance(part, Skill):
        return part.name
    if isinstance(part, Fact):
        return part.of, part.name, part.sort
    return None


def merge(kind: type[All] | type[Any], one: Tree, other: Tree) -> Tree:
    """Two clauses about the same thing as one clause or constant."""
    if isinstance(one, Skill) and isinstance(other, Skill):
        both = one.levels & other.levels if kind is All else one.levels | other.levels
        return skill(one.name, both)
    if isinstance(one, Fact) and isinstance(other, Fact):
        region = one.region & other.region if kind is All else one.region | other.region
        return fact(one.of, one.name, one.sort, region)
    if TRUE in (one, other):  # an earlier merge gave a constant
        return (other if one == TRUE else one) if kind is All else TRUE
    return FALSE if kind is All else (other if one == FALSE else one)


def _narrowed(kind: type[All] | type[Any], part: Tree, beside: list[Tree]) -> Tree:
    """A part without what cannot matter beside the clauses that stand next to it:
    ``x >= 5 and (x < 3 or y)`` is ``x >= 5 and y``."""
    if not isinstance(part, All | Any):
        return part
    pointless = FALSE if kind is All else TRUE
    clauses = {_about(one): one for one in beside if isinstance(one, Skill | Fact)}
    kept = [
        one
        for one in part.parts
        if not (
            (about := _about(one)) is not None
            and about in clauses
            and merge(kind, one, clauses[about]) == pointless
        )
    ]
    return part if len(kept) == len(part.parts) else _join(type(part), kept)


def _without_superfluous(kind: type[All] | type[Any], parts: list[Tree]) -> list[Tree]:
    """Without parts that another one implies ('all') or that imply another ('any')."""
    split = [_split(kind, part) for part in parts]
    about = [frozenset(_about(one) or one for one in each) for each in split]
    kept: list[Tree] = []
    for i, mine in enumerate(split):
        if not any(
            about[j] <= about[i]  # else it cannot be; far cheaper than to try
            and j != i
            and _covers(kind, theirs, mine)
            and (j < i or not _covers(kind, mine, theirs))
            for j, theirs in enumerate(split)
        ):
            kept.append(parts[i])
    return kept


def _split(kind: type[All] | type[Any], part: Tree) -> tuple[Tree, ...]:
    other = Any if kind is All else All
    return part.parts if isinstance(part, other) and part.parts else (part,)


def _covers(kind: type[All] | type[Any], one: tuple[Tree, ...], other: tuple[Tree, ...]) -> bool:
    """Whether ``other`` need not be said beside ``one``."""
    if kind is All:
        return all(any(_implies(mine, theirs) for theirs in other) for mine in one)
    return all(any(_implies(theirs, mine) for theirs in other) for mine in one)


def _implies(one: Tree, other: Tree) -> bool:
    if isinstance(one, Skill) and isinstance(other, Skill):
        return one.name == other.name and not one.levels & ~other.levels
    if isinstance(one, Fact) and isinstance(other, Fact):
        return _about(one) == _about(other) and one.region & other.region == one.region
    return one == other
