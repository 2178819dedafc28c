"""Quick enough for every decision: the best of many short runs, which load cannot spoil."""

from __future__ import annotations

import timeit
from collections.abc import Callable

from acd.requirement import accepts, of_skills, parse, specialise

SKILLS = {"a": 5, "b": 5, "c": 5, "d": 1}


def microseconds(once: Callable[[], object]) -> float:
    return min(timeit.repeat(once, number=1000, repeat=30)) * 1000


def test_three_clauses_take_less_than_two_microseconds() -> None:
    skilled = of_skills({"a": 3, "b": 4, "c": 5})
    mixed = parse("a >= 3 and agent.experience >= 2 and agent.team in ['x', 'y']", ["a"])
    attributes = {"experience": 4, "team": "y"}
    assert accepts(skilled, SKILLS, {})
    assert accepts(mixed, SKILLS, attributes)
    assert microseconds(lambda: accepts(skilled, SKILLS, {})) < 2
    assert microseconds(lambda: accepts(mixed, SKILLS, attributes)) < 2


def test_what_has_nothing_to_be_specialised_is_handed_back() -> None:
    skilled = of_skills({"a": 3, "b": 4})
    assert microseconds(lambda: specialise(skilled, {"product": "x"}, 3.0)) < 1


def test_the_longest_text_is_read_in_no_time() -> None:
    names = [f"s{n}" for n in range(400)]
    text = " or ".join(names)[:1990].rpartition(" or ")[0]
    assert min(timeit.repeat(lambda: parse(text, names), number=1, repeat=5)) < 0.2
