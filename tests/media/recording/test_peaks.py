"""The outline of a waveform: small, true, and reducible."""

from __future__ import annotations

import numpy as np
import pytest

from media.errors import BadAudio
from media.recording.peaks import PeakMaker, Peaks, encoded_size
from media.tones import RATE, Samples
from tests.media.recording.sounds import noise, stereo


def made(frames: Samples, block: int = 1600) -> Peaks:
    maker = PeakMaker(frames.shape[1])
    for at in range(0, len(frames), block):
        maker.add(frames[at : at + block])
    return maker.peaks()


def test_least_and_greatest_of_each_window() -> None:
    frames = stereo(noise(3.33, -12), noise(3.33, -30, seed=2))
    peaks = made(frames)
    assert peaks.outline.shape == (167, 2, 2)
    for window in (0, 50, 166):
        part = frames[window * 160 : (window + 1) * 160]
        for side in (0, 1):
            least, greatest = peaks.outline[window, side]
            assert least == part[:, side].min() >> 8
            assert int(greatest) * 256 >= part[:, side].max()
            assert int(greatest) * 256 - 256 < part[:, side].max()
    assert np.array_equal(made(frames, 160).outline, peaks.outline)


def test_kept_as_announced_and_read_again() -> None:
    frames = stereo(noise(3.33, -12), noise(1, -30))
    data = made(frames).as_bytes()
    assert len(data) == encoded_size(len(frames), 2)
    assert np.array_equal(Peaks.from_bytes(data).outline, made(frames).outline)
    for bad in (b"", b"x" * 40, data[:-1], b"PLPK\x02" + data[5:]):
        with pytest.raises(BadAudio):
            Peaks.from_bytes(bad)


def test_silence_is_nothing_and_a_whisper_is_something() -> None:
    frames = np.zeros((RATE, 2), dtype=np.int16)
    assert not made(frames).outline.any()
    frames[:, 1] = np.tile([1, -1], RATE // 2)
    assert made(frames).outline[:, 1].all()
    frames[:, 1] = 32767
    assert made(frames).reduced(1)[1] == {"least": [127], "greatest": [127]}


@pytest.mark.parametrize("points", [1, 7, 100, 167, 5000])
def test_reduced_to_points_nothing_is_lost(points: int) -> None:
    peaks = made(stereo(noise(3.33, -12), noise(3.33, -30)))
    caller, agent = peaks.reduced(points)
    for side, one in enumerate((caller, agent)):
        assert len(one["least"]) == len(one["greatest"]) == min(points, 167)
        assert min(one["least"]) == peaks.outline[:, side, 0].min()
        assert max(one["greatest"]) == peaks.outline[:, side, 1].max()
    assert made(np.zeros((0, 2), dtype=np.int16)).reduced(9)[0] == {"least": [], "greatest": []}
