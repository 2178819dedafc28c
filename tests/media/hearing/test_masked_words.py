"""No word of an utterance shows what its text hides, however it is written."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from media.hearing.masked_words import masked_words
from media.recognition.engine import Word
from media.understanding.digits import read_digits, value_of
from media.understanding.masking import LegMasker, Policy

POLICY = Policy()
_SAID = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CARD = "4539148803436467"


def said(words: list[str]) -> list[Word]:
    return [Word(text, i * 0.3, i * 0.3 + 0.2, 0.9) for i, text in enumerate(words)]


@settings(max_examples=150, deadline=None)
@given(
    before=st.lists(st.sampled_from(["my", "card", "is", "the", "number", "um"]), max_size=4),
    cuts=st.lists(st.integers(1, 15), max_size=6),
    spoken=st.booleans(),
    after=st.lists(st.sampled_from(["thanks", "right", "okay"]), max_size=2),
)
def test_no_group_of_a_card_survives(
    before: list[str], cuts: list[int], spoken: bool, after: list[str]
) -> None:
    places = [0, *sorted(set(cuts)), 16]
    groups = [CARD[a:b] for a, b in itertools.pairwise(places)]
    digits = [_SAID[int(d)] for d in CARD] if spoken else groups
    text = " ".join([*before, *groups, *after])  # as people write it
    words = said([*before, *digits, *after])  # as they were heard
    masked = LegMasker(POLICY).final(text, 0.0, 5.0).masked
    shown = masked_words(text, masked, words, POLICY)
    assert [row[1:] for row in shown] == [word.as_list()[1:] for word in words]
    left = " ".join(row[0] for row in shown)
    assert value_of(read_digits(left, heard=True)) == ""
    assert [row[0] for row in shown[: len(before)]] == before or "um" in before


def test_harmless_words_stay() -> None:
    text = "I have two cards"
    words = said(text.split())
    masked = LegMasker(POLICY).final(text, 0.0, 2.0).masked
    assert [row[0] for row in masked_words(text, masked, words, POLICY)] == text.split()
