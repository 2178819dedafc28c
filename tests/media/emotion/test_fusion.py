"""Voice and words: each counts, together they count more, happy words explain arousal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.emotion.fusion import Sentiment, fuse

ACOUSTIC = st.floats(-6, 6)
VALUE = st.floats(-1, 1)


def test_the_formula() -> None:
    assert fuse(1.0, Sentiment(-0.5)).value == pytest.approx(1.0 + 0.8)
    assert fuse(1.0, Sentiment(0.5)).value == pytest.approx(0.65 - 0.2)
    assert fuse(-1.0, Sentiment(0.5)).value == pytest.approx(-1.0 - 0.2)
    assert fuse(2.0, Sentiment(-1.0, confidence=0.5)).value == pytest.approx(2.0 + 0.8)


def test_one_of_them_alone() -> None:
    assert fuse(1.2, None).value == pytest.approx(1.2)
    assert fuse(None, Sentiment(-1.0)).value == pytest.approx(1.6)
    assert fuse(None, None).value == 0.0


@given(ACOUSTIC, VALUE, VALUE)
def test_worse_words_never_lower_it(acoustic: float, one: float, other: float) -> None:
    worse, better = sorted((one, other))
    assert fuse(acoustic, Sentiment(worse)).value >= fuse(acoustic, Sentiment(better)).value - 1e-9


@given(ACOUSTIC, ACOUSTIC, VALUE)
def test_a_tenser_voice_never_lowers_it(one: float, other: float, said: float) -> None:
    less, more = sorted((one, other))
    assert fuse(more, Sentiment(said)).value >= fuse(less, Sentiment(said)).value - 1e-9


@given(ACOUSTIC, VALUE)
def test_the_parts_make_the_whole(acoustic: float, said: float) -> None:
    fused = fuse(acoustic, Sentiment(said))
    assert fused.value == pytest.approx(fused.voice + fused.words)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_counts_as_missing(bad: float) -> None:
    assert fuse(bad, Sentiment(-0.5)) == fuse(None, Sentiment(-0.5))
    assert fuse(1.0, Sentiment(bad)) == fuse(1.0, None)
    assert fuse(1.0, Sentiment(-0.5, confidence=bad)) == fuse(1.0, None)


def test_values_outside_are_cut() -> None:
    assert fuse(99.0, Sentiment(-9.0)) == fuse(4.0, Sentiment(-1.0))
