"""A contact centre in simulated time, just large enough for waits to be predicted in it.

Many agents in groups, several lines of contacts, agents who can serve more than one line,
priorities, patience, staff that changes. Deterministic by seed. Every predictor watches
the same run and is asked at the same instants.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from acd.estimate import Rival, Situation

Course = Callable[[float], float]
"""A figure over the time of the run, in seconds since its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Contacts that are alike. ``rate``: arrivals a second, never above ``most``.
    Handling is lognormal (``handling`` mean seconds over time, ``spread`` its coefficient
    of variation), patience Weibull (mean seconds, shape)."""

    name: str
    rate: Course
    most: float
    handling: Course
    spread: float = 0.9
    patience: float = 600.0
    shape: float = 1.0
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agents with the same skills: which lines they serve, and how many there are."""

    lines: tuple[str, ...]
    staff: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is simulated; ``ring``: seconds from least to most until an agent answers."""

    name: str
    lines: Sequence[Line]
    groups: Sequence[Group]
    seconds: float = 8 * 3600.0
    ring: tuple[float, float] = (3.0, 9.0)


class Predictor(Protocol):
    """Somebody who tells customers how long they will wait. Times in seconds."""

    def entered(self, line: str, at: float) -> None: ...

    def predict(self, line: str, at: float, situation: Situation) -> Any:
        """A forecast, handed back at the end of the wait; None: cannot say."""

    def answered(self, line: str, at: float, waited: float, forecast: Any) -> None: ...

    def left(self, line: str, at: float, waited: float) -> None: ...

    def handled(self, line: str, at: float, seconds: float) -> None: ...


@dataclass(slots=True)
class _Caller:
    line: Line
    at: float
    rank: tuple[int, float, int]
    forecasts: dict[str, Any] = field(default_factory=dict)
    had_to_wait: bool = False
    later: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    state: str = "waits"


@dataclass(frozen=True, slots=True)
class Wait:
    """What somebody was told and what came: ``told`` by predictor, as it forecast."""

    line: str
    at: float
    seconds: float
    told: Mapping[str, Any]
    repeated: bool = False


class Run:
    """One run of a load; :meth:`waits` are the waits of those who had to wait and were
    answered, told at entry and again every ``every`` seconds."""

    def __init__(
        self, load: Load, predictors: Mapping[str, Predictor], seed: int, every: float = 45.0
    ) -> None:
        self._load, self._predictors, self._every = load, predictors, every
        self._random = random.Random(f"{load.name}/{seed}")
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = itertools.count()
        self._waiting: dict[str, list[_Caller]] = {line.name: [] for line in load.lines}
        self._busy = [0] * len(load.groups)
        self._staff = [0] * len(load.groups)
        self._now = 0.0
        self.waits: list[Wait] = []
        self.abandoned = self.arrived = 0

    def run(self) -> None:
        """The whole of it."""
        for line in self._load.lines:
            self._after(self._random.expovariate(line.most), self._arrival, line)
        self._after(0, self._shift)
        while self._heap:
            self._now, _, what, args = heapq.heappop(self._heap)
            if self._now > self._load.seconds:
                break
            what(*args)

    def _after(self, seconds: float, what: Callable[..., None], *args: Any) -> None:
        heapq.heappush(self._heap, (self._now + seconds, next(self._count), what, args))

    def _shift(self) -> None:
        for i, group in enumerate(self._load.groups):
            self._staff[i] = round(group.staff(self._now))
        self._serve()
        self._after(30, self._shift)

    def _arrival(self, line: Line) -> None:
        self._after(self._random.expovariate(line.most), self._arrival, line)
        if self._random.random() * line.most > line.rate(self._now):
            return
        self.arrived += 1
        caller = _Caller(line, self._now, (-line.priority, self._now, next(self._count)))
        situation = self.situation(caller)
        for name, predictor in self._predictors.items():
            predictor.entered(line.name, self._now)
            caller.forecasts[name] = predictor.predict(line.name, self._now, situation)
        self._waiting[line.name].append(caller)
        scale = line.patience / math.gamma(1 + 1 / line.shape)
        self._after(self._random.weibullvariate(scale, line.shape), self._leave, caller)
        self._serve()
        if caller.state == "waits":
            caller.had_to_wait = True
            self._after(self._every, self._again, caller)

    def _again(self, caller: _Caller) -> None:
        if caller.state != "waits":
            return
        situation = self.situation(caller)
        told = {
            name: predictor.predict(caller.line.name, self._now, situation)
            for name, predictor in self._predictors.items()
        }
        caller.later.append((self._now, told))
        self._after(self._every, self._again, caller)

    def situation(self, caller: _Caller) -> Situation:
        """What a router would know when it tells this caller."""
        name = caller.line.name
        mine = [i for i, group in enumerate(self._load.groups) if name in group.lines]
        rivals = []
        for other in self._load.lines:
            theirs = [i for i, group in enumerate(self._load.groups) if other.name in group.lines]
            shared = sum(self._staff[i] for i in theirs if i in mine)
            if other.name != name and shared:
                ahead = sum(1 for c in self._waiting[other.name] if c.rank < caller.rank)
                places = sum(self._staff[i] for i in theirs)
                rivals.append(Rival(other.name, ahead, places, shared))
        return Situation(
            ahead=sum(1 for c in self._waiting[name] if c.rank < caller.rank),
            places=sum(self._staff[i] for i in mine),
            free=sum(max(0, self._staff[i] - self._busy[i]) for i in mine),
            waited=self._now - caller.at,
            rivals=tuple(rivals),
        )

    def _serve(self) -> None:
        while True:
            free = [i for i in range(len(self._busy)) if self._busy[i] < self._staff[i]]
            able = {name for i in free for name in self._load.groups[i].lines}
            heads = [self._waiting[name][0] for name in able if self._waiting[name]]
            if not heads:
                return
            caller = min(heads, key=lambda c: c.rank)
            name = caller.line.name
            # Those who can do least else go first, as any sensible set-up arranges it.
            group = min(
                (i for i in free if name in self._load.groups[i].lines),
                key=lambda i: len(self._load.groups[i].lines),
            )
            self._waiting[name].remove(caller)
            caller.state = "rings"
            self._busy[group] += 1
            ring = self._random.uniform(*self._load.ring)
            self._after(ring, self._answer, caller, group, self._now)

    def _answer(self, caller: _Caller, group: int, since: float) -> None:
        line, waited = caller.line, self._now - caller.at
        caller.state = "talks"
        if caller.had_to_wait:
            self.waits.append(Wait(line.name, caller.at, waited, caller.forecasts))
            self.waits += [
                Wait(line.name, at, self._now - at, told, repeated=True)
                for at, told in caller.later
            ]
        for name, predictor in self._predictors.items():
            predictor.answered(line.name, self._now, waited, caller.forecasts[name])
        sigma2 = math.log(1 + line.spread**2)
        mu = math.log(line.handling(self._now)) - sigma2 / 2
        self._after(
            self._random.lognormvariate(mu, math.sqrt(sigma2)), self._done, caller, group, since
        )

    def _done(self, caller: _Caller, group: int, since: float) -> None:
        self._busy[group] -= 1
        for predictor in self._predictors.values():
            predictor.handled(caller.line.name, self._now, self._now - since)
        self._serve()

    def _leave(self, caller: _Caller) -> None:
        if caller.state != "waits":
            return
        caller.state = "left"
        self.abandoned += 1
        self._waiting[caller.line.name].remove(caller)
        for predictor in self._predictors.values():
            predictor.left(caller.line.name, self._now, self._now - caller.at)
