"""Wav files are whole or not there."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from media import wav
from media.errors import BadAudio, DiskFailed, NoAudio
from media.tones import tone


def test_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.wav"
    made = tone([440], 0.5)
    wav.write(path, made)
    assert np.array_equal(wav.read_telephone(path), made)
    assert wav.info(path) == wav.WavInfo(8000, 1, 4000)
    assert wav.info(path).seconds == 0.5
    assert [p.name for p in path.parent.iterdir()] == ["a.wav"]


def test_the_header_is_what_others_read(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    wav.write(path, np.stack([tone([440], 0.1), tone([880], 0.1)], axis=1), rate=16000)
    with wave.open(str(path)) as other:
        assert other.getparams()[:4] == (2, 2, 16000, 800)


def test_other_formats_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoAudio):
        wav.info(tmp_path / "none.wav")
    text = tmp_path / "text.wav"
    text.write_text("hello")
    with pytest.raises(BadAudio, match=r"text\.wav"):
        wav.read(text)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(BadAudio):
        wav.read(tmp_path / "empty.wav")
    wide = tmp_path / "wide.wav"
    wav.write(wide, tone([440], 0.1), rate=16000)
    with pytest.raises(BadAudio, match="16000 Hz and 1 channels"):
        wav.read_telephone(wide)
    eight = tmp_path / "eight.wav"
    with wave.open(str(eight), "wb") as out:
        out.setparams((1, 1, 8000, 0, "NONE", ""))
        out.writeframes(bytes(80))
    with pytest.raises(BadAudio, match="8 bits"):
        wav.read(eight)


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")

    def fail() -> None:
        with wav.replacing(path) as out:
            out.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_a_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(DiskFailed, match="could not be written"):
        wav.write(tmp_path / "x" / "a.wav", tone([440], 0.1))


def test_what_does_not_fit_into_a_wav_file_is_refused() -> None:
    with pytest.raises(BadAudio, match="4 GiB"):
        wav.header(1 << 32, rate=8000, channels=2)
