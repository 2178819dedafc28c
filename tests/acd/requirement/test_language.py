"""The language by example: what is written, how it is understood, who is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from acd.requirement import (
    ANYONE,
    NOBODY,
    Requirement,
    accepts,
    all_of,
    any_of,
    of_skills,
    parse,
    specialise,
)

SKILLS = ("language.zh", "language.zh-CN", "loans", "cards")


def read(text: str) -> Requirement:
    return parse(text, SKILLS)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("language.zh >= 5", "skill.language.zh >= 5"),
        ("loans", "has skill.loans"),
        ("loans >= 1", "has skill.loans"),
        ("5 <= loans", "skill.loans >= 5"),
        ("loans > 4", "skill.loans >= 5"),
        ("loans > 4.5", "skill.loans >= 5"),
        ("language.zh-CN == 7", "skill.language.zh-CN == 7"),
        ("loans >= 5 and loans >= 3", "skill.loans >= 5"),
        ("loans >= 5 or loans >= 3", "skill.loans >= 3"),
        ("loans >= 3 and loans <= 5", "skill.loans in [3, 4, 5]"),
        ("not loans >= 5", "skill.loans <= 4"),
        ("not loans", "not has skill.loans"),
        ("not (loans or cards)", "not has skill.cards and not has skill.loans"),
        ("loans AND (cards Or true)", "has skill.loans"),
        ("loans and (cards and loans)", "has skill.cards and has skill.loans"),
        ("loans or loans and cards", "has skill.loans"),
        ("loans >= 5 and (loans < 3 or cards)", "has skill.cards and skill.loans >= 5"),
        ("waiting < 60 or waiting >= 60 and loans", "has skill.loans or waiting < 60"),
        ("waiting >= 30 and waiting > 20.50", "waiting >= 30"),
        ("waiting > 20.50", "waiting > 20.5"),
        ("product == 'loans'", 'contact.product == "loans"'),
        ("contact.loans == 'x'", 'contact.loans == "x"'),
        ("not vip == true", "contact.vip == false"),
        ("tier in ['gold', 'silver'] or tier == 'gold'", 'contact.tier in ["gold", "silver"]'),
        ("tier not in ['gold', 'silver']", 'contact.tier not in ["gold", "silver"]'),
        ("not tier in ['gold']", 'contact.tier != "gold"'),
        ("amount > 5 and amount < 9", "contact.amount > 5 and contact.amount < 9"),
        ("name < 'm' or name >= 'm'", 'contact.name >= ""'),
        ("name != ''", 'contact.name > ""'),
        ("amount < 5 or amount >= 5", "contact.amount < 0 or contact.amount >= 0"),
        ("vip == true or vip == false", "contact.vip in [false, true]"),
        ("amount == 5 and amount == 'five'", "false"),
        ("agent.team == contact.team", "agent.team == contact.team"),
        ("team != agent.team", "agent.team != contact.team"),
        ("contact.age > agent.age", "agent.age < contact.age"),
        ("产品 == '贷款' and skill.普通话 >= 5", 'skill.普通话 >= 5 and contact.产品 == "贷款"'),
        ("skill.in", "has skill.in"),
        ("contact.waiting == 1", "contact.waiting == 1"),
        ("waiting < 60 and product == 'x' and agent.team == 'y' and loans",
         'has skill.loans and agent.team == "y" and contact.product == "x" and waiting < 60'),
        ("true or false", "true"),
        ("loans > 10", "false"),
    ],
)  # fmt: skip
def test_canonical_text(written: str, canonical: str) -> None:
    assert read(written).text == canonical


def test_what_it_speaks_of() -> None:
    requirement = read(
        "language.zh >= 5 and has cards and product == 'loans' "
        "and agent.team == contact.team and waiting < 60"
    )
    assert requirement.skills == {"language.zh", "cards"}
    assert requirement.facts == {"product", "team"}
    assert requirement.agent_attributes == {"team"}
    assert requirement.timed
    assert not read("loans").timed
    assert requirement.short == (
        "has cards and language.zh >= 5 and agent.team == contact.team "
        'and product == "loans" and waiting < 60'
    )


@pytest.mark.parametrize(
    ("text", "skills", "accepted"),
    [
        ("loans >= 5", {"loans": 5}, True),
        ("loans >= 5", {"loans": 4}, False),
        ("loans < 5", {"loans": 4}, True),
        ("loans < 5", {}, False),  # missing is not zero
        ("loans != 5", {}, False),
        ("not loans >= 5", {}, False),
        ("not loans", {}, True),
        ("not loans", {"loans": 1}, False),
        ("not loans or loans < 3", {}, True),
        ("not loans or loans < 3", {"loans": 2}, True),
        ("not loans or loans < 3", {"loans": 3}, False),
        ("loans or cards", {"cards": 1}, True),
        ("loans in [2, 4]", {"loans": 3}, False),
        ("loans in [2, 4]", {"loans": 4}, True),
    ],
)
def test_skills(text: str, skills: dict[str, int], accepted: bool) -> None:
    assert accepts(read(text), skills, {}) is accepted


@pytest.mark.parametrize(
    ("text", "attributes", "accepted"),
    [
        ("agent.team == 'a'", {"team": "a"}, True),
        ("agent.team == 'a'", {}, False),
        ("agent.team != 'a'", {"team": "b"}, True),
        ("agent.team != 'a'", {}, False),
        ("agent.team != 'a'", {"team": 1}, False),  # another kind: unknown
        ("not agent.team == 'a'", {"team": None}, False),
        ("agent.experience >= 3", {"experience": 3.5}, True),
        ("agent.experience >= 3", {"experience": "4"}, False),
        ("agent.experience >= 1", {"experience": True}, False),
        ("agent.experience != 1", {"experience": float("nan")}, False),
        ("agent.senior == true", {"senior": True}, True),
        ("agent.senior == true", {"senior": 1}, False),
        ("agent.joined < '2024-01-01'", {"joined": "2023-05-06"}, True),
        ("agent.team == 'a'", {"team": ["a"]}, False),
    ],
)
def test_attributes(text: str, attributes: dict[str, Any], accepted: bool) -> None:
    assert accepts(read(text), {}, attributes) is accepted


def test_specialised_for_a_contact() -> None:
    requirement = read('language.zh >= 5 and product == "loans" and waiting < 60')
    chinese = of_skills({"language.zh": 5})
    assert specialise(requirement, {"product": "loans"}, 0.0) == (chinese, 60.0)
    assert specialise(requirement, {"product": "loans"}, 59.9) == (chinese, 60.0)
    assert specialise(requirement, {"product": "loans"}, 60.0) == (NOBODY, None)
    assert specialise(requirement, {"product": "cards"}, 0.0) == (NOBODY, None)
    assert specialise(requirement, {}, 0.0) == (NOBODY, None)
    assert specialise(chinese, {"product": "cards"}, 3.0) == (chinese, None)
    assert specialise(chinese, {}, 3.0)[0] is chinese


def test_waiting_in_stages() -> None:
    requirement = read("waiting >= 60 or loans >= 3 and waiting >= 30 or loans >= 7")
    stages = []
    now: float | None = 0.0
    while now is not None:
        asked, until = specialise(requirement, {}, now)
        stages.append((now, asked.text))
        now = until
    assert stages == [(0.0, "skill.loans >= 7"), (30.0, "skill.loans >= 3"), (60.0, "true")]


def test_a_change_after_a_time_comes_just_after_it() -> None:
    requirement = read("waiting <= 60")
    assert specialise(requirement, {}, 60.0)[0] is not NOBODY
    until = specialise(requirement, {}, 60.0)[1]
    assert until is not None
    assert 60.0 < until < 60.000001
    assert specialise(requirement, {}, until) == (NOBODY, None)


def test_the_contact_s_value_goes_into_a_comparison_with_the_agent() -> None:
    requirement = read("agent.id == contact.owner")
    mine, _ = specialise(requirement, {"owner": "wang.fang"}, 0.0)
    assert mine.text == 'agent.id == "wang.fang"'
    assert accepts(mine, {}, {"id": "wang.fang"})
    assert not accepts(mine, {}, {"id": "li.na"})
    assert specialise(requirement, {}, 0.0)[0] == NOBODY
    assert not accepts(requirement, {}, {"id": "wang.fang"})  # the contact is not known here


def test_joining() -> None:
    assert of_skills({}) == ANYONE
    assert of_skills({"loans": 5, "cards": 1}) == read("loans >= 5 and cards")
    assert of_skills({"loans": 11}) == NOBODY
    assert all_of() == ANYONE
    assert any_of() == NOBODY
    assert all_of(read("loans >= 5"), ANYONE, read("loans >= 7")) == read("loans >= 7")
    assert any_of(read("loans"), NOBODY, read("cards")) == read("cards or loans")
    assert {read("loans and cards"), read("cards and loans")} == {read("cards and loans")}
