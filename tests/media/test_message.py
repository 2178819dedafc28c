"""From what Asterisk leaves of a message to a wav file."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from media import message
from media.errors import NoAudio

RATE = 8000


def _raw(path: Path, seconds: float, level: float) -> Path:
    t = np.arange(int(seconds * RATE)) / RATE
    (level * np.sin(2 * np.pi * 440 * t)).astype("<i2").tofile(path)
    return path


def test_what_is_said_is_kept(tmp_path: Path) -> None:
    raw = _raw(tmp_path / "a.sln", 2.5, 3000)
    done = message.finalise(raw, tmp_path / "new" / "a.wav")
    with wave.open(str(done.recording.path)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (1, RATE, 2)
        assert wav.getnframes() == 2.5 * RATE
    assert (done.recording.seconds, done.recording.bytes) == (2.5, 44 + 2 * 20000)
    assert done.peak_dbfs == pytest.approx(20 * np.log10(3000 / 32768 / np.sqrt(2)), abs=0.5)
    assert raw.exists()
    assert message.finalise(raw, done.recording.path) == done


@pytest.mark.parametrize(("seconds", "level"), [(0, 0), (0.05, 3000), (0.9, 3000), (5, 10)])
def test_what_says_nothing_is_refused(tmp_path: Path, seconds: float, level: float) -> None:
    raw = _raw(tmp_path / "a.sln", seconds, level)
    with pytest.raises(NoAudio):
        message.finalise(raw, tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(NoAudio):
        message.finalise(tmp_path / "a.sln", tmp_path / "a.wav")


def test_half_a_sample_at_the_end_does_not_matter(tmp_path: Path) -> None:
    raw = _raw(tmp_path / "a.sln", 2, 3000)
    with raw.open("ab") as out:
        out.write(b"x")
    assert message.finalise(raw, tmp_path / "a.wav").recording.seconds == 2
