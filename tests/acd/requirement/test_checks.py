"""What a check of the configuration reports."""

from __future__ import annotations

import pytest

from acd.requirement import ANYONE, check, of_skills, parse

SKILLS = ("language.zh", "loans", "cards")


def codes(text: str) -> list[str]:
    return [finding.code for finding in check(parse(text, SKILLS), SKILLS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language.zh >= 5 and loans", []),
        ("loans >= 1", []),
        ("loans <= 10", ["always_true"]),
        ("true", []),
        ("loans >= 5 and loans < 3", ["impossible", "accepts_nobody"]),
        ("loans > 10", ["impossible", "accepts_nobody"]),
        ("cards or loans > 10", ["impossible"]),
        ("cards or (loans >= 5 and loans < 3)", ["impossible"]),
        ("cards and (waiting < 60 or waiting >= 60)", ["always_true"]),
        ("loans >= 0.5", ["always_true"]),
        ("loans != 11", ["always_true"]),
        ("loans or not loans", ["always_true"]),
        ("not loans > 10", ["always_true"]),
        ("loans == 5.5", ["impossible", "accepts_nobody"]),
        ("loans >= 5.5", ["odd_proficiency"]),
        ("loans in [9, 10, 11]", ["odd_proficiency"]),
        ("cards or waiting < 0", ["impossible"]),
        ("cards and waiting >= 0", ["always_true"]),
        ("cards and langage.zh >= 5", ["perhaps_a_skill"]),
        ("skill.lones", ["unknown_skill"]),
        ("false", ["accepts_nobody"]),
    ],
)
def test_findings(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_in_words() -> None:
    found = check(parse("cards or (loans >= 5 and loans < 3) or not loans > 10", SKILLS))
    assert [str(finding) for finding in found] == [
        "'loans >= 5 and loans < 3' can never be true. "
        "Its parts exclude each other; perhaps 'or' is meant.",
        "'not loans > 10' is true for every agent who has the skill. "
        "Write has loans if that is meant.",
    ]


def test_skills_and_attributes_are_looked_up_only_where_given() -> None:
    requirement = parse("skill.lones and agent.taem == 'a'")
    assert check(requirement) == []
    (skill,) = check(requirement, SKILLS)
    assert skill.hint == "Perhaps 'loans' is meant."
    (attribute,) = check(requirement, agent_attributes={"team", "id"})
    assert attribute.code == "unknown_attribute"
    assert attribute.hint == "Perhaps agent.team is meant."


def test_made_ones_are_checked_too() -> None:
    assert check(ANYONE, SKILLS) == []
    assert [str(one) for one in check(of_skills({"unheard": 3}), SKILLS)] == [
        "There is no skill 'unheard'. Define it under skills."
    ]
