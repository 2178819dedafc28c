"""What recognition tells the rest of the house, and how it is fed.

    recognizer = await listener.recognizer("leg-1", language="zh")
    recognizer.feed(frame)                  # never waits, never raises for load
    async for said in recognizer: ...       # turns, partials, committed, finals, keys
    await recognizer.finish()               # the stream is over: last finals, then the end

Times are seconds on the leg's clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from media.audio.frame import Digit, Frame
from media.recognition.engine import Word
from media.recognition.grammar import Grammar
from media.vad.sounds import SoundChanged
from media.vad.turns import Turn


class Kind(StrEnum):
    """How sure a text is to stay."""

    PARTIAL = "partial"
    """What is heard so far; the next one may differ."""
    COMMITTED = "committed"
    """Two hypotheses agree on these words: show them as said."""
    FINAL = "final"
    """The utterance is over and this is its text; there is exactly one, or a DEFERRED."""
    DEFERRED = "deferred"
    """There is no time for it now: recognise it from the recording after the call."""


class Use(StrEnum):
    """What it is for; decides who waits when there is too much to do."""

    MENU = "menu"
    LIVE = "live"
    AFTER_CALL = "after_call"


class Level(IntEnum):
    """How much is left out because of load."""

    ALL = 0
    NO_PARTIALS = 1
    CHEAPER = 2
    """No partials, and a smaller model where the language has one."""
    AFTER_CALL = 3
    """Only menus are recognised at once; everything else after the call."""


@dataclass(frozen=True)
class Heard:
    """Words of one utterance, which ``leg`` and ``utterance`` name together.

    ``text`` is as people write it; ``words`` are as they were heard, with times and
    confidence (of a COMMITTED: those that are new). ``confidence`` is 0 to 1.
    ``refused`` says why a FINAL has no text: the sound was taken for no speech, or is
    not in the grammar. ``seconds`` is how long the text took after it was asked for.
    """

    kind: Kind
    leg: str
    utterance: int
    start: float
    end: float
    text: str = ""
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    language: str = ""
    engine: str = ""
    refused: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "kind": self.kind.value, "leg": self.leg, "utterance": self.utterance,
            "start": self.start, "end": self.end, "text": self.text,
            "words": [word.as_list() for word in self.words], "confidence": self.confidence,
            "language": self.language, "engine": self.engine, "refused": self.refused,
        }  # fmt: skip


@dataclass(frozen=True)
class Degraded:
    """Recognition of everybody changed to ``level``; ``reason`` is for people."""

    level: Level
    reason: str


Said = Heard | Turn | SoundChanged | Digit | Degraded


class Recognizer(Protocol):
    """One leg's, from its tap to its end."""

    @property
    def leg(self) -> str:
        """Whose words these are."""
        ...

    def feed(self, item: Frame | Digit) -> None:
        """Take 20 ms of sound, or a key. At most 0.3 ms of CPU; the rest is elsewhere."""
        ...

    def listen_for(self, grammar: Grammar | None, *, use: Use = Use.MENU) -> None:
        """From the next utterance on, expect what ``grammar`` allows; None: anything."""
        ...

    def __aiter__(self) -> AsyncIterator[Said]:
        """What happens, in order, until the stream is finished. One reader."""
        ...

    async def settled(self) -> None:
        """Wait until everything that was asked so far is answered."""
        ...

    async def finish(self) -> None:
        """End what is being said, wait for its text (bounded), end the events."""
        ...

    async def close(self) -> None:
        """Stop at once and let go of everything."""
        ...
