"""The cache of speech on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from media import tones, wav
from media.errors import DiskFailed
from media.synthesis.cache import SpeechCache, digest

SOUND = tones.silence(0.5)


def key(number: int) -> str:
    return digest(number=number)


def test_what_was_put_is_found_by_another_process_too(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path / "speech")
    assert cache.get(key(1), 8000) is None
    sound = np.arange(800, dtype=np.int16)
    path = cache.put(key(1), sound, 8000)
    found = SpeechCache(tmp_path / "speech").get(key(1), 8000)
    assert found is not None
    assert np.array_equal(found, sound)
    assert wav.info(path).rate == 8000
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_least_recently_used_go_when_it_is_full(tmp_path: Path) -> None:
    size = len(SOUND) * 2 + 44
    cache = SpeechCache(tmp_path, limit=4 * size)
    for number in range(4):
        os.utime(cache.put(key(number), SOUND, 8000), (number, number))
    assert cache.get(key(0), 8000) is not None  # now it was used last
    cache.put(key(4), SOUND, 8000)
    kept = [number for number in range(5) if cache.path(key(number)).exists()]
    assert kept == [0, 3, 4]
    total = sum(path.stat().st_size for path in tmp_path.glob("??/*"))
    assert total <= 4 * size


def test_what_was_there_before_counts(tmp_path: Path) -> None:
    size = len(SOUND) * 2 + 44
    for number in range(4):
        path = SpeechCache(tmp_path).put(key(number), SOUND, 8000)
        os.utime(path, (number, number))
    SpeechCache(tmp_path, limit=2 * size).put(key(9), SOUND, 8000)
    assert sum(1 for _ in tmp_path.glob("??/*.wav")) == 1


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    old, new = (tmp_path / "ab" / f".{name}.wav.1.part" for name in ("old", "new"))
    old.parent.mkdir()
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    SpeechCache(tmp_path).put(key(1), SOUND, 8000)
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x00" * 100])
def test_a_damaged_file_is_not_played_but_removed(tmp_path: Path, content: bytes) -> None:
    cache = SpeechCache(tmp_path)
    path = cache.put(key(1), SOUND, 8000)
    path.write_bytes(content)
    assert cache.get(key(1), 8000) is None
    assert not path.exists()


def test_a_file_of_another_rate_is_not_played(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    cache.put(key(1), SOUND, 16000)
    assert cache.get(key(1), 8000) is None


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskFailed):
        SpeechCache(tmp_path / "file").put(key(1), SOUND, 8000)


def test_what_was_not_used_for_long_is_forgotten(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    old, used = cache.put(key(1), SOUND, 8000), cache.put(key(2), SOUND, 8000)
    for path in (old, used):
        os.utime(path, (1000, 1000))
    assert cache.get(key(2), 8000) is not None
    assert cache.forget_unused(30) == 1
    assert (old.exists(), used.exists()) == (False, True)
