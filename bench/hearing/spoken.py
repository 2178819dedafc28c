"""Phrases as the phones send them, and the folder through which they get them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.hearing import rtp
from media.tones import Samples

_SOUNDING = 0.1  # of the loudest, as media_speech has it


@dataclass(frozen=True)
class Spoken:
    """A phrase on its way out: its payloads, and which frames are the first and the
    last that sound."""

    name: str
    payloads: tuple[bytes, ...]
    first: int
    last: int


def sounding(sound: Samples) -> tuple[int, int]:
    """The numbers of the first and of the last frame that is as loud as a tenth of the
    loudest."""
    count = len(sound) // rtp.FRAME_SAMPLES
    framed = np.abs(sound[: count * rtp.FRAME_SAMPLES].astype(np.int32)).reshape(count, -1)
    peaks = framed.max(axis=1)
    found = np.flatnonzero(peaks > peaks.max() * _SOUNDING)
    return int(found[0]), int(found[-1])


def write_spoken(folder: Path, chosen: Mapping[str, Samples]) -> None:
    """Lay sounds at 8 kHz down for the phones, by name."""
    index, sound = [], bytearray()
    for number, (name, samples) in enumerate(chosen.items()):
        payloads = rtp.frames(rtp.with_line_noise(samples, seed=number))
        first, last = sounding(samples)
        index.append([name, len(payloads), first, last])
        sound += b"".join(payloads)
    (folder / "phrases.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "phrases.ulaw").write_bytes(sound)


def read_spoken(folder: Path) -> dict[str, Spoken]:
    """What :func:`write_spoken` wrote, by name."""
    sound, at = (folder / "phrases.ulaw").read_bytes(), 0
    found: dict[str, Spoken] = {}
    for name, count, first, last in json.loads((folder / "phrases.json").read_text("utf-8")):
        size = rtp.FRAME_SAMPLES
        payloads = tuple(sound[at + n * size : at + (n + 1) * size] for n in range(count))
        found[name] = Spoken(name, payloads, first, last)
        at += count * size
    return found
