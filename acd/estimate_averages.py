"""What the estimator remembers: averages that forget, in a few numbers each."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Mean:
    """Mean and spread of the last ``window`` values or so, each new one weighing most.

    It starts from a guess that weighs as much as ``weight`` values and is forgotten
    with them.
    """

    window: float
    weight: float
    total: float
    squares: float
    seen: int = 0

    @classmethod
    def guess(cls, value: float, *, weight: float, window: float, spread: float = 0.0) -> Mean:
        """To begin with: ``value``, with ``spread`` as coefficient of variation."""
        return cls(window, weight, weight * value, weight * value**2 * (1 + spread**2))

    def add(self, value: float, importance: float = 1.0) -> None:
        """One more value; one with an ``importance`` of 2 counts as two."""
        keep = 1 - 1 / self.window
        self.weight = self.weight * keep + importance
        self.total = self.total * keep + importance * value
        self.squares = self.squares * keep + importance * value**2
        self.seen += 1

    @property
    def value(self) -> float:
        return self.total / self.weight

    @property
    def variation(self) -> float:
        """Squared coefficient of variation; 0 for a mean of 0."""
        mean = self.value
        return max(0.0, self.squares / self.weight / mean**2 - 1) if mean > 0 else 0.0

    def numbers(self) -> list[float]:
        """For keeping; see :meth:`load`."""
        return [self.weight, self.total, self.squares, self.seen]

    def load(self, numbers: Sequence[float]) -> None:
        self.weight, self.total, self.squares = map(float, numbers[:3])
        self.seen = int(numbers[3])


@dataclass(slots=True)
class Rate:
    """How often something happens, a second, over the last ``seconds`` or so."""

    seconds: float
    count: float = 0.0
    since: float | None = None  # of the first
    last: float = 0.0

    def add(self, at: float) -> None:
        """It happened. A time before the last one counts as the last one."""
        if self.since is None:
            self.since = self.last = at
        at = max(at, self.last)
        self.count = self.count * math.exp((self.last - at) / self.seconds) + 1
        self.last = at

    def value(self, at: float) -> float:
        """A second, as of ``at``; 0 if it never happened."""
        if self.since is None:
            return 0.0
        at = max(at, self.last)
        watched = self.seconds * -math.expm1((self.since - at) / self.seconds)
        faded = self.count * math.exp((self.last - at) / self.seconds)
        return faded / max(watched, 0.1 * self.seconds)

    def numbers(self) -> list[float]:
        return [] if self.since is None else [self.count, self.since, self.last]

    def load(self, numbers: Sequence[float]) -> None:
        if numbers:
            self.count, self.since, self.last = map(float, numbers)


EDGES = (15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 960.0)
_KEEP = 1 - 1 / 400  # what is kept of the past at each end of a wait
_PRIOR_SECONDS = 120.0  # of waiting without anybody leaving, in each span


@dataclass(slots=True)
class Patience:
    """How readily those leave who have waited so long: a hazard rate, constant between
    :data:`EDGES`. Those who are answered count as long as they waited (censored data,
    as in a life table)."""

    left: list[float] = field(default_factory=lambda: [0.0] * (len(EDGES) + 1))
    waited: list[float] = field(default_factory=lambda: [0.0] * (len(EDGES) + 1))
    ends: float = 0.0

    def add(self, seconds: float, *, gave_up: bool) -> None:
        """One wait is over."""
        self.ends = self.ends * _KEEP + 1
        begin = 0.0
        for i, end in enumerate((*EDGES, math.inf)):
            self.left[i] *= _KEEP
            self.waited[i] = self.waited[i] * _KEEP + max(0.0, min(seconds, end) - begin)
            begin = end
        if gave_up:
            self.left[bisect_right(EDGES, seconds)] += 1

    def hazard(self) -> Hazard | None:
        """Of leaving, a second; None if nobody ever left."""
        if not any(self.left):
            return None
        return Hazard(
            [
                left / (waited + _PRIOR_SECONDS)
                for left, waited in zip(self.left, self.waited, strict=True)
            ]
        )

    def share_leaving(self) -> float:
        """Of all who waited lately: who gave up. 0 to 1."""
        return sum(self.left) / self.ends if self.ends else 0.0

    def numbers(self) -> list[float]:
        return [*self.left, *self.waited, self.ends]

    def load(self, numbers: Sequence[float]) -> None:
        half = len(EDGES) + 1
        self.left = [float(number) for number in numbers[:half]]
        self.waited = [float(number) for number in numbers[half : 2 * half]]
        self.ends = float(numbers[2 * half])


class Hazard:
    """A hazard rate, constant between :data:`EDGES`, made ready for being asked often."""

    def __init__(self, rates: Sequence[float]) -> None:
        self._rates = rates
        self._begins = (0.0, *EDGES)
        self._before = [0.0]  # the integral up to each span
        for begin, end, rate in zip(self._begins, EDGES, rates, strict=False):
            self._before.append(self._before[-1] + rate * (end - begin))

    def until(self, seconds: float) -> float:
        """The integral from 0 to ``seconds``."""
        span = bisect_right(EDGES, seconds)
        return self._before[span] + self._rates[span] * (seconds - self._begins[span])
