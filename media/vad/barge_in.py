"""Whether a caller who makes a sound during a prompt means to interrupt it.

A cough, a door, a word to somebody in the room should not stop the menu; an answer
should, at once. Babble fools every voice detector, so where it is loud ask for words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from media.audio.frame import FRAME_SECONDS
from media.vad.voice import Voice


class By(StrEnum):
    """What interrupted."""

    SPEECH = "speech"
    WORDS = "words"
    KEY = "key"


@dataclass(frozen=True)
class BargeIn:
    """A decision to stop the prompt, ``at`` seconds on the leg's clock."""

    by: By
    at: float
    since: float
    """When the caller began."""


@dataclass(frozen=True)
class Policy:
    """``least`` seconds of speech within ``within``; ``over_floor`` dB louder than what
    is always there (an echo of the prompt, a car); ``words``: wait until something was
    recognised, with ``grammar`` something allowed; ``guard``: seconds from the prompt's
    beginning in which nothing interrupts (the caller's last word, line noise)."""

    least: float = 0.25
    within: float = 0.6
    sure: float = 0.6
    over_floor: float = 8.0
    words: bool = False
    guard: float = 0.15


class BargeInDetector:
    """For one prompt, which began at ``began`` on the leg's clock."""

    def __init__(self, policy: Policy | None = None, *, began: float = 0.0) -> None:
        self._policy = policy or Policy()
        self._began = began
        self._speech: list[float] = []
        self._decided: BargeIn | None = None

    @property
    def decided(self) -> BargeIn | None:
        """The decision, once there is one; it is made once."""
        return self._decided

    def frame(self, voice: Voice) -> BargeIn | None:
        """Feed a judged frame; the decision when this frame brings it."""
        if voice.key:
            return self._decide(By.KEY, voice.at, voice.at)
        if voice.at < self._began + self._policy.guard:
            return None
        loud = voice.level >= voice.floor + self._policy.over_floor
        if voice.gate and voice.probability >= self._policy.sure and loud:
            self._speech.append(voice.at)
        self._speech = [at for at in self._speech if voice.at - at < self._policy.within]
        enough = len(self._speech) * FRAME_SECONDS >= self._policy.least
        if enough and not self._policy.words:
            return self._decide(By.SPEECH, voice.at, self._speech[0])
        return None

    def words(self, at: float, since: float) -> BargeIn | None:
        """Something was recognised (with a grammar: something allowed)."""
        return self._decide(By.WORDS, at, since)

    def key(self, at: float) -> BargeIn | None:
        """A key was signalled beside the sound."""
        return self._decide(By.KEY, at, at)

    def _decide(self, by: By, at: float, since: float) -> BargeIn | None:
        if self._decided is not None:
            return None
        self._decided = BargeIn(by, round(at, 2), round(since, 2))
        return self._decided
