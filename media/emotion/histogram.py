"""Quantiles of what a site has seen, with a prior and slow forgetting, in 4 kB."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

_LEAST, _MOST, _STEP = -16.0, 16.0, 0.1
_BINS: Final = round((_MOST - _LEAST) / _STEP)
_EDGES: Final = np.linspace(_LEAST, _MOST, _BINS + 1)
_MEMORY: Final = 20000  # observations after which one counts 1/e


class Histogram:
    """Counts of log-odds from -16 to 16 (what lies outside counts at the end).

    ``prior`` is believed as much as ``prior_count`` observations.
    """

    def __init__(self, prior: NormalDist, prior_count: float) -> None:
        below = np.array([prior.cdf(float(edge)) for edge in _EDGES])
        self._prior: npt.NDArray[np.float64] = prior_count * np.diff(below)
        self._seen: npt.NDArray[np.float64] = np.zeros(_BINS)

    def observe(self, value: float) -> None:
        """Count a finite ``value``."""
        self._seen *= 1 - 1 / _MEMORY
        self._seen[min(max(int((value - _LEAST) / _STEP), 0), _BINS - 1)] += 1

    def quantile(self, share: float) -> float:
        """The value that ``share`` of all stay under, prior included."""
        total = np.cumsum(self._seen + self._prior)
        at = min(int(np.searchsorted(total, share * total[-1])), _BINS - 1)
        before = float(total[at - 1]) if at else 0.0
        inside = (share * float(total[-1]) - before) / max(float(total[at]) - before, 1e-12)
        return float(_EDGES[at] + _STEP * min(max(inside, 0.0), 1.0))

    def as_dict(self) -> dict[str, float]:
        """The bins that hold something, by number."""
        return {str(i): round(float(self._seen[i]), 4) for i in np.flatnonzero(self._seen)}

    def restore(self, raw: Mapping[str, float]) -> None:
        """Take what :meth:`as_dict` gave; raises ValueError or TypeError."""
        for place, count in raw.items():
            if not 0 <= int(place) < _BINS or not math.isfinite(count) or count < 0:
                raise ValueError(f"bin {place} with {count}")
            self._seen[int(place)] = float(count)
