"""The figures say what they are named for, and nothing of level, offset or the line."""

from __future__ import annotations

import numpy as np
import pytest

from media.emotion import frames
from media.emotion.features import COUNT, NAMES, describe, track_pitch
from media.tones import RATE, Samples, dbfs, power, silence, tone
from tests.media.emotion.voices import voice


def figures(samples: Samples) -> dict[str, float]:
    found = describe(frames.measure(samples))
    assert found is not None
    return dict(zip(NAMES, found.tolist(), strict=True))


def test_there_are_seventy_eight_figures_with_names_of_their_own() -> None:
    assert COUNT == len(set(NAMES)) == 78
    found = describe(frames.measure(voice(3)))
    assert found is not None
    assert found.shape == (COUNT,)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("hz", [90, 130, 220, 350])
def test_pitch_is_found_although_the_line_cuts_the_fundamental(hz: int) -> None:
    rows = frames.measure(voice(3, hz=hz, swing=0.5))
    pitch, strength = track_pitch(rows)
    voiced = pitch[strength > 0.5]
    median = frames.REFERENCE_HZ * 2 ** (float(np.median(voiced)) / 12)
    # the voice falls by 1.5 semitones through each phrase
    assert abs(12 * np.log2(median / hz)) < 1.5


def test_level_is_that_of_the_band() -> None:
    sine = tone([1000], 1.0, level=-20)
    level = frames.measure(sine)[5:-5, frames.LEVEL]
    assert level == pytest.approx(dbfs(power(sine)), abs=0.5)


@pytest.mark.parametrize("decibels", [-10, 10])
def test_level_is_taken_out(decibels: float) -> None:
    said = voice(3, level=-30)
    louder = np.round(said * 10 ** (decibels / 20)).astype(np.int16)
    plain, changed = figures(said), figures(louder)
    for name in NAMES:
        assert changed[name] == pytest.approx(plain[name], abs=0.35), name


def test_an_offset_changes_nothing() -> None:
    said = voice(3, level=-30)
    plain, changed = figures(said), figures((said + 2500).astype(np.int16))
    for name in NAMES:
        assert changed[name] == pytest.approx(plain[name], abs=0.1), name


def test_who_speaks_higher_quicker_livelier_and_sharper_is_measured_so() -> None:
    plain = figures(voice(3))
    assert figures(voice(3, hz=200))["pitch_p50"] - plain["pitch_p50"] == pytest.approx(
        12 * np.log2(200 / 130), abs=1.0
    )
    assert figures(voice(3, rate=6.5))["syllables"] > plain["syllables"] + 1
    assert figures(voice(3, swing=5))["pitch_range"] > plain["pitch_range"] + 2
    assert figures(voice(3, effort=6))["tilt_loud"] > plain["tilt_loud"] + 2


@pytest.mark.parametrize("length", [0, 1, 160, frames.FRAME - 1])
def test_too_little_sound_gives_no_rows(length: int) -> None:
    assert frames.measure(np.zeros(length, dtype=np.int16)).shape == (0, frames.COLUMNS)
    assert describe(frames.measure(np.zeros(length, dtype=np.int16))) is None


def test_silence_and_noise_describe_no_voice() -> None:
    assert describe(frames.measure(silence(3))) is None
    noise = np.random.default_rng(2).normal(0, 1000, 3 * RATE).astype(np.int16)
    assert describe(frames.measure(noise)) is None


def test_full_scale_is_counted() -> None:
    square = np.where(voice(1) > 0, 32767, -32768).astype(np.int16)
    assert frames.measure(square)[:, frames.CLIPPED].mean() > 0.9
    assert frames.measure(voice(1))[:, frames.CLIPPED].max() == 0
