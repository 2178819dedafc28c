"""Recordings of conversations: from what Asterisk leaves behind to a stereo wav file.

Asterisk's MixMonitor with option ``D`` writes a headerless file of interleaved
signed linear 16-bit at 8 kHz with two channels: first what the recorded channel
says, then what it hears. Started on the caller's channel that is caller left,
agent right. When Asterisk is killed the file may end in the middle of a frame.

Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.log import get_logger
from media import wav
from media.errors import BadAudio, DiskFailed, NoAudio
from media.tones import RATE, dbfs

log = get_logger(__name__)

RAW_SUFFIX = ".raw"
CHANNELS = 2
_FRAME_BYTES = 2 * CHANNELS


@dataclass(frozen=True)
class Level:
    """Loudness of one side over the whole recording, in dBFS."""

    rms: float
    peak: float


@dataclass(frozen=True)
class Recording:
    """A finished recording."""

    path: Path
    seconds: float
    bytes: int
    caller: Level
    agent: Level
    cut_bytes: int
    """Bytes of a broken frame at the end that were left out (0 to 3)."""


def finalise(raw: Path, target: Path, *, keep_raw: bool = False) -> Recording:
    """Make the stereo wav file ``target`` of ``raw``, check it, then remove ``raw``.

    Safe to repeat: when it was interrupted after writing, it writes the same again.
    Raises NoAudio when there is nothing in ``raw`` (which stays), DiskFailed, and
    BadAudio when what was written does not have the size it must have.
    """
    try:
        size = raw.stat().st_size
    except FileNotFoundError:
        raise NoAudio(f"There is no raw recording {raw}.") from None
    cut = size % _FRAME_BYTES
    data_bytes = size - cut
    if not data_bytes:
        raise NoAudio(f"The raw recording {raw} is empty.")
    meters = (_Meter(), _Meter())
    with wav.replacing(target) as out:
        out.write(wav.header(data_bytes, rate=RATE, channels=CHANNELS))
        for block in wav.blocks(raw, data_bytes=data_bytes):
            out.write(block)
            frames = np.frombuffer(block, dtype="<i2").reshape(-1, CHANNELS)
            for side, meter in enumerate(meters):
                meter.add(frames[:, side])
    found = wav.info(target)
    if (found.frames, found.channels) != (data_bytes // _FRAME_BYTES, CHANNELS):
        target.unlink(missing_ok=True)
        raise BadAudio(
            f"{target} came out with {found.frames} frames instead of "
            f"{data_bytes // _FRAME_BYTES}; {raw} changed meanwhile and was kept.",
            hint="Finish a recording only after MixMonitorStop or the end of the channel.",
        )
    if not keep_raw:
        raw.unlink(missing_ok=True)
    return Recording(
        path=target,
        seconds=found.seconds,
        bytes=target.stat().st_size,
        caller=meters[0].level(),
        agent=meters[1].level(),
        cut_bytes=cut,
    )


def measure(path: Path) -> tuple[Level, Level]:
    """Levels of a stereo wav file, caller and agent; raises NoAudio, BadAudio."""
    samples, _ = wav.read(path)
    if samples.shape[1] != CHANNELS:
        raise BadAudio(f"{path} has {samples.shape[1]} channels; a recording has two.")
    caller, agent = _Meter(), _Meter()
    caller.add(samples[:, 0])
    agent.add(samples[:, 1])
    return caller.level(), agent.level()


def left_behind(folder: Path, *, in_use: Callable[[Path], bool]) -> Iterator[Path]:
    """Raw files in ``folder`` and below that no live call writes to, oldest first."""
    if not folder.is_dir():
        return
    for raw in sorted(folder.rglob(f"*{RAW_SUFFIX}"), key=lambda p: p.stat().st_mtime):
        if not in_use(raw):
            yield raw


def salvage(
    folder: Path,
    *,
    in_use: Callable[[Path], bool],
    target_of: Callable[[Path], Path] = lambda raw: raw.with_suffix(".wav"),
) -> list[Recording]:
    """Finish what an earlier run left behind; also removes half-written files.

    ``in_use`` says whether a live call still writes to a raw file (after a restart
    of the app alone, calls go on). Empty raws are removed. One that cannot be
    finished is logged and stays, and does not keep the others back.
    """
    for part in list(folder.rglob(f".*{wav.PART_SUFFIX}")) if folder.is_dir() else []:
        part.unlink(missing_ok=True)
    saved: list[Recording] = []
    for raw in left_behind(folder, in_use=in_use):
        try:
            saved.append(finalise(raw, target_of(raw)))
        except NoAudio:
            raw.unlink(missing_ok=True)
            log.info("recording.empty_removed", file=raw.name)
        except (BadAudio, DiskFailed) as error:
            log.error("recording.salvage_failed", file=raw.name, error=error.code)
    if saved:
        log.info("recording.salvaged", count=len(saved))
    return saved


class _Meter:
    """Adds up one side."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0
        self._peak = 0

    def add(self, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
        wide = samples.astype(np.int64)
        self._sum += float(np.dot(wide, wide))
        self._count += len(wide)
        if len(wide):
            self._peak = max(self._peak, int(np.abs(wide).max()))

    def level(self) -> Level:
        mean = self._sum / self._count if self._count else 0.0
        return Level(rms=round(dbfs(mean), 1), peak=round(dbfs(float(self._peak**2)), 1))
