"""Recordings are finished whole, also after Asterisk or we were killed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from media import wav
from media.errors import NoAudio
from media.recording import finalise, left_behind, measure, salvage
from media.tones import Samples, has_tone, silence, tone


def stereo(seconds: float = 1.0) -> Samples:
    """What MixMonitor writes: caller 440 Hz left, agent 880 Hz, half as long, right."""
    agent = np.concatenate([silence(seconds / 2), tone([880], seconds / 2, level=-26)])
    return np.stack([tone([440], seconds, level=-16), agent], axis=1)


def test_raw_becomes_a_stereo_wav(tmp_path: Path) -> None:
    raw, target = tmp_path / "c1.raw", tmp_path / "2026" / "c1.wav"
    raw.write_bytes(stereo().tobytes())
    made = finalise(raw, target)
    assert not raw.exists()
    assert (made.path, made.seconds, made.cut_bytes) == (target, 1.0, 0)
    assert made.bytes == target.stat().st_size == 44 + 4 * 8000
    assert made.caller.rms == pytest.approx(-16, abs=0.3)
    assert made.agent.rms == pytest.approx(-29, abs=0.3)
    assert made.agent.peak == pytest.approx(-23, abs=0.3)
    samples, rate = wav.read(target)
    assert rate == 8000
    assert has_tone(samples[:, 0], 440)
    assert has_tone(samples[4000:, 1], 880)
    assert measure(target) == (made.caller, made.agent)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_frame_cut_off_at_the_end_is_left_out(tmp_path: Path, cut: int) -> None:
    raw = tmp_path / "c.raw"
    raw.write_bytes(stereo().tobytes() + b"\x01\x02\x03"[:cut])
    made = finalise(raw, tmp_path / "c.wav")
    assert (made.cut_bytes, made.seconds) == (cut, 1.0)


def test_it_can_be_repeated_after_an_interruption(tmp_path: Path) -> None:
    raw, target = tmp_path / "c.raw", tmp_path / "c.wav"
    raw.write_bytes(stereo().tobytes())
    first = finalise(raw, target, keep_raw=True)
    assert finalise(raw, target) == first


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    raw = tmp_path / "c.raw"
    with pytest.raises(NoAudio, match="no raw"):
        finalise(raw, tmp_path / "c.wav")
    raw.write_bytes(b"\x01\x02")
    with pytest.raises(NoAudio, match="empty"):
        finalise(raw, tmp_path / "c.wav")
    assert raw.exists()
    assert not (tmp_path / "c.wav").exists()


def test_a_long_one_is_streamed(tmp_path: Path) -> None:
    raw = tmp_path / "long.raw"
    minute = stereo(60.0).tobytes()
    with raw.open("wb") as out:
        for _ in range(20):
            out.write(minute)
    made = finalise(raw, tmp_path / "long.wav")
    assert made.seconds == 1200
    assert made.caller.rms == pytest.approx(-16, abs=0.3)


def test_salvage_finishes_the_old_and_leaves_the_live(tmp_path: Path) -> None:
    day = tmp_path / "2026-11-21"
    day.mkdir()
    dead, live, empty = day / "dead.raw", day / "live.raw", day / "empty.raw"
    dead.write_bytes(stereo().tobytes()[:-1])
    live.write_bytes(stereo().tobytes())
    empty.touch()
    half = day / f".dead.wav.123{wav.PART_SUFFIX}"
    half.write_bytes(b"RIFF")
    blocked = day / "blocked.raw"
    blocked.write_bytes(stereo().tobytes())
    (day / "blocked.wav").mkdir()  # cannot be replaced by a file

    saved = salvage(tmp_path, in_use=lambda raw: raw == live)

    assert [r.path for r in saved] == [day / "dead.wav"]
    assert sorted(p.name for p in day.iterdir()) == [
        "blocked.raw", "blocked.wav", "dead.wav", "live.raw",
    ]  # fmt: skip
    assert list(left_behind(tmp_path, in_use=lambda raw: raw == live)) == [blocked]
    assert salvage(tmp_path / "none", in_use=lambda raw: False) == []
