"""Wav files: read, write, and wrap a raw file without loading it.

Only linear 16-bit PCM. Files are written under a temporary name in the same folder,
flushed to the disk and renamed, so that a wav file is whole or is not there.
Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import contextlib
import os
import struct
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from media.errors import BadAudio, DiskFailed, NoAudio
from media.tones import RATE, Samples

PART_SUFFIX = ".part"
_HEADER_BYTES = 44
_BLOCK = 1 << 18
_LARGEST = 0xFFFFFFFF - _HEADER_BYTES  # RIFF counts bytes in 32 bits


@dataclass(frozen=True)
class WavInfo:
    """What the header says."""

    rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.frames / self.rate


def info(path: Path) -> WavInfo:
    """Header of a 16-bit wav file; raises NoAudio, BadAudio."""
    with _open(path) as wav:
        return WavInfo(wav.getframerate(), wav.getnchannels(), wav.getnframes())


def read(path: Path) -> tuple[Samples, int]:
    """Samples, shaped (frames, channels), and the rate; raises NoAudio, BadAudio."""
    with _open(path) as wav:
        data = wav.readframes(wav.getnframes())
        return np.frombuffer(data, dtype="<i2").reshape(-1, wav.getnchannels()), wav.getframerate()


def read_telephone(path: Path) -> Samples:
    """Samples of an 8 kHz mono file; raises NoAudio, and BadAudio for other formats."""
    samples, rate = read(path)
    if rate != RATE or samples.shape[1] != 1:
        raise BadAudio(
            f"{path} has {rate} Hz and {samples.shape[1]} channels; 8000 Hz mono is needed.",
            hint=f"Convert it: sox {path.name} -r 8000 -c 1 -b 16 new.wav",
        )
    return samples[:, 0]


def write(path: Path, samples: Samples, *, rate: int = RATE) -> None:
    """Write samples, mono or shaped (frames, channels); raises DiskFailed."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    data = samples.astype("<i2").tobytes()
    with replacing(path) as out:
        out.write(header(len(data), rate=rate, channels=channels))
        out.write(data)


def header(data_bytes: int, *, rate: int, channels: int) -> bytes:
    """The 44 bytes before 16-bit PCM data (RIFF/WAVE, format 1)."""
    if data_bytes > _LARGEST:
        raise BadAudio(f"{data_bytes} bytes do not fit into a wav file (4 GiB).")
    frame = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", data_bytes + _HEADER_BYTES - 8, b"WAVE", b"fmt ", 16, 1,
        channels, rate, rate * frame, frame, 16, b"data", data_bytes,
    )  # fmt: skip


def blocks(path: Path, *, data_bytes: int, block: int = _BLOCK) -> Iterator[bytes]:
    """The first ``data_bytes`` of a raw file, in blocks of so many bytes."""
    left = data_bytes
    with path.open("rb") as raw:
        while left and (data := raw.read(min(block, left))):
            left -= len(data)
            yield data


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that becomes ``path`` when the block ends well and vanishes otherwise.

    Raises DiskFailed when it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{PART_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError as error:
        raise DiskFailed(
            f"{path} could not be written: {error.strerror or error}.",
            hint="Check free space and permissions of the folder.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


@contextlib.contextmanager
def _open(path: Path) -> Iterator[wave.Wave_read]:
    try:
        wav = wave.open(str(path), "rb")  # noqa: SIM115
    except FileNotFoundError:
        raise NoAudio(f"There is no sound file {path}.") from None
    except (wave.Error, EOFError, OSError) as error:
        raise BadAudio(f"{path} is not a wav file that can be read: {error}.") from None
    with wav:
        if wav.getsampwidth() != 2:
            raise BadAudio(f"{path} has {8 * wav.getsampwidth()} bits a sample; 16 are needed.")
        yield wav
