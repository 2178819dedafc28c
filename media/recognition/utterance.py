"""What a session remembers: the sound of the last seconds, and of each utterance what
was asked and answered."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from media.audio.frame import FRAME_SECONDS, Samples
from media.recognition.agreement import Agreement
from media.recognition.choice import Plan
from media.recognition.grammar import Grammar
from media.recognition.job_queue import Job

_SECONDS = 26.0
EVERY = 0.5
"""Seconds between two partials, when they come back quickly."""


class RecentSound:
    """The last 26 s of a leg (800 KB), by the leg's clock."""

    def __init__(self) -> None:
        self._frames: deque[Samples] = deque(maxlen=round(_SECONDS / FRAME_SECONDS))
        self._end = 0.0

    def add(self, at: float, samples: Samples) -> None:
        """The next frame."""
        self._frames.append(samples)
        self._end = at + FRAME_SECONDS

    def between(self, start: float, end: float) -> Samples:
        """What is remembered of that time."""
        first = self._end - len(self._frames) * FRAME_SECONDS
        low = max(0, round((start - first) / FRAME_SECONDS))
        high = max(low, round((end - first) / FRAME_SECONDS))
        frames = list(self._frames)[low:high]
        return np.concatenate(frames) if frames else np.zeros(0, dtype=np.int16)


@dataclass
class Guess:
    """A recognition that began when a pause did; it is the final if the pause lasts."""

    last_speech: float
    plan: Plan
    job: Job
    base: float
    """Where the times of the answer begin."""
    told: bool = False


@dataclass
class Utterance:
    """One utterance. ``heard`` is whether its final had text, None while unknown."""

    number: int
    start: float
    grammar: Grammar | None = None
    end: float = 0.0
    heard: bool | None = None
    over: bool = False
    agreement: Agreement = field(default_factory=Agreement)
    asking: bool = False
    shown: bool = False
    """Whether a partial of it was told."""
    asked_at: float = 0.0
    interval: float = EVERY
    guess: Guess | None = None
    before: Utterance | None = None
    """The one before, where it helps to understand this one."""
