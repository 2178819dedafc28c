"""Asking for less, by example."""

from __future__ import annotations

import pytest

from acd.requirement import ANYONE, Requirement, drop, lower, parse

SKILLS = ("loans", "cards", "zh")


def read(text: str) -> Requirement:
    return parse(text, SKILLS)


@pytest.mark.parametrize(
    ("before", "least", "after"),
    [
        ("loans >= 7 and zh >= 5", {"loans": 5}, "loans >= 5 and zh >= 5"),
        ("loans >= 7 and zh >= 5", {"loans": 5, "zh": 2}, "loans >= 5 and zh >= 2"),
        ("loans >= 7", {"loans": 9}, "loans >= 7"),
        ("loans >= 7", {"loans": 0}, "has loans"),
        ("loans >= 7", {"cards": 1}, "loans >= 7"),
        ("loans == 7", {"loans": 5}, "loans in [5, 6, 7]"),
        ("loans <= 4", {"loans": 2}, "loans <= 4"),
        ("not loans", {"loans": 2}, "not loans"),
        ("not loans or loans >= 7", {"loans": 5}, "not loans or loans >= 5"),
        ("loans >= 7 and (cards or loans >= 9)", {"loans": 5}, "loans >= 5"),
        ("loans >= 7 and product == 'x'", {"loans": 5}, "loans >= 5 and product == 'x'"),
    ],
)
def test_lower(before: str, least: dict[str, int], after: str) -> None:
    assert lower(read(before), least) == read(after)


@pytest.mark.parametrize(
    ("before", "skills", "after"),
    [
        ("loans >= 7 and zh >= 5", ["loans"], "zh >= 5"),
        ("loans >= 7 and zh >= 5", ["loans", "zh"], "true"),
        ("loans >= 7 and zh >= 5", ["cards"], "loans >= 7 and zh >= 5"),
        ("zh and (loans or cards)", ["cards"], "zh"),
        ("not loans and zh", ["loans"], "zh"),
        ("loans and waiting < 60", ["loans"], "waiting < 60"),
    ],
)
def test_drop(before: str, skills: list[str], after: str) -> None:
    assert drop(read(before), skills) == read(after)


def test_what_does_not_change_is_the_same_object() -> None:
    requirement = read("loans >= 7")
    assert lower(requirement, {"cards": 1}) is requirement
    assert drop(requirement, {"cards"}) is requirement
    assert drop(ANYONE, SKILLS) is ANYONE
