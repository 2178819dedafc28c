"""What is wrong with a side is said, and of a good one nothing."""

from __future__ import annotations

import numpy as np
import pytest

from media.recording.levels import Level, Meter, marks
from media.tones import RATE, Samples, silence, tone
from tests.media.recording.sounds import noise


def level(samples: Samples) -> Level:
    meter = Meter()
    for at in range(0, len(samples), 16_000):
        meter.add(samples[at : at + 16_000])
    return meter.level()


def spoken(seconds: float = 10, dbfs: float = -20) -> Samples:
    """Every other second there is sound."""
    second = noise(1, dbfs)
    return np.concatenate([silence(1) if n % 2 else second for n in range(int(seconds))])


GOOD = level(spoken())


@pytest.mark.parametrize(
    ("samples", "mark"),
    [
        (silence(10), "silent"),
        (noise(10, -60), "silent"),
        (np.full(10 * RATE, 2000, dtype=np.int16), "offset"),
        (spoken(dbfs=-42), "quiet"),
        (np.clip(spoken().astype(np.int32) * 12, -32124, 32124).astype(np.int16), "clipped"),
        ((spoken().astype(np.int32) + 1500).clip(-32768, 32767).astype(np.int16), "offset"),
    ],
    ids=["nothing", "a quiet line", "constant", "low", "clipped", "shifted"],
)
def test_one_bad_side_is_named(samples: Samples, mark: str) -> None:
    bad = level(samples)
    assert f"agent_{mark}" in marks({"caller": GOOD, "agent": bad}, 10)
    assert f"caller_{mark}" in marks({"caller": bad, "agent": GOOD}, 10)
    assert not any(m.startswith("caller") for m in marks({"caller": GOOD, "agent": bad}, 10))
    assert marks({"caller": bad, "agent": bad}, 2.9) == []


def test_a_constant_is_silence() -> None:
    constant = level(np.full(10 * RATE, 2000, dtype=np.int16))
    assert "agent_silent" in marks({"agent": constant}, 10)
    assert constant.active_seconds == 0


@pytest.mark.parametrize("hz", [100, 440, 1000])
def test_a_loud_sine_is_not_clipped(hz: float) -> None:
    assert marks({"caller": level(tone([hz], 5, level=-3.3))}, 5) == []


def test_figures() -> None:
    found = level(np.concatenate([tone([440], 5, level=-20), silence(5)]))
    assert (found.rms, found.speech, found.peak) == pytest.approx((-23, -20, -17), abs=0.2)
    assert found.active_seconds == pytest.approx(5, abs=0.1)
    assert (found.clipped, found.offset) == (0, 0)
    assert level(np.full(8000, -32768, dtype=np.int16)).peak == 0
    assert level(silence(0)).rms == level(silence(1)).rms == pytest.approx(-110.3, abs=1)
