"""What speaks, and how it is asked.

    async for chunk in synthesizer.stream("Please hold.", language="en"): ...
    samples = await synthesizer.say("请稍等。", language="zh-CN", rate=16000)

Sound is mono, signed linear, 16 bits, at 8 or 16 kHz, in whole frames of 20 ms.
An :class:`Engine` is what a plug-in brings; it runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

RATES = (8000, 16000)


class PartKind(StrEnum):
    """How a part of a clause is written."""

    TEXT = "text"
    PHONEMES = "phonemes"
    """In the alphabet of Kokoro and misaki, close to IPA: ``pˈɑɹli``."""
    PINYIN = "pinyin"
    """Syllables with their tones: ``chong2 qing4``."""


@dataclass(frozen=True)
class Part:
    """A piece of a clause, after the lexicon was applied."""

    kind: PartKind
    value: str


class Engine(Protocol):
    """One way of speaking. The class attributes are read without loading anything;
    making an instance loads the models and may take seconds."""

    name: ClassVar[str]
    voices: ClassVar[Mapping[str, Sequence[str]]]
    """By language (ISO 639-1); the first is the one that speaks when none is named."""
    packages: ClassVar[Sequence[str]]
    """Distributions that must be installed; their versions are part of the cache's key."""
    first_clause: ClassVar[int]
    """Characters; a longer first sentence is cut at a comma, so that it begins sooner."""
    longest_clause: ClassVar[int]
    """Characters; longer sentences are cut."""
    rate: ClassVar[int]
    """Samples a second of what :meth:`speak` returns."""

    def speak(self, parts: Sequence[Part], *, language: str, voice: str, speed: float) -> Floats:
        """One clause, in [-1, 1], any level. The same for the same arguments. CPU work."""
        ...


class Synthesizer(Protocol):
    """Text to sound for the rest of the house.

    ``language`` is a tag such as ``en`` or ``zh-CN``, ``speed`` 0.5 to 2, ``rate`` 8000 or
    16000. All raise BadInput for anything else, NothingToSay, VoiceMissing,
    SynthesisUnavailable, SynthesisFailed, SynthesisBusy.
    """

    def stream(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> AsyncIterator[Samples]:  # fmt: skip
        """The sound clause by clause, each as soon as it is there. A clause that was begun
        is finished and kept even when the reader goes away."""
        ...

    async def say(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> Samples:  # fmt: skip
        """The whole sound."""
        ...

    async def file(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> Path:  # fmt: skip
        """The whole sound as a wav file of the cache, for a player. Raises DiskFailed too."""
        ...

    def clips(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> AsyncIterator[Path]:  # fmt: skip
        """The sound clause by clause, each as a wav file of the cache as soon as it is
        there; one file when the whole was asked for before. Raises DiskFailed too."""
        ...

    async def close(self) -> None:
        """End the processes."""
        ...
