"""From a requirement to a quick test of an agent.

Functions are made once for each requirement. What does not speak of the agent alone
(attributes of the contact, waiting) is unknown here, so not true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from acd.requirement.region import Region, Sort
from acd.requirement.tree import (
    ABSENT,
    LEAST,
    MOST,
    All,
    Any,
    Fact,
    Leaf,
    Of,
    Skill,
    Tree,
    at_least,
)

Skills: TypeAlias = Mapping[str, int]
Attributes: TypeAlias = Mapping[str, object]
Test: TypeAlias = Callable[[Skills, Attributes], bool]


def compiled(tree: Tree) -> Test:
    """The test whether an agent with these skills and attributes is accepted."""
    if isinstance(tree, All):
        return _each(tree)
    if isinstance(tree, Any):
        return _some([compiled(part) for part in tree.parts])
    return _clause(tree)


def _least_of(tree: Tree) -> int | None:
    """The proficiency asked, if the clause asks for a least one and nothing else."""
    if not isinstance(tree, Skill) or tree.levels & ABSENT:
        return None
    least = next(level for level in range(LEAST, MOST + 1) if tree.levels >> level & 1)
    return least if tree.levels == at_least(least) else None


def _each(tree: All) -> Test:
    asked: list[tuple[str, int]] = []
    rest: list[Test] = []
    for part in tree.parts:
        least = _least_of(part)
        if isinstance(part, Skill) and least is not None:
            asked.append((part.name, least))
        else:
            rest.append(compiled(part))
    skills = tuple(asked)
    if not rest:

        def has_skills(has: Skills, _: Attributes) -> bool:
            get = has.get
            for name, least in skills:  # noqa: SIM110  (a generator costs three times this)
                if get(name, 0) < least:
                    return False
            return True

        return has_skills
    others = tuple(rest)

    def each(has: Skills, attributes: Attributes) -> bool:
        get = has.get
        for name, least in skills:
            if get(name, 0) < least:
                return False
        for test in others:  # noqa: SIM110
            if not test(has, attributes):
                return False
        return True

    return each


def _some(tests: list[Test]) -> Test:
    others = tuple(tests)

    def some(has: Skills, attributes: Attributes) -> bool:
        for test in others:  # noqa: SIM110
            if test(has, attributes):
                return True
        return False

    return some


def _clause(leaf: Leaf) -> Test:
    if isinstance(leaf, Skill):
        name, least = leaf.name, _least_of(leaf)
        if least is not None:
            return lambda has, _: has.get(name, 0) >= least
        levels = frozenset(level for level in range(MOST + 1) if leaf.levels >> level & 1)
        return lambda has, _: has.get(name, 0) in levels
    if isinstance(leaf, Fact) and leaf.of is Of.AGENT:
        return _attribute(leaf.name, leaf.sort, leaf.region)
    return lambda _, __: False


def _attribute(name: str, sort: Sort, region: Region) -> Test:
    points = region.points()
    if sort is Sort.TEXT:
        if points is not None:
            texts = frozenset(points)
            return lambda _, has: isinstance(it := has.get(name), str) and it in texts
        return lambda _, has: isinstance(it := has.get(name), str) and it in region
    if sort is Sort.TRUTH:
        return lambda _, has: (it := has.get(name)).__class__ is bool and it in region

    def number(_: Skills, has: Attributes) -> bool:
        it = has.get(name)
        return (
            isinstance(it, int | float)
            and it.__class__ is not bool
            and math.isfinite(it)
            and it in region
        )

    return number
