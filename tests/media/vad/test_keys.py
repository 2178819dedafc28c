"""Keys and tones inside the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media import tones, wav
from media.recognition.feeding import to_frames
from media.vad.keys import KeyDetector

DEMO = Path(__file__).parents[3] / "media" / "demo"


def run(sound: tones.Samples) -> tuple[str, int, int]:
    """Keys, frames with sound, frames of them that were silenced."""
    detector, keys, loud, silenced = KeyDetector(), "", 0, 0
    for frame in to_frames(sound, tones.RATE):
        key, samples = detector.feed(frame.samples)
        keys += key
        if np.abs(frame.samples.astype(int)).max() > 300:
            loud += 1
            silenced += int(np.abs(samples.astype(int)).max() == 0)
    return keys, loud, silenced


@pytest.mark.parametrize(("on", "off", "level"), [(50, 50, -13.0), (120, 100, -30.0)])
def test_every_key_once(on: int, off: int, level: float) -> None:
    keys, loud, silenced = run(tones.dtmf("0123456789*#ABCD", on_ms=on, off_ms=off, level=level))
    assert keys == "0123456789*#ABCD"
    assert silenced >= loud * 0.6


def test_the_same_key_again_after_a_pause() -> None:
    assert run(tones.dtmf("5555"))[0] == "5555"


@pytest.mark.parametrize("country", ["cn", "us"])
def test_ring_back_is_no_key_and_falls_silent(country: str) -> None:
    keys, loud, silenced = run(tones.ring_back(2, country=country))
    assert keys == ""
    assert silenced > loud * 0.8


@pytest.mark.parametrize("path", sorted(DEMO.glob("*/customer-*.wav")), ids=lambda p: p.stem)
def test_speech_is_left_alone(path: Path) -> None:
    keys, loud, silenced = run(wav.read_telephone(path))
    assert keys == ""
    assert silenced <= loud * 0.02
