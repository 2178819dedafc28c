"""What cannot be read is refused at its place, with what to do; nothing gets stuck."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.requirement import (
    Requirement,
    RequirementError,
    accepts,
    load,
    of_skills,
    parse,
    specialise,
)
from core.errors import BadInput

SKILLS = ("language.zh", "loans", "cards")


def refused(text: str) -> RequirementError:
    with pytest.raises(RequirementError) as caught:
        parse(text, SKILLS)
    return caught.value


@pytest.mark.parametrize(
    ("text", "column", "problem", "hint"),
    [
        ("language.zh > = 5", 15, "no = in", "Write >= without a space"),
        ("loans = 5", 7, "no = in", "Write =="),
        ("loans && cards", 7, "no && in", "Write and"),
        ("loans ≥ 5", 7, "no ≥ in", "Write >="),
        ("（loans）", 1, "no （ in", "Write ("),
        ("langage.zh", 1, "not a known skill", "'language.zh'"),
        ("has lones", 5, "no skill 'lones'", "'loans'"),
        ("has unheard", 5, "no skill 'unheard'", "under skills"),
        ("loans adn cards", 7, "adn cannot stand", "'and' is meant"),
        ('loans >= "five"', 10, 'not "five"', "1 to 10"),
        ("loans == true", 10, "not true", "1 to 10"),
        ("waiting < 'a'", 11, "not 'a'", "number of seconds"),
        ("loans >= cards", 10, "cannot be compared with each other", "quotes: 'cards'"),
        ("product == loans", 12, "cannot be compared with each other", "quotes: 'loans'"),
        ("vip", 1, "attribute cannot stand alone", "vip == true"),
        ("agent.senior < true", 16, "no order", "=="),
        ("1 < loans < 5", 11, "a third begins", "two clauses"),
        ("1 == 1", 1, "Two values", "must be a name"),
        ("a in [1, 'b']", 10, "different kinds", "like the first"),
        ("a in []", 7, "] cannot stand", "a number"),
        ("a in [1", 8, "ends", ", or ]"),
        ("a in 1", 6, "1 cannot stand", "a list like"),
        ("(loans", 7, "ends", ") for the ( at column 1"),
        ("loans)", 6, ") cannot stand", "the end"),
        ("loans and", 10, "ends", "a skill"),
        ("loans cards", 7, "cards cannot stand", "and, or"),
        ("not", 4, "ends", "a skill"),
        ("has 5", 5, "5 cannot stand", "skill after 'has'"),
        ("skill. >= 5", 1, "not a name", "follows skill."),
        ("a == 'x", 6, "not closed", "at its end"),
        (r"a == '\x'", 7, r"\x means nothing", r"\\ for a backslash"),
        ("5x == 1", 1, "not a number", "begin with a letter"),
        ("a == 1234567890123456", 6, "too long", "15 digits"),
        ("a == 1 ; b == 2", 8, "';' cannot stand", "quotes"),
        ("5", 1, "says nothing", "Compare"),
    ],
)
def test_place_problem_and_hint(text: str, column: int, problem: str, hint: str) -> None:
    error = refused(text)
    assert isinstance(error, BadInput)
    assert error.code == "bad_requirement"
    assert error.data["column"] == column
    assert problem in error.message
    assert hint in error.hint


def test_a_caret_shows_the_place() -> None:
    assert refused("loans and\ncards = 5").pointed == "loans and cards = 5\n                ^"
    assert refused("产品 = 5").pointed == "产品 = 5\n     ^"  # two columns each
    long = refused("loans and " * 20 + "cards = 5 " + "and loans " * 20)
    excerpt, caret = long.pointed.split("\n")
    assert excerpt.startswith("…")
    assert excerpt.endswith("…")
    assert excerpt[len(caret) - 1] == "="


def test_nothing_is_not_a_requirement() -> None:
    for text in ("", " \n "):
        assert "empty" in refused(text).message
        assert refused(text).pointed == ""


def test_bounds() -> None:
    assert parse("loans" + " " * 1995, SKILLS)
    assert "too long" in refused("loans" + " " * 1996).message
    assert parse("(" * 50 + "loans" + ")" * 50, SKILLS)
    assert "nested too deeply" in refused("(" * 51 + "loans" + ")" * 51).message
    assert "nested too deeply" in refused("(" * 2000).message
    assert "nested too deeply" in refused("not(" * 500).message
    assert parse("not " * 400 + "loans", SKILLS) == parse("loans", SKILLS)
    with pytest.raises(RequirementError, match="too long"):
        load("a" * 100_000)
    with pytest.raises(RequirementError, match="name of a skill"):
        of_skills({"two words": 5})


def test_a_deep_one_that_alternates_survives() -> None:
    text = "cards"
    for n in range(50):
        text = f"({text} {('and', 'or')[n % 2]} s{n})"
    requirement = parse(text, ["cards", *(f"s{n}" for n in range(50))])
    assert load(requirement.text) == requirement


def read_or_refused(text: str) -> Requirement | RequirementError:
    try:
        return parse(text, SKILLS)
    except RequirementError as error:
        return error


PIECES = st.sampled_from(
    ["(", ")", "[", "]", ",", "and", "or", "not", "in", "has", "true", "loans", "x", "waiting",
     "agent.a", "contact.b", "skill.c", "==", "!=", "<", ">=", "5", "-1", "0.5", "'t'", '"u"']
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map(" ".join) | st.text(max_size=200))
def test_anything_is_read_or_refused(text: str) -> None:
    result = read_or_refused(text)
    if isinstance(result, Requirement):
        assert load(result.text) == result
    else:
        assert result.hint
        assert result.pointed or "empty" in result.message


@given(st.text(max_size=60))
def test_any_text_can_be_a_value(value: str) -> None:
    mine, _ = specialise(parse("agent.id == contact.owner"), {"owner": value}, 0.0)
    assert mine.text.isprintable()
    mine.text.encode()
    assert accepts(load(mine.text), {}, {"id": value})
    assert not accepts(load(mine.text), {}, {"id": value + "x"})
