"""From a text to what an engine is given: clauses, lexicon, numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.synthesis.clauses import clauses
from media.synthesis.contract import Part, PartKind
from media.synthesis.errors import BadLexicon
from media.synthesis.lexicon import Lexicon


def texts(text: str, *, first: int = 160, longest: int = 300) -> list[str]:
    return [clause.text for clause in clauses(text, first=first, longest=longest)]


def test_sentences_in_both_languages() -> None:
    assert texts("Hello. How are you? Fine!") == ["Hello.", "How are you?", "Fine!"]
    assert texts("您好。请问您是哪位？好的！") == ["您好。", "请问您是哪位？", "好的！"]
    assert texts("one\ntwo") == ["one", "two"]


def test_points_that_end_nothing() -> None:
    assert texts("Dr. Smith pays $3.50 at 4 p.m. today.") == [
        "Dr. Smith pays $3.50 at 4 p.m. today."
    ]
    assert texts("See No. 5. Then go.") == ["See No. 5.", "Then go."]


def test_a_long_first_sentence_is_cut_at_a_comma_but_not_to_nothing() -> None:
    text = "您好，欢迎致电我们公司，请在提示音之后说出您的订单号，谢谢您。"
    found = texts(text, first=16, longest=60)
    assert found == ["您好，欢迎致电我们公司，", "请在提示音之后说出您的订单号，谢谢您。"]
    assert "".join(found) == text


def test_nothing_is_longer_than_the_longest() -> None:
    found = texts("字" * 150, first=16, longest=60)
    assert [len(clause) for clause in found] == [60, 60, 30]
    words = texts("word " * 50, first=20, longest=40)
    assert max(map(len, words)) <= 40
    assert " ".join(words).split() == ["word"] * 50


def test_pauses_are_between_not_after() -> None:
    found = clauses("One. Two.", first=99, longest=99)
    assert [clause.pause > 0 for clause in found] == [True, False]


@pytest.mark.parametrize("text", ["", "  \n ", "……。！", "\x00\x07"])
def test_nothing_to_speak(text: str) -> None:
    assert texts(text) == []


def test_full_width_and_control_characters() -> None:
    assert texts("ＡＢ１２\u200b，好") == ["AB12，好"]


def test_lexicon_spellings_phonemes_and_pinyin(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text(
        "en:\n  Parley: /pˈɑɹli/\n  SIPp: sip pea\nzh-CN:\n  重庆: chong2 qing4\n  Parley: 帕雷\n",
        encoding="utf-8",
    )
    lexicon = Lexicon.read(path)
    assert lexicon.apply("Call PARLEY, not Parleys, by SIPp.", "en") == [
        Part(PartKind.TEXT, "Call "), Part(PartKind.PHONEMES, "pˈɑɹli"),
        Part(PartKind.TEXT, ", not Parleys, by sip pea."),
    ]  # fmt: skip
    assert lexicon.apply("在重庆用Parley。", "zh") == [
        Part(PartKind.TEXT, "在"), Part(PartKind.PINYIN, "chong2 qing4"),
        Part(PartKind.TEXT, "用帕雷。"),
    ]  # fmt: skip
    assert lexicon.version == Lexicon.read(path).version
    assert lexicon.version != Lexicon().version


def test_the_longest_entry_wins() -> None:
    lexicon = Lexicon({"en": {"Acme": "ack me", "Acme 300": "ack me three hundred"}})
    assert lexicon.apply("The Acme 300.", "en")[0].value == "The ack me three hundred."


@pytest.mark.parametrize(
    "content",
    ["- a list", "en: word", "en: {no: yes}", "en: {word: ''}", "en: [", "\xff: {a: {b: c}}"],
)
def test_a_bad_lexicon_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadLexicon):
        Lexicon.read(path)


def test_a_missing_lexicon_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLexicon):
        Lexicon.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("zh", "订单12345678已发出", "订单一二三四五六七八已发出"),
        ("zh", "拨打010转", "拨打零一零转"),
        ("zh", "余额12345元", "余额12345元"),
        ("zh", "2026年有365天", "2026年有365天"),
        ("en", "order 12345678 is", "order 1 2 3 4 5 6 7 8 is"),
        ("en", "$12345 or 1,234,567 or 12345.50", "$12345 or 1,234,567 or 12345.50"),
    ],
)
def test_numbers_that_are_read_digit_by_digit(language: str, text: str, spoken: str) -> None:
    assert Lexicon().apply(text, language) == [Part(PartKind.TEXT, spoken)]
