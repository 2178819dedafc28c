"""Asking for less, step by step, while a contact waits.

Neither step can exclude somebody who was accepted before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from acd.requirement.requirement import Requirement, make
from acd.requirement.simplification import rebuilt
from acd.requirement.tree import (
    LEAST,
    PRESENT,
    TRUE,
    Leaf,
    Skill,
    Tree,
    at_least,
    skill,
)


def lower(requirement: Requirement, least: Mapping[str, int]) -> Requirement:
    """Asks no more than ``least`` of each of these skills: where a clause asks for more,
    it begins at ``least`` (``x >= 7`` becomes ``x >= 5``, ``x == 7`` becomes ``x in
    [5, 6, 7]``). Whoever lacks the skill is still not accepted."""
    if requirement.skills.isdisjoint(least):
        return requirement
    return _lowered(requirement, tuple(sorted(least.items())))


def drop(requirement: Requirement, skills: Collection[str]) -> Requirement:
    """Asks nothing more about these skills: each clause about them counts as true."""
    if requirement.skills.isdisjoint(skills):
        return requirement
    return _dropped(requirement, frozenset(skills))


@lru_cache(maxsize=4096)
def _lowered(requirement: Requirement, least: tuple[tuple[str, int], ...]) -> Requirement:
    limits = dict(least)

    def change(leaf: Leaf) -> Tree:
        if not isinstance(leaf, Skill) or leaf.name not in limits:
            return leaf
        held = leaf.levels & PRESENT
        asked = (held & -held).bit_length() - 1
        between = at_least(max(limits[leaf.name], LEAST)) & ~at_least(asked)
        return skill(leaf.name, leaf.levels | between)

    return make(rebuilt(requirement.tree, change))


@lru_cache(maxsize=4096)
def _dropped(requirement: Requirement, skills: frozenset[str]) -> Requirement:
    def change(leaf: Leaf) -> Tree:
        return TRUE if isinstance(leaf, Skill) and leaf.name in skills else leaf

    return make(rebuilt(requirement.tree, change))
