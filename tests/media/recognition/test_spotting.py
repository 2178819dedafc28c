"""Phrases in what was recognised or typed."""

from __future__ import annotations

import pytest

from media.recognition.grammar import BadGrammar, Grammar
from media.recognition.spotting import same, sounds_same, speakable, spot

ENGLISH = ("sales", "support", "lost card", "card", "new card", "operator")
CHINESE = ("销售", "投诉", "转人工", "账户", "贷款", "账单")


@pytest.mark.parametrize(
    ("text", "phrase", "whole"),
    [
        ("Sales.", "sales", True),
        ("uh, SALES please!", "sales", True),
        ("I want to talk about sales", "sales", False),
        ("a new card", "new card", True),
        ("my card", "card", True),
        ("I have a lost card", "lost card", False),
        ("oparator", "operator", True),
        ("the weather", None, False),
        ("sales or support", None, False),
        ("", None, False),
    ],
)
def test_english(text: str, phrase: str | None, whole: bool) -> None:
    found = spot(text, ENGLISH)
    assert (found.phrase if found else None) == phrase
    assert found is None or found.whole is whole


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("我要投诉。", "投诉"),
        ("投訴", "投诉"),
        ("战人宫", "转人工"),
        ("丈夫", "账户"),
        ("我想搬带款", "贷款"),
        ("今天天气很好", None),
        ("销售还是投诉", None),
        ("一头", None),
    ],
)
def test_chinese_also_by_its_sound(text: str, phrase: str | None) -> None:
    found = spot(text, CHINESE)
    assert (found.phrase if found else None) == phrase


def test_phrases_of_one_meaning_do_not_compete() -> None:
    phrases = ("cards", "credit", "loans")
    assert spot("cards, credit", phrases) is None
    found = spot("cards, credit", phrases, (0, 0, 1))
    assert found is not None
    assert found.phrase in ("cards", "credit")
    assert spot("cards, loans", phrases, (0, 0, 1)) is None


def test_likeness_is_less_for_what_only_sounds_so() -> None:
    exact, alike = spot("账户", CHINESE), spot("丈夫", CHINESE)
    assert exact is not None
    assert alike is not None
    assert exact.likeness == 1.0 > alike.likeness >= 0.8


def test_same_and_alike() -> None:
    assert same("Credit  card", "credit card!")
    assert not same("账户", "丈夫")
    assert sounds_same("账户", "丈夫")
    assert not sounds_same("销售", "投诉")
    assert speakable("好")
    assert not speakable("?!")


def test_a_grammar_knows_what_its_phrases_mean() -> None:
    grammar = Grammar(("a", "b", "c"), groups=(0, 0, 1))
    assert [grammar.group(phrase) for phrase in grammar.phrases] == [0, 0, 1]
    assert Grammar.from_dict(grammar.as_dict()) == grammar
    assert Grammar(("a", "b")).group("b") == 1
    with pytest.raises(BadGrammar):
        Grammar(("a", "b"), groups=(0,))
