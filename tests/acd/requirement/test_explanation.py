"""Why not? In words, for the person who asks."""

from __future__ import annotations

from typing import Any

import pytest

from acd.requirement import NOBODY, Clause, failing, parse

SKILLS = ("language.zh", "loans", "cards")


def why(text: str, skills: dict[str, int], **more: Any) -> list[Clause]:
    attributes = more.pop("attributes", {})
    return failing(parse(text, SKILLS), skills, attributes, **more)


def test_all_clauses_that_are_not_met() -> None:
    clauses = why("language.zh >= 5 and loans >= 3 and cards", {"language.zh": 3, "cards": 1})
    assert [(clause.text, clause.has) for clause in clauses] == [
        ("language.zh >= 5", 3),
        ("loans >= 3", None),
    ]


def test_nothing_to_say_of_the_accepted() -> None:
    assert why("loans >= 3 or cards", {"cards": 1}) == []


def test_of_alternatives_the_nearest() -> None:
    (clause,) = why("(language.zh >= 5 and loans) or cards >= 8", {"cards": 7})
    assert clause.text == "cards >= 8"
    assert clause.alternative
    (clause,) = why("loans >= 5 or cards >= 5", {"cards": 4})
    assert clause.text == "cards >= 5"  # who has it at all is nearer than who lacks it
    assert clause.in_words("en") == "has cards 4, 5 is asked, or another alternative"
    assert clause.in_words("zh-CN") == "技能 cards 为 4，要求至少 5，或满足其他条件之一"


@pytest.mark.parametrize(
    ("text", "skills", "english", "chinese"),
    [
        ("language.zh >= 5", {}, "has no skill language.zh", "没有技能 language.zh"),
        ("language.zh >= 5", {"language.zh": 3}, "has language.zh 3, 5 is asked",
         "技能 language.zh 为 3，要求至少 5"),
        ("loans <= 4", {"loans": 5}, "has loans 5, at most 4 is asked",
         "技能 loans 为 5，要求至多 4"),
        ("loans == 4", {"loans": 5}, "has loans 5, exactly 4 is asked",
         "技能 loans 为 5，要求恰好 4"),
        ("loans in [2, 4]", {"loans": 5}, "has loans 5, one of 2, 4 is asked",
         "技能 loans 为 5，要求2、4 之一"),
        ("not loans", {"loans": 5}, "has loans, which is not wanted",
         "具备技能 loans，而要求不具备"),
        ("not loans or loans > 7", {"loans": 5}, "has loans 5, 8 is asked if they have it at all",
         "技能 loans 为 5，要求至少 8（或不具备）"),
        ("agent.team == 'a'", {}, "the agent's team is not known, agent.team == \"a\" is asked",
         '坐席属性 team 未知，要求 agent.team == "a"'),
        ("false", {}, "nobody is accepted", "不接受任何坐席"),
    ],
)  # fmt: skip
def test_in_words(text: str, skills: dict[str, int], english: str, chinese: str) -> None:
    (clause,) = why(text, skills)
    assert clause.in_words("en") == english
    assert clause.in_words("zh-CN") == chinese


def test_the_contact_s_part_where_it_is_given() -> None:
    text = 'loans and product == "loans" and waiting < 60 and agent.team == contact.team'
    facts = {"product": "cards", "team": "north"}
    clauses = why(text, {"loans": 1}, facts=facts, waiting=70, attributes={"team": "south"})
    assert [clause.in_words("en") for clause in clauses] == [
        'the agent\'s team is "south", agent.team == "north" is asked',
        'the contact\'s product is "cards", product == "loans" is asked',
        "has waited 70 s, waiting < 60 is asked",
    ]
    assert [clause.in_words("zh-CN") for clause in clauses] == [
        '坐席属性 team 为 "south"，要求 agent.team == "north"',
        '联络属性 product 为 "cards"，要求 product == "loans"',
        "已等待 70 秒，要求 waiting < 60",
    ]


def test_without_the_contact_its_part_is_unknown() -> None:
    (product, waiting) = why('product == "loans" and waiting < 60', {})
    assert product.has is None
    assert waiting.in_words("en") == "waiting is not known, waiting < 60 is asked"
    assert product.in_words("zh-CN") == '联络属性 product 未知，要求 product == "loans"'


def test_nobody() -> None:
    (clause,) = failing(NOBODY, {"loans": 10}, {})
    assert clause.text == "false"
    assert clause.leaf is None
