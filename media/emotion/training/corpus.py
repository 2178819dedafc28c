"""Emotional speech on disk: a folder with ``manifest.csv`` and 8 kHz wav files.

The manifest has the columns path, label, speaker, corpus, licence. Files are mu-law
(RIFF format 7) or 16-bit PCM, mono. What is for evaluation only never gets into training:
the licence of every row is checked.
"""

from __future__ import annotations

import csv
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from media.emotion.errors import BadCorpus
from media.emotion.training.codec import decode_mulaw
from media.tones import RATE, Samples

_FREE: Final = re.compile(
    r"^(CC0|CC[ -]BY[ -]\d|CC[ -]BY$|PDDL|Apache-2\.0|MIT|public domain)", re.I
)
_MULAW, _PCM = 7, 1
_COLUMNS: Final = ("path", "label", "speaker", "corpus", "licence")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One utterance. ``samples`` are int16, 8 kHz."""

    name: str
    label: str
    speaker: str
    corpus: str
    licence: str
    samples: Samples


def load(folder: Path, *, for_training: bool) -> list[Clip]:
    """All clips of ``folder``, in the manifest's order.

    Raises BadCorpus when a file is missing or damaged, and, ``for_training``, when a row's
    licence does not let weights made of it be used by everybody (CC0, CC BY, Apache, MIT).
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise BadCorpus(
            f"{manifest} cannot be read: {error.strerror or error}.",
            hint=f"Give a folder with manifest.csv (columns {', '.join(_COLUMNS)}).",
        ) from None
    if not rows or any(column not in rows[0] for column in _COLUMNS):
        raise BadCorpus(f"{manifest} needs rows and the columns {', '.join(_COLUMNS)}.")
    if for_training:
        for row in rows:
            if not _FREE.match(row["licence"]):
                raise BadCorpus(
                    f"{row['path']} is licensed '{row['licence']}': not for training.",
                    hint="Take it out of the training folder; it may only evaluate.",
                )
    return [_clip(folder, row) for row in rows]


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    return Clip(
        name=row["path"], label=row["label"], speaker=row["speaker"], corpus=row["corpus"],
        licence=row["licence"], samples=read_telephone_wav(folder / row["path"]),
    )  # fmt: skip


def read_telephone_wav(path: Path) -> Samples:
    """Samples of an 8 kHz mono wav, mu-law or 16-bit PCM; raises BadCorpus."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror or error}.") from None
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadCorpus(f"{path} is not a wav file.")
    coding = rate = channels = bits = 0
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
        elif name == b"data":
            if (rate, channels) != (RATE, 1) or (coding, bits) not in {(_MULAW, 8), (_PCM, 16)}:
                raise BadCorpus(
                    f"{path}: format {coding}, {rate} Hz, {channels} channels, {bits} bits.",
                    hint="8000 Hz mono, mu-law or 16-bit PCM are needed.",
                )
            if coding == _MULAW:
                return decode_mulaw(np.frombuffer(body, dtype=np.uint8))
            return np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.int16)
        at += 8 + size + size % 2
    raise BadCorpus(f"{path} holds no sound.")
