"""Recordings are finished whole, also after Asterisk or we were killed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from media import wav
from media.errors import BadAudio, NoAudio
from media.recording.finish import finalise, remake, remove, wipe
from media.recording.silencing import Reason, Side, Silenced
from media.recording.sound import open_sound, peaks_file
from media.tones import RATE, dtmf, find_dtmf, has_tone, silence, tone
from tests.media.recording.sounds import noise, stereo, talk


def test_raw_becomes_a_stereo_wav(tmp_path: Path) -> None:
    raw, target = tmp_path / "c1.raw", tmp_path / "2026" / "c1.wav"
    raw.write_bytes(talk().tobytes())
    made = finalise(raw, target)
    assert raw.exists()
    assert (made.path, made.seconds, made.cut_bytes) == (target, 1.0, 0)
    assert made.bytes == target.stat().st_size == 44 + 4 * 8000
    assert made.levels[Side.CALLER].rms == pytest.approx(-16, abs=0.3)
    assert made.levels[Side.AGENT].rms == pytest.approx(-29, abs=0.3)
    assert made.levels[Side.AGENT].speech == pytest.approx(-26, abs=0.3)
    assert made.levels[Side.AGENT].peak == pytest.approx(-23, abs=0.3)
    samples, rate = wav.read(target)
    assert rate == 8000
    assert has_tone(samples[:, 0], 440)
    assert has_tone(samples[4000:, 1], 880)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_frame_cut_off_at_the_end_is_left_out(tmp_path: Path, cut: int) -> None:
    raw = tmp_path / "c.raw"
    raw.write_bytes(talk().tobytes() + b"\x01\x02\x03"[:cut])
    made = finalise(raw, tmp_path / "c.wav")
    assert (made.cut_bytes, made.seconds) == (cut, 1.0)


def test_it_can_be_repeated_after_an_interruption(tmp_path: Path) -> None:
    raw, target = tmp_path / "c.raw", tmp_path / "c.wav"
    raw.write_bytes(talk().tobytes())
    left = tmp_path / f".c.wav.123{wav.PART_SUFFIX}"
    left.write_bytes(b"RIFF")  # we were killed
    first = finalise(raw, target)
    assert not left.exists()
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
    minute = talk(60.0).tobytes()
    with raw.open("wb") as out:
        for _ in range(20):
            out.write(minute)
    made = finalise(raw, tmp_path / "long.wav")
    assert made.seconds == 1200
    assert made.levels[Side.CALLER].rms == pytest.approx(-16, abs=0.3)
    assert made.levels[Side.CALLER].active_seconds == pytest.approx(1200, abs=1)
    assert made.levels[Side.AGENT].active_seconds == pytest.approx(600, abs=1)


def test_one_that_grows_is_not_taken_for_finished(tmp_path: Path) -> None:
    raw = tmp_path / "c.raw"
    raw.write_bytes(talk(60).tobytes())

    class Shrinking(type(raw)):  # type: ignore[misc]
        """Loses its end once its size was asked for."""

        def stat(self, **kwargs: bool) -> os.stat_result:
            found: os.stat_result = super().stat(**kwargs)
            os.truncate(self, found.st_size // 2)
            return found

    with pytest.raises(BadAudio, match="changed"):
        finalise(Shrinking(raw), tmp_path / "c.wav")
    assert [p.name for p in tmp_path.iterdir()] == ["c.raw"]


def test_what_must_not_be_heard_is_silent_on_its_side_only(tmp_path: Path) -> None:
    raw, target = tmp_path / "c.raw", tmp_path / "c.wav"
    raw.write_bytes(stereo(tone([440], 10), tone([880], 10)).tobytes())
    spans = [
        Silenced(2.0, 3.0, Side.CALLER, Reason.SPOKEN),
        Silenced(2.9, 3.5, Side.CALLER, Reason.SPOKEN),
        Silenced(6.0, 7.0, Side.BOTH, Reason.SECRET_EXPECTED),
        Silenced(9.5, 99.0, Side.AGENT, Reason.SPOKEN),
        Silenced(-5.0, 0.5, Side.AGENT, Reason.SPOKEN),
    ]
    made = finalise(raw, target, silenced=spans)
    assert [(s.start, s.end, s.side) for s in made.silenced] == [
        (0.0, 0.5, Side.AGENT), (2.0, 3.5, Side.CALLER), (6.0, 7.0, Side.BOTH),
        (9.5, 10.0, Side.AGENT),
    ]  # fmt: skip
    samples, _ = wav.read(target)

    def silent(side: int) -> list[tuple[float, float]]:
        quiet = np.flatnonzero(samples.reshape(-1, 80, 2)[:, :, side].any(axis=1) == 0) / 100
        edges = np.flatnonzero(np.diff(quiet) > 0.011)
        starts = [quiet[0], *quiet[edges + 1]]
        ends = [*quiet[edges], quiet[-1]]
        return [(float(a), round(float(b) + 0.01, 2)) for a, b in zip(starts, ends, strict=True)]

    assert silent(0) == [(2.0, 3.5), (6.0, 7.0)]
    assert silent(1) == [(0.0, 0.5), (6.0, 7.0), (9.5, 10.0)]
    peaks = open_sound(target, None, "").peaks().outline
    assert not peaks[100:175, 0].any()
    assert peaks[100:175, 1].all()


def test_keys_in_a_row_are_silent_and_few_are_not(tmp_path: Path) -> None:
    raw, target = tmp_path / "c.raw", tmp_path / "c.wav"
    card = np.concatenate(
        [silence(2), dtmf("4111111111111111"), silence(9), dtmf("42"), silence(1)]
    )
    raw.write_bytes(stereo(card, noise(len(card) / RATE, -30)).tobytes())
    made = finalise(raw, target)
    (span,) = made.silenced
    assert (span.side, span.reason) == (Side.CALLER, Reason.KEYED)
    assert (span.start, span.end) == pytest.approx((1.85, 5.25), abs=0.1)
    samples, _ = wav.read(target)
    assert find_dtmf(samples[:, 0]) == "42"
    assert np.array_equal(samples[:, 1], noise(len(card) / RATE, -30))


def test_once_more_with_more_silence(tmp_path: Path) -> None:
    raw, target = tmp_path / "c.raw", tmp_path / "c.wav"
    raw.write_bytes(stereo(tone([440], 4), tone([880], 4)).tobytes())
    first = finalise(raw, target, silenced=[Silenced(0, 1, Side.AGENT, Reason.SPOKEN)])
    etag = open_sound(target, None, "").etag
    more = [*first.silenced, Silenced(2, 3, Side.CALLER, Reason.SPOKEN)]
    again = remake(target, recording_id="rec", silenced=more, ring=None)
    assert (again.path, again.seconds, again.bytes) == (target, first.seconds, first.bytes)
    assert again.silenced == more
    samples, _ = wav.read(target)
    assert not samples[2 * RATE : 3 * RATE, 0].any()
    assert not samples[:RATE, 1].any()
    assert open_sound(target, None, "").etag != etag


def test_one_sided_messages_are_finished_too(tmp_path: Path) -> None:
    raw, target = tmp_path / "m.sln", tmp_path / "m.wav"
    raw.write_bytes(tone([440], 4).tobytes())
    made = finalise(raw, target, channels=1, silenced=[Silenced(0, 1, Side.BOTH, Reason.SPOKEN)])
    assert wav.info(target).channels == 1
    assert list(made.levels) == [Side.CALLER]
    assert open_sound(target, None, "").peaks().outline.shape == (200, 1, 2)


def test_wiped_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "con"
    folder.mkdir()
    raw, target, kept = folder / "c.raw", folder / "c.wav", tmp_path / "hard-link"
    raw.write_bytes(talk(30).tobytes())
    finalise(raw, target)
    kept.hardlink_to(raw)
    wipe(raw)
    assert not raw.exists()
    assert kept.stat().st_size == 30 * 4 * RATE
    assert not any(kept.read_bytes())
    wipe(raw)
    assert peaks_file(target).exists()
    remove(target)
    assert not folder.exists()
    remove(target)
