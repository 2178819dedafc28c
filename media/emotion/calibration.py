"""What is unusual at one site, learnt from its own calls and its supervisors.

A fixed threshold does not transfer: telephones, languages and customers move the scores of
calm voices by several log-odds. So a site has two histograms. One, of the tension of
utterances, gives the population to which each caller's baseline is shrunk; its prior
weighs as much as 20 utterances. The other, of the peak that each call's smoothed score
reached over the caller's baseline, tells how unusual a score is: 0 is the peak of the
median call, 1.645 what 5 % of the calls exceed; its prior weighs 50 calls.

Until a site is *known*, by 20 calls and 30 utterances, nobody can say whether its calm
voices sound tense to the model (those of some countries, and of synthesis, do). Until then
callers must be above both what is usual for themselves and what is for everybody, and peaks
are not counted.

Feedback moves the threshold until as many alerts are right as wanted (Robbins and Monro
1951: the steps shrink, so that it settles). State is a dictionary of JSON values; whoever
owns the site stores it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import Any, Final

from media.emotion.errors import BadCalibration
from media.emotion.histogram import Histogram
from media.emotion.model import Population

FORMAT: Final = 1
_SITE_SPREAD: Final = 2.0  # log-odds by which sites move calm voices
_SITE_PRIOR: Final = 20.0
_SITE_KNOWN: Final = 30  # utterances
_CALLS_KNOWN: Final = 20
_PEAK_SPREAD: Final = 0.8  # so 1 calm call in 20 alerts, 9 of 10 turns (EMO-DB, held out)
_PEAK_PRIOR: Final = 50.0
_LEAST_SPREAD: Final = 0.4
_REACH: Final = 2.0  # feedback moves the threshold by no more
_FIRST_STEP: Final = 0.25


class SiteCalibration:
    """Thresholds of one site (or queue, or language). Not for two threads at once.

    ``alert_share`` is the share of calls that alert by voice alone before any feedback,
    ``precision`` the share of alerts that supervisors shall find right.
    """

    def __init__(self, *, alert_share: float = 0.05, precision: float = 0.7) -> None:
        if not (0 < alert_share < 0.5 and 0 < precision < 1):
            raise BadCalibration(
                f"alert_share {alert_share} or precision {precision} is out of range.",
                hint="0 < alert_share < 0.5 and 0 < precision < 1.",
            )
        self.alert_share = alert_share
        self.precision = precision
        self._peaks = Histogram(NormalDist(0.0, _PEAK_SPREAD), _PEAK_PRIOR)
        self._tension = Histogram(NormalDist(0.0, _SITE_SPREAD), _SITE_PRIOR)
        self._utterances = self._calls = 0
        self._right = self._wrong = self._missed = 0
        self._offset = 0.0
        self._place: tuple[float, float] | None = None

    @property
    def calls(self) -> int:
        """How many were observed."""
        return self._calls

    @property
    def known(self) -> bool:
        """Whether the site's own calm voices are known."""
        return self._calls >= _CALLS_KNOWN and self._utterances > _SITE_KNOWN

    @property
    def feedback(self) -> dict[str, int]:
        """How many alerts were right and wrong, how many angry callers were missed."""
        return {"right": self._right, "wrong": self._wrong, "missed": self._missed}

    @property
    def threshold(self) -> float:
        """The :meth:`unusual` value from which on an alert is due."""
        return NormalDist().inv_cdf(1 - self.alert_share) + self._offset

    def unusual(self, value: float) -> float:
        """``value`` (smoothed log-odds over the caller's baseline) as standard deviations
        above the peak of this site's median call; the upper half of the calls gives the unit."""
        if self._place is None:
            centre = self._peaks.quantile(0.5)
            spread = (self._peaks.quantile(0.95) - centre) / NormalDist().inv_cdf(0.95)
            self._place = (centre, max(spread, _LEAST_SPREAD))
        centre, spread = self._place
        return (value - centre) / spread

    def population(self, trained: Population) -> Population:
        """``trained`` with this site's median in place of its mean."""
        return replace(trained, mean=trained.mean + self._tension.quantile(0.5))

    def observe_utterance(self, away: float) -> None:
        """Count an utterance: ``away`` is its tension over the trained population's mean,
        log-odds. What is not finite is not counted."""
        if math.isfinite(away):
            self._utterances += 1
            self._tension.observe(away)

    def observe_call(self, peak: float) -> None:
        """Count a call that ended: the ``peak`` of its smoothed tension over the caller's
        baseline, log-odds. What is not finite is not counted."""
        if math.isfinite(peak):
            self._calls += 1
            if self.known:
                self._peaks.observe(peak)
                self._place = None

    def judge(self, *, right: bool) -> None:
        """A supervisor says of an alert that it was right or wrong."""
        if right:
            self._right += 1
            self._move(-(1 - self.precision))
        else:
            self._wrong += 1
            self._move(self.precision)

    def miss(self) -> None:
        """A supervisor says that a caller was angry and no alert came."""
        self._missed += 1
        self._move(-self.precision)

    def _move(self, direction: float) -> None:
        told = self._right + self._wrong + self._missed
        step = _FIRST_STEP / math.sqrt(1 + told / 10)
        self._offset = min(max(self._offset + step * direction, -_REACH), _REACH)

    def as_dict(self) -> dict[str, Any]:
        """State as JSON values; only the bins that hold something."""
        return {
            "format": FORMAT,
            "alert_share": self.alert_share,
            "precision": self.precision,
            "utterances": self._utterances,
            "calls": self._calls,
            "offset": self._offset,
            **self.feedback,
            "tension": self._tension.as_dict(),
            "peaks": self._peaks.as_dict(),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SiteCalibration:
        """The inverse of :meth:`as_dict`; raises BadCalibration."""
        made = cls()
        made.restore(raw)
        return made

    def restore(self, raw: Mapping[str, Any]) -> None:
        """Become what ``raw`` says, as :meth:`as_dict` has it; unchanged if it raises
        BadCalibration."""
        peaks = Histogram(NormalDist(0.0, _PEAK_SPREAD), _PEAK_PRIOR)
        tension = Histogram(NormalDist(0.0, _SITE_SPREAD), _SITE_PRIOR)
        try:
            if raw["format"] != FORMAT:
                raise ValueError(f"format {raw['format']!r} instead of {FORMAT}")
            fresh = SiteCalibration(
                alert_share=float(raw["alert_share"]), precision=float(raw["precision"])
            )
            offset = float(raw["offset"])
            if not math.isfinite(offset):
                raise ValueError("the offset is not a number")
            counts = [int(raw[n]) for n in ("utterances", "calls", "right", "wrong", "missed")]
            tension.restore(raw["tension"])
            peaks.restore(raw["peaks"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadCalibration(
                f"This calibration cannot be used: {error}.",
                hint="Start with a new one: it adapts within some fifty calls.",
            ) from None
        self.alert_share, self.precision = fresh.alert_share, fresh.precision
        self._utterances, self._calls, self._right, self._wrong, self._missed = counts
        self._offset = min(max(offset, -_REACH), _REACH)
        self._tension, self._peaks, self._place = tension, peaks, None
