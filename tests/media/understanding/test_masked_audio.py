"""Which seconds of audio are silenced for masked words."""

from __future__ import annotations

from typing import NamedTuple

from media.understanding.masking import mask, silences


class Word(NamedTuple):
    text: str
    start: float
    end: float


def words(text: str, *, step: float = 0.5) -> list[Word]:
    return [Word(w, i * step, (i + 1) * step) for i, w in enumerate(text.split())]


def test_the_words_of_the_number_are_silenced_as_one() -> None:
    text = "card 4111 1111 1111 1111 ok"
    assert silences(text, mask(text), words(text), margin=0.1) == [(0.4, 2.6)]


def test_words_that_are_written_otherwise_are_silenced_too() -> None:
    text = "card 4111 1111 1111 1111 ok"
    heard = words("card four one-one-one triple-one-one triple ones ok")
    assert silences(text, mask(text), heard, margin=0) == [(0.5, 3.0)]


def test_chinese_without_spaces() -> None:
    text = "卡号四幺幺幺一一一一一一一一一一一一好"
    heard = [Word(c, i * 0.2, i * 0.2 + 0.2) for i, c in enumerate(text)]
    [(start, end)] = silences(text, mask(text), heard, margin=0)
    assert (round(start, 3), round(end, 3)) == (0.4, 3.6)


def test_nothing_masked_is_nothing_silenced() -> None:
    assert silences("hello there", mask("hello there"), words("hello there")) == []
    assert silences("4111111111111111", mask("4111111111111111"), []) == []
