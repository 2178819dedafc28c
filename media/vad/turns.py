"""When one side begins and ends to speak.

A pure machine on judged frames: no clock, no sound. It starts an utterance when both
detectors agree for a moment, ends it after a pause, and cuts one that goes on and on at
a short pause, so that its text need not wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from media.audio.frame import FRAME_SECONDS
from media.vad.voice import Voice


class End(StrEnum):
    """Why an utterance ended."""

    PAUSE = "pause"
    LONG = "long"
    """It was cut; the speaker goes on."""
    STREAM = "stream"
    """The call or the tap ended."""


@dataclass(frozen=True)
class Timing:
    """All in seconds. ``hang_over``: the pause that ends an utterance; ``early``: the one
    that ends it when its words sound complete; ``confirm``: how much speech begins one;
    ``before``: how much is taken from before that; ``soft`` and ``hard``: the length from
    which a pause of ``breath`` cuts, and at which it is cut anywhere."""

    hang_over: float = 0.6
    early: float = 0.36
    confirm: float = 0.06
    before: float = 0.3
    soft: float = 8.0
    breath: float = 0.2
    hard: float = 15.0


@dataclass(frozen=True)
class Started:
    """An utterance began; ``start`` lies ``Timing.before`` ahead of its first sound at
    most, which is where its sound is cut from."""

    utterance: int
    start: float


@dataclass(frozen=True)
class Ended:
    """An utterance is over. ``end`` is its last speech; ``voiced`` how much of it was
    speech; both in seconds."""

    utterance: int
    start: float
    end: float
    voiced: float
    reason: End


Turn = Started | Ended

_SURE = 0.35
_STILL = 0.4
_WINDOW = 10  # frames in which speech must gather to begin


class TurnDetector:
    """One leg's."""

    def __init__(self, timing: Timing | None = None) -> None:
        self.timing = timing or Timing()
        self._recent: deque[Voice] = deque(maxlen=_WINDOW)
        self._number = 0
        self._start: float | None = None
        self._last_speech = 0.0
        self._ended_at = 0.0
        self._voiced = 0.0
        self._complete_at = -1.0

    @property
    def speaking(self) -> bool:
        """Whether an utterance is going on."""
        return self._start is not None

    @property
    def last_speech(self) -> float:
        """When speech was last heard in the utterance that is going on."""
        return self._last_speech

    @property
    def voiced(self) -> float:
        """Seconds of speech in it."""
        return round(self._voiced, 2)

    def complete(self, last_speech: float) -> None:
        """What was said until ``last_speech`` sounds complete: a shorter pause will do."""
        self._complete_at = last_speech

    def feed(self, voice: Voice) -> list[Turn]:
        """What a frame begins or ends."""
        if self._start is None:
            return self._silent(voice)
        return self._speaking(voice)

    def finish(self, at: float) -> list[Turn]:
        """The stream is over."""
        return [] if self._start is None else [self._end(End.STREAM, min(at, self._last_speech))]

    def _silent(self, voice: Voice) -> list[Turn]:
        self._recent.append(voice)
        speech = [v for v in self._recent if v.gate and v.probability >= _SURE]
        if len(speech) * FRAME_SECONDS < self.timing.confirm or not voice.gate:
            return []
        gated = next(v.at for v in self._recent if v.gate)
        return [
            self._begin(max(gated - self.timing.before, self._ended_at, 0.0), voice, len(speech))
        ]

    def _begin(self, start: float, voice: Voice, frames: int) -> Started:
        self._number += 1
        self._start = start
        self._last_speech = voice.end
        self._voiced = frames * FRAME_SECONDS
        self._recent.clear()
        return Started(self._number, round(start, 3))

    def _speaking(self, voice: Voice) -> list[Turn]:
        assert self._start is not None
        if voice.probability >= _STILL and not voice.filled:
            self._last_speech = voice.end
            self._voiced += FRAME_SECONDS
        pause = voice.end - self._last_speech
        length = voice.end - self._start
        complete = self._complete_at == self._last_speech
        if pause >= (self.timing.early if complete else self.timing.hang_over):
            return [self._end(End.PAUSE, self._last_speech)]
        if length >= self.timing.hard or (
            length >= self.timing.soft and pause >= self.timing.breath
        ):
            ended = self._end(End.LONG, voice.end)
            if pause >= self.timing.breath:
                return [ended]
            return [ended, self._begin(voice.end, voice, 0)]
        return []

    def _end(self, reason: End, end: float) -> Ended:
        assert self._start is not None
        ended = Ended(
            self._number, round(self._start, 3), round(end, 3), round(self._voiced, 2), reason
        )
        self._start = None
        self._ended_at = end
        self._recent.clear()
        return ended
