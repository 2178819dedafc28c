"""What is unusual at one site, learnt from its own calls and its supervisors.

A fixed threshold does not transfer: telephones, languages and customers differ. Here a
site's smoothed scores make a histogram, and a score is judged by where it stands in it:
0 is the median, 1.645 what 5 % exceed. A new site starts from a prior that weighs as much
as 200 utterances. Feedback moves the threshold until as many alerts are right as wanted
(Robbins and Monro 1951: steps shrink, so that it settles). State is a dictionary of JSON
values; whoever owns the site stores it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.emotion.errors import BadCalibration

FORMAT: Final = 1
_LEAST, _MOST, _STEP = -12.0, 12.0, 0.1
_BINS: Final = round((_MOST - _LEAST) / _STEP)
_EDGES: Final = np.linspace(_LEAST, _MOST, _BINS + 1)
_MEMORY: Final = 20000  # utterances after which an observation counts 1/e
_PRIOR_UTTERANCES: Final = 200.0
_PRIOR_SPREAD: Final = 0.8  # log-odds: 1 calm call in 20 alerts, 7 turns in 8 (EMO-DB, held out)
_LEAST_SPREAD: Final = 0.4
_REACH: Final = 2.0  # feedback moves the threshold by no more
_FIRST_STEP: Final = 0.25

Array = npt.NDArray[np.float64]


class SiteCalibration:
    """Thresholds of one site (or queue, or language). Not for two threads at once.

    ``alert_share`` is the share of utterances over the threshold before any feedback,
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
        self._seen: Array = np.zeros(_BINS)
        self._utterances = 0
        self._right = self._wrong = self._missed = 0
        self._offset = 0.0
        self._place: tuple[float, float] | None = None

    @property
    def utterances(self) -> int:
        """How many were observed."""
        return self._utterances

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
        above this site's median; the upper half of the histogram gives the unit."""
        if self._place is None:
            centre = self.quantile(0.5)
            spread = (self.quantile(0.95) - centre) / NormalDist().inv_cdf(0.95)
            self._place = (centre, max(spread, _LEAST_SPREAD))
        centre, spread = self._place
        return (value - centre) / spread

    def observe(self, value: float) -> None:
        """Count the smoothed value at the end of an utterance. Non-finite ones are not."""
        if not math.isfinite(value):
            return
        self._seen *= 1 - 1 / _MEMORY
        self._seen[min(max(int((value - _LEAST) / _STEP), 0), _BINS - 1)] += 1
        self._utterances += 1
        self._place = None

    def quantile(self, share: float) -> float:
        """The value that ``share`` of the utterances stay under, prior included."""
        total = np.cumsum(self._seen + _PRIOR)
        at = int(np.searchsorted(total, share * total[-1]))
        before = float(total[at - 1]) if at else 0.0
        inside = (share * float(total[-1]) - before) / max(float(total[at]) - before, 1e-12)
        return float(_EDGES[at] + _STEP * min(max(inside, 0.0), 1.0))

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
            "offset": self._offset,
            **self.feedback,
            "seen": {str(i): round(float(self._seen[i]), 4) for i in np.flatnonzero(self._seen)},
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SiteCalibration:
        """The inverse of :meth:`as_dict`; raises BadCalibration."""
        try:
            if raw["format"] != FORMAT:
                raise ValueError(f"format {raw['format']!r} instead of {FORMAT}")
            made = cls(alert_share=float(raw["alert_share"]), precision=float(raw["precision"]))
            made._utterances = int(raw["utterances"])
            made._offset = min(max(float(raw["offset"]), -_REACH), _REACH)
            made._right, made._wrong = int(raw["right"]), int(raw["wrong"])
            made._missed = int(raw["missed"])
            for place, count in raw["seen"].items():
                if not 0 <= int(place) < _BINS:
                    raise ValueError(f"there is no bin {place}")
                made._seen[int(place)] = float(count)
            numbers = (*made._seen.tolist(), made._offset)
            if not all(math.isfinite(x) for x in numbers) or made._seen.min() < 0:
                raise ValueError("counts are not numbers of utterances")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadCalibration(
                f"This calibration cannot be used: {error}.",
                hint="Start with a new one: it adapts within a few hundred utterances.",
            ) from None
        return made


def _prior() -> Array:
    belief = NormalDist(0.0, _PRIOR_SPREAD)
    below = np.array([belief.cdf(float(edge)) for edge in _EDGES])
    return np.asarray(_PRIOR_UTTERANCES * np.diff(below))


_PRIOR: Final = _prior()
