"""Sample rates."""

from __future__ import annotations

import numpy as np
import pytest

from media.audio.resample import Resampler, convert

RATES = [(8000, 16000), (16000, 8000), (48000, 16000), (44100, 16000), (12000, 16000)]


def sine(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    times = np.arange(round(rate * seconds)) / rate
    return (10000 * np.sin(2 * np.pi * hz * times)).astype(np.int16)


@pytest.mark.parametrize(("source", "target"), RATES)
def test_a_tone_stays_what_and_where_it_was(source: int, target: int) -> None:
    found = convert(sine(1000, source), source, target)
    wanted = sine(1000, target)
    assert len(found) == len(wanted)
    wrong = (found - wanted.astype(float))[200:-200]
    assert np.sqrt(np.mean(wrong**2)) < 10  # -57 dB of the tone


@pytest.mark.parametrize(("source", "target"), RATES)
def test_pieces_join_without_a_seam(source: int, target: int) -> None:
    sound = sine(700, source)
    whole = Resampler(source, target).feed(sound)
    pieces = Resampler(source, target)
    step = source // 50
    parts = [pieces.feed(sound[at : at + step]) for at in range(0, len(sound), step)]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(("source", "target"), [(16000, 8000), (48000, 16000)])
def test_what_the_lower_rate_cannot_carry_is_gone(source: int, target: int) -> None:
    found = convert(sine(target * 0.58, source), source, target)[200:-200]
    assert np.abs(found).max() < 30


def test_empty_and_odd_pieces() -> None:
    resampler = Resampler(8000, 16000)
    assert len(resampler.feed(np.zeros(0, dtype=np.int16))) == 0
    total = sum(len(resampler.feed(np.zeros(n, dtype=np.int16))) for n in (1, 2, 3, 7, 0, 11))
    assert 2 * 24 - 2 * 25 <= total <= 2 * 24


def test_an_impossible_rate() -> None:
    with pytest.raises(ValueError, match="not possible"):
        Resampler(0, 16000)
