"""Whatever is written, simplified, relaxed and explained: it means what was written."""

from __future__ import annotations

import pickle
import random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from acd.requirement import (
    NOBODY,
    Requirement,
    accepts,
    all_of,
    any_of,
    drop,
    failing,
    load,
    lower,
    parse,
    specialise,
)
from acd.requirement.evaluation import compiled
from acd.requirement.simplification import rebuilt
from acd.requirement.tree import TRUE
from tests.acd.requirement.expressions import (
    AGENT,
    FACTS,
    LEVELS,
    ODD_NUMBERS,
    SIGNS,
    SKILLS,
    TEXT_VALUES,
    WORLDS,
    World,
    trees,
    truth,
    written,
)

TREES = trees()
LEAST = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10))


def read(tree: Any) -> Requirement:
    return parse(written(tree), SKILLS)


def accepted(requirement: Requirement, world: World) -> bool:
    special, _ = specialise(requirement, world.facts, world.waiting)
    assert not special.facts
    assert not special.timed
    return accepts(special, world.skills, world.agent)


@settings(max_examples=300)
@given(TREES, st.lists(WORLDS, min_size=12, max_size=12))
def test_accepted_is_who_makes_it_true(tree: Any, worlds: list[World]) -> None:
    requirement = read(tree)
    for world in worlds:
        assert accepted(requirement, world) is (truth(tree, world) is True)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("negate", [False, True])
def test_every_comparison_of_everything(sign: str, negate: bool) -> None:
    values: list[Any] = [*LEVELS, *ODD_NUMBERS, *TEXT_VALUES, True, False]
    for value in values:
        numeric = _is_number(value)
        names = [*FACTS, *AGENT, *(SKILLS if numeric else ()), *(["waiting"] if numeric else [])]
        if isinstance(value, bool) and sign not in ("==", "!="):
            continue
        for name in names:
            clause: Any = ("compare", name, sign, value)
            tree = ("not", clause) if negate else clause
            requirement = read(tree)
            for it in [*values, None]:
                world = World(
                    skills={name: it} if it in LEVELS and _is_number(it) else {},
                    agent={name.removeprefix("agent."): it},
                    facts={name: it},
                    waiting=it if _is_number(it) and it >= 0 else 4.0,
                )
                assert accepted(requirement, world) is (truth(tree, world) is True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@given(TREES)
def test_the_canonical_text_is_its_own_canonical_text(tree: Any) -> None:
    requirement = read(tree)
    for again in (parse(requirement.text), parse(requirement.text, SKILLS), load(requirement.text)):
        assert again.text == requirement.text
        assert again == requirement
        assert hash(again) == hash(requirement)
        assert again.tree == requirement.tree
    assert pickle.loads(pickle.dumps(requirement)) == requirement
    assert parse(requirement.short, SKILLS) == requirement


def shuffled(tree: Any, dice: random.Random) -> Any:
    """The same said otherwise."""
    match tree:
        case "and" | "or" as word, parts:
            said = [shuffled(part, dice) for part in parts]
            said += [shuffled(part, dice) for part in parts if dice.random() < 0.3]
            dice.shuffle(said)
            if dice.random() < 0.3:  # De Morgan
                other = "or" if word == "and" else "and"
                return "not", (other, [("not", part) for part in said])
            return word, said
        case "not", inner:
            return "not", shuffled(inner, dice)
    return tree if dice.random() < 0.8 else ("not", ("not", tree))


@given(TREES, st.randoms(use_true_random=False))
def test_order_repetition_and_negation_do_not_change_the_text(
    tree: Any, dice: random.Random
) -> None:
    text = written(shuffled(tree, dice))
    assume(len(text) <= 2000)
    assert parse(text, SKILLS).text == read(tree).text


@given(TREES, WORLDS)
def test_what_is_asked_holds_until_the_time_that_is_given(tree: Any, world: World) -> None:
    requirement = read(tree)
    now, until = specialise(requirement, world.facts, world.waiting)
    for later in (0.5, 1, 2, 2.5, 3, 5, 6, 7, 9, 10, 11, 20, 1e6):
        if later < world.waiting:
            continue
        then, _ = specialise(requirement, world.facts, later)
        assert until is None or later >= until or then == now
        assert until is not None or then == now
    if until is not None:
        assert until > world.waiting
        assert specialise(requirement, world.facts, until)[0] != now


@given(TREES, WORLDS, LEAST)
def test_relaxing_never_excludes(tree: Any, world: World, least: dict[str, int]) -> None:
    requirement = read(tree)
    lowered, dropped = lower(requirement, least), drop(requirement, least)
    assert dropped.skills.isdisjoint(least)
    assert lower(lowered, least) == lowered
    if accepted(requirement, world):
        assert accepted(lowered, world)
        assert accepted(dropped, world)
    if accepted(lowered, world):
        assert accepted(dropped, world)


@given(TREES, TREES, WORLDS)
def test_joined_requirements(one: Any, other: Any, world: World) -> None:
    mine, theirs = read(one), read(other)
    both = accepted(mine, world) and accepted(theirs, world)
    assert accepted(all_of(mine, theirs), world) is both
    either = accepted(mine, world) or accepted(theirs, world)
    assert accepted(any_of(mine, theirs), world) is either


@given(TREES, WORLDS)
def test_each_failing_clause_fails_and_none_is_left_out(tree: Any, world: World) -> None:
    requirement = read(tree)
    clauses = failing(requirement, world.skills, world.agent, world.facts, world.waiting)
    assert bool(clauses) is not accepted(requirement, world)
    for clause in clauses:
        assert clause.in_words("en")
        assert clause.in_words("zh-CN")
        assert not accepted(parse(clause.text, SKILLS), world), clause.text


@given(TREES, WORLDS)
def test_meeting_the_failing_clauses_is_enough(tree: Any, world: World) -> None:
    special, _ = specialise(read(tree), world.facts, world.waiting)
    clauses = failing(special, world.skills, world.agent)
    assume(special != NOBODY)
    met = {clause.leaf for clause in clauses}
    rest = rebuilt(special.tree, lambda leaf: TRUE if leaf in met else leaf)
    assert compiled(rest)(world.skills, world.agent)
