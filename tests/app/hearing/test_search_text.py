"""Text is cut alike when it is kept and when it is looked for."""

from __future__ import annotations

import pytest

from app.hearing.search_text import MOST_TOKENS, marks_of, phrase_of, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I lost my card.", "i lost my card"),
        ("信用卡丢了", "u4fe1 u7528 u5361 u4e22 u4e86"),
        ("我的card丢了，3次", "u6211 u7684 card u4e22 u4e86 3 u6b21"),
        ("Don’t don't", "dont dont"),
        ("Café ＣＡＲＤ", "cafe card"),
        ("card •••• 1111", "card 1111"),
        ("", ""),
        ("!?…", ""),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    assert tokens_of(text) == tokens


def test_traditional_and_simplified_are_one() -> None:
    assert tokens_of("信用卡額度") == tokens_of("信用卡额度")


def test_marks_are_places_in_the_text() -> None:
    text = "Please block my card. My card, now!"
    marks = marks_of(text, phrase_of("MY CARD"))
    assert [text[a:b] for a, b in marks] == ["my card", "My card"]
    text = "你好，信用卡丢了，信用卡！"
    assert [text[a:b] for a, b in marks_of(text, phrase_of("信用卡"))] == ["信用卡", "信用卡"]
    assert marks_of(text, phrase_of("借记卡")) == []


def test_a_question_has_a_bound() -> None:
    assert len(phrase_of("a b " * 100)) == MOST_TOKENS
