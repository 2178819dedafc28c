"""Sealed recordings: only the right key opens them, in parts, and nothing can be changed."""

from __future__ import annotations

import concurrent.futures
import random
from pathlib import Path

import numpy as np
import pytest

from core.errors import ParleyError
from media import wav
from media.errors import NoAudio
from media.recording.errors import (
    RecordingDamaged,
    RecordingKeyMissing,
    RecordingKeyWrong,
    RecordingSwapped,
    RecordingTampered,
    RecordingTruncated,
)
from media.recording.finish import Recording, finalise, remake
from media.recording.keys import KeyRing
from media.recording.sealed import CHUNK, SealedFile, key_of, rewrap
from media.recording.silencing import Reason, Side, Silenced
from media.recording.sound import open_sound, peaks_file
from tests.media.recording.sounds import noise, stereo

RING = KeyRing.new("first")
ID = "rec_01JTESTTESTTESTTESTTESTTE"
_CHUNK_AT, _TAG = 2048, 16


def sealed(folder: Path, *, seconds: float = 10, id_: str = ID, seed: int = 1) -> Recording:
    raw = folder / f"{id_}.raw"
    frames = stereo(noise(seconds, -20, seed=seed), noise(seconds, -30, seed=seed + 1))
    raw.write_bytes(frames.tobytes())
    return finalise(raw, folder / f"{id_}.wav", recording_id=id_, ring=RING)


def plain(folder: Path) -> bytes:
    """The wav file of the same raw file."""
    target = folder / "plain" / "x.wav"
    finalise(folder / f"{ID}.raw", target)
    return target.read_bytes()


def test_the_same_wav_file_comes_out(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    assert made.path == tmp_path / f"{ID}.wav.sealed"
    assert (made.key_id, key_of(made.path)) == ("first", "first")
    wanted = plain(tmp_path)
    sound = open_sound(made.path, RING, ID)
    assert (sound.size, made.bytes) == (len(wanted), len(wanted))
    assert sound.read(0, sound.size) == wanted
    unsealed = open_sound(tmp_path / "plain" / "x.wav", None, ID)
    assert np.array_equal(sound.peaks().outline, unsealed.peaks().outline)
    sound.close()


def test_nothing_of_the_sound_or_its_outline_is_in_clear(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    data = made.path.read_bytes()
    raw = (tmp_path / f"{ID}.raw").read_bytes()
    assert not any(raw[at : at + 16] in data for at in range(0, len(raw), 997))
    assert b"RIFF" not in data
    assert b"PLPK" not in data
    assert not peaks_file(tmp_path / f"{ID}.wav").exists()
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".raw", ".sealed"]


def test_any_part_and_only_the_chunks_it_lies_in(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    wanted = plain(tmp_path)
    chance = random.Random(7)
    places = [(0, 1), (CHUNK - 1, 2), (CHUNK, CHUNK), (len(wanted) - 1, 10), (len(wanted), 1)]
    places += [(chance.randrange(len(wanted)), chance.randrange(3 * CHUNK)) for _ in range(100)]
    sound = open_sound(made.path, RING, ID)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for (start, length), found in zip(
            places, pool.map(lambda p: sound.read(*p), places), strict=True
        ):
            assert found == wanted[start : start + length]
    # Where another chunk is broken this one is read all the same.
    _flip(made.path, _CHUNK_AT + CHUNK + _TAG + 5)
    assert sound.read(0, CHUNK) == wanted[:CHUNK]
    with pytest.raises(RecordingTampered) as caught:
        sound.read(CHUNK - 1, 2)
    assert caught.value.data == {"chunk": 1}
    sound.close()


@pytest.mark.parametrize("seconds", [0.01, (CHUNK - 44) / 32_000, CHUNK / 32_000, 4.1])
def test_sizes_around_a_chunk(tmp_path: Path, seconds: float) -> None:
    made = sealed(tmp_path, seconds=seconds)
    sound = open_sound(made.path, RING, ID)
    assert sound.read(0, 1 << 30) == plain(tmp_path)
    assert sound.peaks().outline.shape[1:] == (2, 2)


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _whole(path: Path, ring: KeyRing = RING, id_: str = ID) -> None:
    sound = open_sound(path, ring, id_)
    try:
        sound.read(0, sound.size)
        sound.peaks()
    finally:
        sound.close()


def test_each_changed_byte_is_noticed(tmp_path: Path) -> None:
    made = sealed(tmp_path, seconds=1)
    size = made.path.stat().st_size
    whole = made.path.read_bytes()
    for at in [0, 9, 30, 700, 1023, 1030, 1100, *range(_CHUNK_AT, size, 811), size - 1]:
        _flip(made.path, at)
        with pytest.raises(ParleyError) as caught:
            _whole(made.path)
        assert caught.value.code in {
            "recording_damaged", "recording_tampered", "recording_key_wrong", "recording_swapped",
        }  # fmt: skip
        made.path.write_bytes(whole)
    _whole(made.path)


def test_cut_off_added_to_and_chunks_moved(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    whole = made.path.read_bytes()
    for cut in (1, _TAG, CHUNK + _TAG, len(whole) - 100, len(whole) - 1500, len(whole)):
        made.path.write_bytes(whole[: len(whole) - cut])
        with pytest.raises(RecordingTruncated):
            _whole(made.path)
    made.path.write_bytes(whole + b"\0")
    with pytest.raises(RecordingTruncated):
        _whole(made.path)
    step = CHUNK + _TAG
    first, second = whole[_CHUNK_AT : _CHUNK_AT + step], whole[_CHUNK_AT + step :][:step]
    made.path.write_bytes(whole[:_CHUNK_AT] + second + first + whole[_CHUNK_AT + 2 * step :])
    with pytest.raises(RecordingTampered):
        _whole(made.path)


def test_cut_off_while_it_is_read(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    sound = open_sound(made.path, RING, ID)
    with made.path.open("r+b") as file:
        file.truncate(_CHUNK_AT + CHUNK + _TAG + 100)
    assert len(sound.read(0, CHUNK)) == CHUNK
    with pytest.raises(RecordingTruncated):
        sound.read(CHUNK, 1)


def test_chunks_and_keys_of_another_recording(tmp_path: Path) -> None:
    other_id = ID[:-1] + "X"
    mine, other = sealed(tmp_path), sealed(tmp_path, id_=other_id, seed=5)
    whole, theirs = mine.path.read_bytes(), other.path.read_bytes()
    step = CHUNK + _TAG
    mine.path.write_bytes(
        whole[:_CHUNK_AT] + theirs[_CHUNK_AT : _CHUNK_AT + step] + whole[_CHUNK_AT + step :]
    )
    with pytest.raises(RecordingTampered):
        _whole(mine.path)
    mine.path.write_bytes(whole[:1024] + theirs[1024:])
    with pytest.raises(RecordingKeyWrong):
        _whole(mine.path)
    mine.path.write_bytes(theirs)
    with pytest.raises(RecordingSwapped):
        _whole(mine.path)


def test_keys_that_do_not_fit(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    with pytest.raises(RecordingKeyMissing) as missing:
        _whole(made.path, KeyRing.new("second"))
    assert missing.value.data == {"key_id": "first"}
    with pytest.raises(RecordingKeyWrong):
        _whole(made.path, KeyRing.new("first"))
    with pytest.raises(RecordingKeyMissing):
        open_sound(made.path, None, ID)
    with pytest.raises(NoAudio):
        open_sound(tmp_path / "none.wav.sealed", RING, ID)
    (tmp_path / "odd.wav.sealed").write_bytes(bytes(4096))
    with pytest.raises(RecordingDamaged):
        open_sound(tmp_path / "odd.wav.sealed", RING, ID)


class _Killed(BaseException):
    pass


def _die(_step: str) -> None:
    raise _Killed


def test_wrapped_anew_the_old_key_opens_nothing(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    before = open_sound(made.path, RING, ID)
    newer = RING.with_new("second")
    assert rewrap(made.path, newer) is True
    assert key_of(made.path) == "second"
    assert rewrap(made.path, newer) is False
    sound = open_sound(made.path, newer.only_current(), ID)
    assert sound.read(0, sound.size) == plain(tmp_path)
    assert sound.etag == before.etag
    assert before.read(0, 100) == plain(tmp_path)[:100]  # who listens goes on
    with pytest.raises(RecordingKeyMissing):
        _whole(made.path, RING)
    assert b"first" not in made.path.read_bytes()


def test_killed_while_it_is_wrapped_anew(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    newer = RING.with_new("second")
    with pytest.raises(_Killed):
        rewrap(made.path, newer, crash=_die)
    _whole(made.path, newer)
    assert b"first" in made.path.read_bytes()
    assert rewrap(made.path, newer) is True  # takes away what was left
    assert b"first" not in made.path.read_bytes()
    # The new slot is torn: the old one counts.
    torn = sealed(tmp_path)
    data = bytearray(torn.path.read_bytes())
    with pytest.raises(_Killed):
        rewrap(torn.path, newer, crash=_die)
    data[1536:1600] = torn.path.read_bytes()[1536:1600]
    torn.path.write_bytes(data)
    assert key_of(torn.path) == "first"
    _whole(torn.path, newer)
    assert rewrap(torn.path, newer) is True
    _whole(torn.path, newer.only_current())
    with pytest.raises(RecordingKeyMissing):
        rewrap(torn.path, KeyRing.new("third"))


def test_silenced_later_it_is_sealed_anew(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    whole = made.path.read_bytes()
    again = remake(
        made.path, recording_id=ID, silenced=[Silenced(1, 2, Side.CALLER, Reason.SPOKEN)], ring=RING
    )
    assert again.path == made.path
    assert whole[_CHUNK_AT:][:CHUNK] not in made.path.read_bytes()
    sound = open_sound(made.path, RING, ID)
    (tmp_path / "out.wav").write_bytes(sound.read(0, sound.size))
    samples, _ = wav.read(tmp_path / "out.wav")
    assert not samples[8000:16000, 0].any()
    assert samples[8000:16000, 1].any()
    assert not sound.peaks().outline[50:100, 0].any()


def test_two_of_the_same_sound_have_nothing_in_common(tmp_path: Path) -> None:
    first = sealed(tmp_path).path.read_bytes()
    second = sealed(tmp_path).path.read_bytes()
    assert not any(
        first[at : at + 16] == second[at : at + 16] for at in range(_CHUNK_AT, len(first) - 16, 16)
    )


def test_many_readers_leave_no_file_open(tmp_path: Path) -> None:
    made = sealed(tmp_path, seconds=0.1)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for ring in (RING, KeyRing.new("first"), KeyRing.new("second")):
        for _ in range(20):
            try:
                SealedFile(made.path, ring, ID).close()
            except ParleyError:
                continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before
