"""One caller through his call: windows and words in, readings each second of speech out.

A reading's ``score`` is a meter from 0 to 1 that means the same at every site: 0.7 is where
this site's threshold lies. It crosses there, and calms at 0.55; both need some speech, so
that the meter does not flicker.

It costs 0.2 ms a window and may run where the call's state is. The work on the sound is
:class:`media.emotion.stream.WindowStream`'s, whose process may die: the windows of another
one go on here. :class:`media.emotion.listener.EmotionListener` is both in one.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from media.emotion import reasons as why
from media.emotion.baseline import Baseline
from media.emotion.calibration import SiteCalibration
from media.emotion.features import COUNT
from media.emotion.fusion import Fused, Sentiment, fuse
from media.emotion.leg_policy import Leg, permit
from media.emotion.model import Model, bundled
from media.emotion.reasons import Reason
from media.emotion.smoothing import Smoothing
from media.emotion.stream import Window

CROSSED: Final = "crossed"
CALMED: Final = "calmed"
UP: Final = 0.70
DOWN: Final = 0.55
_SLOPE: Final = 1.2
_UP_SECONDS: Final = 2.0
_DOWN_SECONDS: Final = 3.0
_WORDS_SECONDS: Final = 2.0  # what one recognised utterance counts for
_WORDS_HALF_LIFE: Final = 30.0
_WORDS_KEPT: Final = 4
_RECENT: Final = 3
_OUTBURST: Final = 1.5  # standard deviations within a caller: no part of what is usual for him
_RISEN: Final = 0.5  # from here on reasons say what is more than usual, below what is less


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of a caller at ``at`` (seconds of his leg).

    ``tension`` and ``arousal`` are the window's log-odds, ``excess`` the smoothed tension
    over his baseline, ``unusual`` that in standard deviations of the site. ``change`` is
    'crossed', 'calmed' or empty. ``baseline_seconds`` of his speech are the comparison.
    """

    at: float
    score: float
    tense: bool
    change: str
    tension: float
    arousal: float
    excess: float
    unusual: float
    fused: Fused
    reasons: tuple[Reason, ...]
    words: tuple[str, ...]
    baseline_seconds: float

    def text(self, language: str) -> str:
        """The reasons as one line, 'zh' or 'en'."""
        return why.phrase(
            self.reasons, self.words, self.baseline_seconds, language=language, tense=self.tense
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON form for events. ``words`` are the customer's: personal data."""
        return {
            "at": round(self.at, 2),
            "score": round(self.score, 3),
            "tense": self.tense,
            "change": self.change,
            "arousal": round(self.arousal, 2),
            "voice": round(self.fused.voice, 2),
            "words_part": round(self.fused.words, 2),
            "reasons": [reason.as_dict() for reason in self.reasons],
            "words": list(self.words),
            "text": {language: self.text(language) for language in ("zh", "en")},
        }


class EmotionTracker:
    """Follows one leg. Not for two threads at once.

    Raises WorkerEmotionOff for the agent's leg (see :mod:`media.emotion.leg_policy`), and
    BadModel when the bundled weights are needed and damaged.
    """

    def __init__(
        self,
        calibration: SiteCalibration | None = None,
        *,
        model: Model | None = None,
        leg: Leg = Leg.CUSTOMER,
        worker_emotion_allowed_by: str = "",
    ) -> None:
        permit(leg, worker_emotion_allowed_by=worker_emotion_allowed_by)
        self._model = model or bundled()
        self._calibration = calibration or SiteCalibration()
        self._known = self._calibration.known  # for the whole call: one scale
        population = self._calibration.population(self._model.population)
        self._baseline = Baseline(population, COUNT)
        self._smoothing = Smoothing()
        self._recent: deque[Window] = deque(maxlen=_RECENT)
        self._said: deque[tuple[float, Sentiment]] = deque(maxlen=_WORDS_KEPT)
        self._last: Reading | None = None
        self._tense = False
        self._now = 0.0
        self._against = 0.0  # seconds for which the meter has asked for the other state
        self._before = self._peak = -math.inf
        self._excess: float | None = None
        self.skipped: dict[str, int] = {}
        """Windows that were not speech, by kind."""

    @property
    def last(self) -> Reading | None:
        """The latest reading."""
        return self._last

    def take(self, window: Window) -> Reading | None:
        """Take the next window of the leg; None when it holds no speech."""
        self._now = max(self._now, window.at)
        if window.figures is None:
            self.skipped[window.kind.value] = self.skipped.get(window.kind.value, 0) + 1
            return None
        score = self._model.score(window.figures)
        # judged before it enters the baseline: nobody is his own standard
        usual = self._usual()
        over = None if usual is None else score.tension - usual
        self._recent.append(window)
        if window.ends_utterance:
            self._calibration.observe_utterance(score.tension - self._model.population.mean)
        self._excess = None if over is None else self._smoothed(over, window)
        reading = self._reading(window.new_seconds, score.tension, score.arousal, self._excess)
        calm = over is None or over < _OUTBURST * self._model.population.within
        if not self._tense and calm:
            self._baseline.add(window.new_seconds, score.tension, window.level, window.figures)
        return reading

    def _usual(self) -> float | None:
        """What the caller is compared with. While the site is not known, with himself or
        with everybody, whichever is higher: an alert is due to who is above both."""
        shrunk = self._baseline.tension()
        if self._known:
            return shrunk
        alone = self._baseline.alone()
        return None if alone is None else max(alone, shrunk)

    def _smoothed(self, over: float, window: Window) -> float:
        excess = self._smoothing.add(over, window.new_seconds, ends_utterance=window.ends_utterance)
        self._peak = max(self._peak, min(excess, self._before))  # of two in a row
        self._before = excess
        return excess

    def hear(self, sentiment: Sentiment, *, at: float | None = None) -> Reading:
        """Take what the words of the utterance just recognised say; ``at`` is the time of
        its end in seconds of the leg, now if not given."""
        if at is not None and math.isfinite(at):
            self._now = max(self._now, at)
        self._said.append((self._now, sentiment))
        last = self._last
        return self._reading(
            _WORDS_SECONDS,
            last.tension if last else 0.0,
            last.arousal if last else 0.0,
            self._excess,
        )

    def finish(self) -> None:
        """The call has ended: the site learns how high it went. Only once a call."""
        self._calibration.observe_call(self._peak)
        self._before = self._peak = -math.inf

    def _reading(
        self, seconds: float, tension: float, arousal: float, excess: float | None
    ) -> Reading:
        unusual = None if excess is None else self._calibration.unusual(excess)
        sentiment = self._sentiment()
        fused = fuse(unusual, sentiment)
        odds = _SLOPE * (fused.value - self._calibration.threshold) + math.log(UP / (1 - UP))
        score = 1 / (1 + math.exp(-odds))
        change = self._change(score, seconds)
        self._last = Reading(
            at=self._now,
            score=score,
            tense=self._tense,
            change=change,
            tension=tension,
            arousal=arousal,
            excess=excess or 0.0,
            unusual=unusual or 0.0,
            fused=fused,
            reasons=self._reasons(rising=score >= _RISEN),
            words=sentiment.words if sentiment else (),
            baseline_seconds=self._baseline.seconds if self._baseline.usual() else 0.0,
        )
        return self._last

    def _change(self, score: float, seconds: float) -> str:
        asked = score < DOWN if self._tense else score >= UP
        self._against = self._against + seconds if asked else 0.0
        if self._against < (_DOWN_SECONDS if self._tense else _UP_SECONDS):
            return ""
        self._tense, self._against = not self._tense, 0.0
        return CROSSED if self._tense else CALMED

    def _sentiment(self) -> Sentiment | None:
        """The last utterances as one; what was said fades with half a minute."""
        now = self._now
        total = weight = 0.0
        words: list[str] = []
        for at, said in reversed(self._said):
            share = 0.5 ** ((now - at) / _WORDS_HALF_LIFE)
            certain = min(max(said.confidence, 0.0), 1.0) if math.isfinite(said.value) else 0.0
            total += share * certain * (said.value if certain else 0.0)
            weight += share
            if share > 0.5:
                words += [word for word in said.words if word not in words]
        if not weight:
            return None
        newest = 0.5 ** ((now - self._said[-1][0]) / _WORDS_HALF_LIFE)
        return Sentiment(total / weight * newest, tuple(words[:5]))

    def _reasons(self, *, rising: bool) -> tuple[Reason, ...]:
        usual = self._baseline.usual()
        if usual is None or not self._recent:
            return ()
        level = float(np.mean([window.level for window in self._recent]))
        figures = np.mean([w.figures for w in self._recent if w.figures is not None], axis=0)
        return why.compare(level, figures, *usual, self._model.spread, rising=rising)
