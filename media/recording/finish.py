"""From what Asterisk leaves behind to a finished recording.

Asterisk's MixMonitor with option ``D`` writes a headerless file of interleaved
signed linear 16-bit at 8 kHz with two channels: first what the recorded channel
says, then what it hears. Started on the caller's channel that is caller left,
agent right. When Asterisk is killed the file may end in the middle of a frame.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from media import wav
from media.errors import BadAudio, DiskFailed, NoAudio
from media.recording import peaks as outline
from media.recording.keyed import KeyFinder, rows_of
from media.recording.keys import KeyRing
from media.recording.levels import Level, Meter, marks
from media.recording.sealed import SUFFIX, SealedWriter
from media.recording.silencing import Reason, Side, Silenced, Silencer, merged, silent_seconds
from media.recording.sound import HEADER_BYTES, blocks, open_sound, peaks_file
from media.tones import RATE

RAW_SUFFIX = ".raw"
_BLOCK = 256_000  # whole frames of 20 ms, mono and stereo
_WIPE = bytes(1 << 20)
_SIDES = (Side.CALLER, Side.AGENT)
_Blocks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Recording:
    """A finished recording. ``bytes`` are those of the wav file, ``levels`` by side."""

    path: Path
    seconds: float
    bytes: int
    levels: dict[Side, Level]
    marks: list[str]
    silenced: list[Silenced]
    key_id: str | None
    """The key with which it is sealed, if it is."""
    cut_bytes: int
    """Bytes of a broken frame at the end that were left out (0 to 3)."""

    def facts(self) -> dict[str, Any]:
        """For the recording's note."""
        return {
            "seconds": self.seconds,
            "bytes": self.bytes,
            "levels": {side.value: level.as_dict() for side, level in self.levels.items()},
            "marks": self.marks,
            "silenced": [span.as_dict() for span in self.silenced],
            "key_id": self.key_id,
        }


def finalise(
    raw: Path,
    target: Path,
    *,
    recording_id: str = "",
    channels: int = 2,
    silenced: Sequence[Silenced] = (),
    silent: Sequence[Silenced] = (),
    keys: bool = True,
    ring: KeyRing | None = None,
) -> Recording:
    """Make ``target`` of ``raw``, which stays: a wav file, or with ``ring`` a sealed one
    (``target`` then has the suffix ``.sealed`` more). What ``silenced`` names is made
    silent, and so, if ``keys``, are keys that are heard. ``silent`` is silent already.

    Safe to repeat: when it was interrupted after writing, it writes the same again.
    Raises NoAudio when there is nothing in ``raw``, DiskFailed, and BadAudio when it
    changed meanwhile.
    """
    try:
        size = raw.stat().st_size
    except FileNotFoundError:
        raise NoAudio(f"There is no raw recording {raw.name}.") from None
    cut = size % (2 * channels)
    if not size - cut:
        raise NoAudio(f"The raw recording {raw.name} is empty.")
    source = _Source(
        lambda: wav.blocks(raw, data_bytes=size - cut, block=_BLOCK), size - cut, channels, raw.name
    )
    if keys:
        silenced = [*silenced, *_keyed(source)]
    return _make(source, target, recording_id, silenced, silent, ring, cut)


def remake(
    path: Path,
    *,
    recording_id: str,
    silenced: Sequence[Silenced],
    silent: Sequence[Silenced] = (),
    ring: KeyRing | None,
) -> Recording:
    """Write a finished recording once more, with more silence. It stays sealed if it
    was. Raises as :func:`finalise` and :func:`~media.recording.sound.open_sound`."""
    sound = open_sound(path, ring, recording_id)
    try:
        channels = int.from_bytes(sound.read(22, 2), "little")
        if channels not in (1, 2):
            raise BadAudio(f"{path.name} is no recording of ours.")
        source = _Source(lambda: blocks(sound), sound.size - HEADER_BYTES, channels, path.name)
        sealed = path.suffix == SUFFIX
        target = path.with_name(path.name.removesuffix(SUFFIX))
        ring = ring if sealed else None
        return _make(source, target, recording_id, silenced, silent, ring, 0)
    finally:
        sound.close()


@dataclass(frozen=True)
class _Source:
    blocks: _Blocks
    bytes: int
    channels: int
    name: str

    @property
    def frames(self) -> int:
        return self.bytes // (2 * self.channels)


def _make(
    source: _Source, target: Path, recording_id: str, silenced: Sequence[Silenced],
    silent: Sequence[Silenced], ring: KeyRing | None, cut: int,
) -> Recording:  # fmt: skip
    seconds = source.frames / RATE
    spans = merged([*silenced, *silent], seconds)
    writer = _Writer(source.channels, merged(silenced, seconds))
    header = wav.header(source.bytes, rate=RATE, channels=source.channels)
    peaks_bytes = outline.encoded_size(source.frames, source.channels)
    final = target if ring is None else target.with_name(target.name + SUFFIX)
    for part in final.parent.glob(f".{final.name}.*{wav.PART_SUFFIX}"):
        part.unlink(missing_ok=True)  # we were killed while we wrote it
    with wav.replacing(final) as out:
        if ring is None:
            out.write(header)
            written = sum(out.write(block) for block in writer.blocks(source))
        else:
            sealer = SealedWriter(out, ring, recording_id, len(header) + source.bytes, peaks_bytes)
            sealer.write(header)
            written = 0
            for block in writer.blocks(source):
                sealer.write(block)
                written += len(block)
        if written != source.bytes:
            raise BadAudio(
                f"{source.name} has {written} bytes instead of {source.bytes}: it changed.",
                hint="Finish a recording only after MixMonitorStop or the end of the channel.",
            )
        if ring is not None:
            sealer.write(writer.outline.peaks().as_bytes())
            sealer.close()
    if ring is None:
        with wav.replacing(peaks_file(target)) as out:
            out.write(writer.outline.peaks().as_bytes())
    levels = {side: meter.level() for side, meter in zip(_SIDES, writer.meters, strict=False)}
    heard = seconds - max(silent_seconds(spans, side) for side in levels)
    return Recording(
        path=final,
        seconds=round(seconds, 3),
        bytes=len(header) + source.bytes,
        levels=levels,
        marks=marks({side.value: level for side, level in levels.items()}, heard),
        silenced=spans,
        key_id=ring.current if ring is not None else None,
        cut_bytes=cut,
    )


class _Writer:
    """What is to be written, measured on the way."""

    def __init__(self, channels: int, spans: Sequence[Silenced]) -> None:
        self.meters = [Meter() for _ in range(channels)]
        self.outline = outline.PeakMaker(channels)
        self._silencer = Silencer(spans, channels)

    def blocks(self, source: _Source) -> Iterator[bytes]:
        for block in source.blocks():
            frames = np.frombuffer(block, dtype="<i2").reshape(-1, source.channels)
            frames = self._silencer.apply(frames)
            self.outline.add(frames)
            for side, meter in enumerate(self.meters):
                meter.add(np.ascontiguousarray(frames[:, side]))
            yield frames.tobytes()


def _keyed(source: _Source) -> list[Silenced]:
    finders = [KeyFinder() for _ in range(source.channels)]
    for block in source.blocks():
        frames = np.frombuffer(block, dtype="<i2").reshape(-1, source.channels)
        for side, finder in enumerate(finders):
            finder.add(frames[:, side])
    return [
        Silenced(start, end, side, Reason.KEYED)
        for side, finder in zip(_SIDES, finders, strict=False)
        for start, end in rows_of(finder.presses())
    ]


def wipe(path: Path) -> None:
    """Overwrite a file, then remove it; no error if it is not there. What the disk itself
    keeps of it (a copy-on-write file system, flash) is beyond us. Raises DiskFailed."""
    try:
        with path.open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(_WIPE[: min(left, len(_WIPE))])
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    except OSError as error:
        raise DiskFailed(f"{path.name} could not be overwritten: {error.strerror}.") from error
    path.unlink(missing_ok=True)


def discard(raw: Path, *, wiped: bool) -> None:
    """Remove a raw file that is not needed any more, ``wiped`` as :func:`wipe` does. Raises
    DiskFailed."""
    if wiped:
        wipe(raw)
        return
    try:
        raw.unlink(missing_ok=True)
    except OSError as error:
        raise DiskFailed(f"{raw.name} cannot be removed: {error.strerror}.") from error


def remove(path: Path) -> None:
    """Remove a finished recording with what lies beside it; no error if it is gone.
    Raises DiskFailed."""
    try:
        path.unlink(missing_ok=True)
        peaks_file(path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # the contact's folder, when nothing is left in it
    except OSError as error:
        raise DiskFailed(f"{path.name} could not be removed: {error.strerror}.") from error
