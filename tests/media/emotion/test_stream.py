"""Frames become windows: each second of speech, pauses cut, other sounds told apart."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from media import wav
from media.emotion.errors import BadFrame
from media.emotion.sound_kind import Kind
from media.emotion.stream import FRAME_SAMPLES, Window, WindowStream, windows_of
from media.tones import RATE, Samples, dtmf, ring_back, silence
from tests.media.emotion.voices import agitated, voice

MUSIC = sorted(Path(__file__).parents[3].glob("media/music/**/*.wav"))


def stream(samples: Samples, **marks: bool) -> list[Window]:
    leg = WindowStream()
    found: list[Window] = []
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        found += leg.feed(samples[at : at + FRAME_SAMPLES], **marks)
    return found + leg.flush()


def test_each_second_of_speech_gives_a_window_of_at_most_three() -> None:
    found = [w for w in windows_of(voice(10)) if not w.ends_utterance]
    assert 8 <= len(found) <= 10
    assert all(w.kind is Kind.SPEECH and w.figures is not None for w in found)
    assert max(w.seconds for w in found) <= 3.0
    assert found[0].seconds <= 1.0
    assert [w.at for w in found] == sorted(w.at for w in found)


def test_silence_gives_nothing() -> None:
    assert windows_of(silence(30)) == []
    assert windows_of(silence(0)) == []
    hiss = np.random.default_rng(1).normal(0, 4, 10 * RATE).astype(np.int16)
    assert windows_of(hiss) == []


def test_a_pause_ends_an_utterance_and_fills_no_window() -> None:
    said = np.concatenate((voice(2.2, seed=1), silence(3), voice(2.2, seed=2), silence(1)))
    found = windows_of(said)
    ends = [w.at for w in found if w.ends_utterance]
    assert len(ends) == 2
    assert ends[0] == pytest.approx(2.6, abs=0.5)
    assert sum(w.new_seconds for w in found) < 5.6
    # the second utterance's window still holds the first: three seconds of speech, not time
    assert found[-1].seconds > 2.5


def test_a_long_pause_is_forgotten() -> None:
    said = np.concatenate((agitated(3), silence(8), voice(1.6, seed=2), silence(1)))
    assert windows_of(said)[-1].seconds < 2.0


def test_a_detector_may_say_what_is_no_speech() -> None:
    assert stream(voice(4), speech=False) == []
    assert len(stream(voice(4), speech=True)) >= 3


def test_bytes_and_samples_are_the_same() -> None:
    said = voice(2)
    leg = WindowStream()
    found: list[Window] = []
    for at in range(0, len(said), FRAME_SAMPLES):
        found += leg.feed(said[at : at + FRAME_SAMPLES].astype("<i2").tobytes())
    assert [w.level for w in found + leg.flush()] == [w.level for w in windows_of(said)]


def test_another_process_may_take_over() -> None:
    """A window goes through a pipe, and a new stream counts on from where the leg is."""
    leg = WindowStream(start=90.0)
    said = voice(2)
    found = [w for at in range(0, 16000, 160) for w in leg.feed(said[at : at + 160])]
    assert found[0].at > 90.0
    again = pickle.loads(pickle.dumps(found[0]))
    assert again.at == found[0].at
    assert again.figures is not None
    assert found[0].figures is not None
    assert again.figures.tolist() == found[0].figures.tolist()


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (np.zeros(0, dtype=np.int16), "0 samples"),
        (b"", "0 samples"),
        (b"x" * 319, "0 samples"),
        (np.zeros(960, dtype=np.int16), "48000 Hz"),
        (np.zeros(320, dtype=np.int16), "16000 Hz"),
        (np.zeros(80, dtype=np.int16), "Collect 20 ms"),
        (np.zeros(160, dtype=np.float32), "float32"),
        (np.zeros((160, 2), dtype=np.int16), "(160, 2)"),
    ],
)
def test_what_is_no_frame_is_refused(frame: Samples | bytes, says: str) -> None:
    leg = WindowStream()
    with pytest.raises(BadFrame) as caught:
        leg.feed(frame)
    assert says in str(caught.value)
    assert leg.feed(np.zeros(160, dtype=np.int16)) == []  # and nothing is broken


def test_a_clip_of_another_rate_is_refused() -> None:
    with pytest.raises(BadFrame, match="48000"):
        windows_of(voice(1), rate=48000)


@pytest.mark.parametrize(
    ("sound", "kind"),
    [
        (dtmf("1590*#" * 8, on_ms=200, off_ms=80), Kind.TONE),
        (ring_back(3, country="cn"), Kind.TONE),
        (ring_back(3, country="us"), Kind.TONE),
        (np.random.default_rng(3).normal(0, 3000, 6 * RATE).astype(np.int16), Kind.NOISE),
    ],
    ids=["dtmf", "ring-back cn", "ring-back us", "noise"],
)
def test_other_sounds_are_not_judged(sound: Samples, kind: Kind) -> None:
    found = windows_of(sound)
    assert found
    assert {w.kind for w in found} == {kind}
    assert all(w.figures is None for w in found)


@pytest.mark.parametrize("path", MUSIC, ids=lambda path: path.stem)
def test_hold_music_is_not_judged(path: Path) -> None:
    found = windows_of(wav.read_telephone(path))
    judged = [w for w in found if w.figures is not None]
    assert len(judged) <= 0.05 * len(found)


def test_clipping_is_told() -> None:
    clipped = np.clip(agitated(3).astype(np.int32) * 30, -32768, 32767).astype(np.int16)
    assert windows_of(clipped)[-1].clipped > 0.3
    assert windows_of(agitated(3))[-1].clipped < 0.01


def test_noise_that_stays_does_not_keep_an_utterance_open() -> None:
    rng = np.random.default_rng(4)
    said = np.concatenate((voice(3), silence(4), voice(3, seed=2), silence(4)))
    noisy = (said + rng.normal(0, 150, len(said))).astype(np.int16)
    found = windows_of(noisy)
    assert sum(w.ends_utterance for w in found) == 2
    assert sum(w.new_seconds for w in found) < 9
