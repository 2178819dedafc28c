"""A finished recording as bytes of a wav file, from any place, sealed or not.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from media import wav
from media.errors import BadAudio, NoAudio
from media.recording.errors import RecordingKeyMissing
from media.recording.keys import KeyRing
from media.recording.peaks import PeakMaker, Peaks
from media.recording.sealed import SUFFIX, SealedFile

HEADER_BYTES = 44
_BLOCK = 256_000  # whole frames of 20 ms, mono and stereo


class Sound(Protocol):
    """A recording that is open."""

    @property
    def size(self) -> int:
        """Bytes of the wav file."""
        ...

    @property
    def etag(self) -> str:
        """Differs whenever the bytes do (RFC 9110, 8.8.3), without quotes."""
        ...

    @property
    def modified(self) -> float:
        """Epoch seconds."""
        ...

    def read(self, start: int, length: int) -> bytes:
        """Bytes from ``start`` on; fewer at the end."""
        ...

    def peaks(self) -> Peaks:
        """The outline of the waveform."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def open_sound(path: Path, ring: KeyRing | None, recording_id: str) -> Sound:
    """The recording in the file ``path``. Raises NoAudio, and of sealed ones what
    :class:`~media.recording.sealed.SealedFile` raises."""
    if path.suffix != SUFFIX:
        return PlainSound(path)
    if ring is None:
        raise RecordingKeyMissing(
            "The recording is sealed, and there are no recording keys.",
            hint="Give the secret 'recording-keys' with which it was made.",
        )
    return SealedSound(SealedFile(path, ring, recording_id))


def peaks_file(path: Path) -> Path:
    """Where the outline of an unsealed recording is kept."""
    return path.with_name(f"{path.name}.peaks")


class PlainSound:
    """A wav file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, IsADirectoryError):
            raise NoAudio(f"There is no recording {path.name}.") from None
        self._stat = os.fstat(self._file)

    @property
    def size(self) -> int:
        return self._stat.st_size

    @property
    def etag(self) -> str:
        return f"{self._stat.st_mtime_ns:x}-{self._stat.st_size:x}"

    @property
    def modified(self) -> float:
        return self._stat.st_mtime

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._file, length, start)

    def peaks(self) -> Peaks:
        """The outline that was kept, else made anew (of a recording of before)."""
        try:
            return Peaks.from_bytes(peaks_file(self._path).read_bytes())
        except (FileNotFoundError, BadAudio):
            channels = wav.info(self._path).channels
            maker = PeakMaker(channels)
            for block in blocks(self):
                maker.add(np.frombuffer(block, dtype="<i2").reshape(-1, channels))
            return maker.peaks()

    def close(self) -> None:
        os.close(self._file)


class SealedSound:
    """A sealed recording."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file

    @property
    def size(self) -> int:
        return self._file.size

    @property
    def etag(self) -> str:
        return self._file.salt  # anew whenever sound is sealed; the same after a new wrapping

    @property
    def modified(self) -> float:
        return self._file.modified

    def read(self, start: int, length: int) -> bytes:
        return self._file.read(start, length)

    def peaks(self) -> Peaks:
        return Peaks.from_bytes(self._file.peaks())

    def close(self) -> None:
        self._file.close()


def blocks(sound: Sound) -> Iterator[bytes]:
    """The samples behind the header, in blocks of whole 20 ms."""
    at = HEADER_BYTES
    while block := sound.read(at, min(_BLOCK, sound.size - at)):
        at += len(block)
        yield block
