"""Generated tones have the pitch and level they should have, and are found again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.tones import (
    DTMF_HZ,
    RATE,
    dbfs,
    dtmf,
    find_dtmf,
    goertzel,
    has_tone,
    power,
    ring_back,
    silence,
    tone,
)


@pytest.mark.parametrize("level", [-30.0, -16.0, -10.0])
def test_a_tone_has_its_level_and_pitch(level: float) -> None:
    made = tone([1004], 1.0, level=level)
    assert len(made) == RATE
    assert dbfs(power(made)) == pytest.approx(level, abs=0.2)
    spectrum = np.abs(np.fft.rfft(made.astype(float)))
    assert int(np.argmax(spectrum)) == 1004
    assert has_tone(made, 1004)
    assert not has_tone(made, 880)


def test_goertzel_measures_the_part_of_one_tone_in_a_mix() -> None:
    mixed = tone([440], 1.0, level=-20) + tone([880], 1.0, level=-26)
    assert dbfs(goertzel(mixed, 440)) == pytest.approx(-20, abs=0.3)
    assert dbfs(goertzel(mixed, 880)) == pytest.approx(-26, abs=0.3)
    assert dbfs(goertzel(mixed, 660)) < -60


def test_silence_holds_nothing() -> None:
    quiet = silence(0.5)
    assert not has_tone(quiet, 440)
    assert goertzel(silence(0), 440) == 0.0
    assert find_dtmf(quiet) == ""


@given(st.text(alphabet="0123456789*#ABCD", min_size=1, max_size=12))
def test_digits_are_found_again_in_order(digits: str) -> None:
    assert find_dtmf(dtmf(digits, on_ms=80, off_ms=60)) == digits


def test_digits_are_found_in_noise_and_not_in_noise_alone() -> None:
    rng = np.random.default_rng(5)
    made = dtmf("159#", level=-18)
    noise = rng.normal(0, 300, len(made))  # about -41 dBFS
    assert find_dtmf((made + noise).astype(np.int16)) == "159#"
    assert find_dtmf(rng.normal(0, 3000, 8 * RATE).astype(np.int16)) == ""


def test_speech_like_chords_are_no_digits() -> None:
    assert find_dtmf(tone([200, 400, 700, 1200, 2400], 1.0, level=-22)) == ""


def test_ring_back_keeps_its_cadence() -> None:
    rings = ring_back(2)
    assert len(rings) == 10 * RATE
    assert has_tone(rings[:RATE], 450)
    assert power(rings[RATE + 100 : 5 * RATE]) == 0
    assert has_tone(rings[5 * RATE : 6 * RATE], 450)


def test_what_no_telephone_has_is_refused() -> None:
    with pytest.raises(ValueError, match="E"):
        dtmf("1E")
    with pytest.raises(ValueError, match="4000"):
        tone([4200], 0.1)
    assert len(DTMF_HZ) == 16
