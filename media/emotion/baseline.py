"""What is usual for one caller: his first twenty seconds of speech, shrunk to the population.

A voice that is tense by nature must not raise an alert, and a caller who is angry from the
first word must not become his own standard. So the mean of his first windows counts as much
as it is worth (empirical Bayes: by how much callers differ from each other and a caller from
himself), it is never taken for more than one standard deviation above calm
callers, and it stands still after twenty seconds: normalising over a whole call would
erase an angry one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.emotion.frames import Floats
from media.emotion.model import Population

SECONDS: Final = 20.0
"""Speech that makes the baseline."""
LEAST_SECONDS: Final = 4.0
"""Speech before which nothing is said of changes."""
_SECONDS_ALONE: Final = 2.0  # windows nearer to each other than this tell the same
_MOST_ABOVE: Final = 1.0  # standard deviations between callers
_MOST_BELOW: Final = 2.0


class Baseline:
    """Collects until it is complete; not for two threads at once."""

    def __init__(self, population: Population, count: int) -> None:
        self._population = population
        self._weight = 0.0
        self._tension = 0.0
        self._level = 0.0
        self._figures: npt.NDArray[np.float64] = np.zeros(count)

    @property
    def seconds(self) -> float:
        """Speech collected, at most :data:`SECONDS`."""
        return self._weight

    @property
    def complete(self) -> bool:
        """Whether it stands still."""
        return self._weight >= SECONDS

    def add(self, seconds: float, tension: float, level: float, figures: Floats) -> None:
        """Take a window with ``seconds`` of new speech; ignored when complete."""
        part = min(seconds, SECONDS - self._weight)
        if part <= 0:
            return
        self._weight += part
        share = part / self._weight
        self._tension += share * (tension - self._tension)
        self._level += share * (level - self._level)
        self._figures += share * (figures - self._figures)

    def alone(self) -> float | None:
        """What is usual for this caller by himself, whatever others are like; None before
        :data:`LEAST_SECONDS`."""
        return self._tension if self._weight >= LEAST_SECONDS else None

    def tension(self) -> float:
        """Log-odds that are usual for this caller, as far as one can know."""
        population = self._population
        independent = self._weight / _SECONDS_ALONE
        trust = independent / (independent + (population.within / population.between) ** 2)
        away = (self._tension - population.mean) / population.between
        away = min(max(away, -_MOST_BELOW), _MOST_ABOVE)
        return population.mean + trust * away * population.between

    def usual(self) -> tuple[float, npt.NDArray[np.float64]] | None:
        """His level (dBFS) and figures; None before :data:`LEAST_SECONDS`."""
        return (self._level, self._figures) if self._weight >= LEAST_SECONDS else None
