"""What a recognition engine is: the part that runs in a process of its own.

An engine turns the sound of one utterance into words. It holds no state of a call: each
request carries the utterance from its beginning and says which one it is, so that an
engine that decodes while the sound comes (Vosk) need not do again what it has done, and
any other process can take over at any moment.

To add one, copy ``vosk.py``, and add it to :data:`media.recognition.engines.ENGINES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from media.recognition.grammar import Grammar

RATE = 16000
Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Word:
    """One word, or one character of Chinese; times in seconds."""

    text: str
    start: float
    end: float
    confidence: float

    def shifted(self, seconds: float) -> Word:
        """The same word ``seconds`` later."""
        return replace(self, start=round(self.start + seconds, 2), end=round(self.end + seconds, 2))

    def as_list(self) -> list[Any]:
        """JSON form, compact."""
        return [self.text, self.start, self.end, self.confidence]


@dataclass(frozen=True)
class Request:
    """Sound to recognise.

    ``sound`` is ``utterance`` from its beginning, 16 kHz. ``language`` None asks the
    engine to find it out. ``voiced`` is how much of the utterance is speech, in seconds.
    ``thorough`` asks for the best result without regard to time (after the call).
    The first ``context`` samples are what the same person said just before, and its text
    is known: they help to understand the rest, but are not to be written again. An engine
    may leave them out. Times of the answer count from after them.
    """

    sound: Samples
    utterance: str
    language: str | None = None
    final: bool = True
    grammar: Grammar | None = None
    voiced: float | None = None
    thorough: bool = False
    context: int = 0


@dataclass(frozen=True)
class Decoded:
    """What an engine made of a request. Times count from the utterance's beginning.

    ``refused`` names the gate that took the text for invented or out of the grammar;
    the text is empty then.
    """

    text: str = ""
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    language: str = ""
    refused: str = ""
    cpu_seconds: float = 0.0
    details: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "text": self.text,
            "words": [word.as_list() for word in self.words],
            "confidence": self.confidence,
            "language": self.language,
            "refused": self.refused,
            "cpu_seconds": self.cpu_seconds,
            "details": self.details,
        }

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Decoded:
        """The inverse of :meth:`as_dict`."""
        return cls(**{**raw, "words": tuple(Word(*word) for word in raw["words"])})


class Engine(Protocol):
    """Loaded once a process; one request at a time."""

    def decode(self, request: Request) -> Decoded:
        """Recognise. Raises whatever went wrong; the process reports it."""
        ...

    def missing_words(self, phrases: Sequence[str]) -> list[str]:
        """Words of ``phrases`` that the engine can never recognise."""
        ...
