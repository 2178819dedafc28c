"""Keys are found where they are pressed, and nowhere in what people say."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from media.recording.keyed import KeyFinder, Press, rows_of
from media.tones import Samples, dtmf, silence
from tests.media.recording.sounds import noise

PROMPTS = Path(__file__).parents[3] / "media" / "prompts"


def presses(samples: Samples, block: int = 64_000) -> list[Press]:
    finder = KeyFinder()
    for at in range(0, len(samples), block):
        finder.add(samples[at : at + block])
    return finder.presses()


@pytest.mark.parametrize("block", [160, 1000, 64_000])
@pytest.mark.parametrize("on", [50, 100, 250])
def test_each_press_is_found_where_it_is(on: int, block: int) -> None:
    keys = "0123456789*#ABCD"
    sound = np.concatenate([silence(1), dtmf(keys, on_ms=on, off_ms=60), silence(0.5)])
    found = presses(sound, block)
    assert len(found) == len(keys)
    for number, press in enumerate(found):
        begin = 1 + number * (on + 60) / 1000
        assert press.start == pytest.approx(begin, abs=0.03)
        assert press.end == pytest.approx(begin + on / 1000, abs=0.03)


@pytest.mark.parametrize("level", [-38, -20, -6.5])
def test_quiet_and_noisy_ones_too(level: float) -> None:
    sound = np.concatenate([silence(1), dtmf("4929", level=level), silence(1)])
    line = noise(len(sound) / 8000, level - 12)
    noisy = np.clip(sound.astype(np.int32) + line, -32768, 32767).astype(np.int16)
    assert len(presses(sound)) == len(presses(noisy)) == 4


def test_rows_begin_at_four_and_bear_pauses() -> None:
    assert rows_of([Press(n, n + 0.1) for n in range(3)]) == []
    assert rows_of([Press(2 * n, 2 * n + 0.1) for n in range(1, 5)]) == [(1.85, 8.25)]
    apart = [Press(n, n + 0.1) for n in (1, 2, 3, 4, 20, 21, 22, 40, 41, 42, 43)]
    assert rows_of(apart) == [(0.85, 4.25), (39.85, 43.25)]
    assert rows_of([]) == []


def test_nothing_in_speech_and_music() -> None:
    checked = 0
    for path in sorted(PROMPTS.rglob("*.wav")):
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getnchannels()) == (8000, 1):
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
                checked += 1
                assert rows_of(presses(samples)) == [], path
    assert checked > 20
    assert presses(noise(60, -20)) == []
