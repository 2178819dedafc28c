"""Expected wait: what a contact is told, and how it is reckoned.

The router tells the estimator what happens to the contacts of each line (a queue, or all
contacts that ask for the same); the estimator answers how long one of them will wait. It
starts from the contact's place and the agents at work (:mod:`acd.estimate_wait`), with
handling times, arrivals and patience as they were lately
(:mod:`acd.estimate_averages`), and corrects that by what the last ones really waited
beside what they had been told. Pure and deterministic: times are epoch seconds given by
the caller, nothing is read from anywhere. Bounded: a few dozen numbers a line, a fixed
number of lines.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from acd import estimate_basis
from acd.estimate_averages import Mean, Patience, Rate
from acd.estimate_basis import Basis
from acd.estimate_wait import Reckoned, quantile, reckon
from core.errors import BadInput

_Z = 1.2816  # nine of ten are below
_WIDER, _NARROWER = 1.02, 1.02 ** (-1 / 9)  # in balance when one of ten is outside

_LEAST_HANDLING = 1.0  # seconds; nothing is served in no time
_MOST_RATIO = 8.0  # of a wait to what was reckoned, as far as it is learned from


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateConfig:
    """What is assumed until it is known, and for how long the past counts."""

    handling_seconds: float = 240.0
    handling_spread: float = 0.9  # coefficient of variation
    pickup_seconds: float = 5.0  # from the offer to the answer
    handling_window: float = 120.0  # contacts
    handling_weight: float = 4.0  # how many contacts the assumed handling time weighs
    correction_window: float = 200.0  # contacts
    correction_weight: float = 3600.0  # how many seconds of waiting "no correction" weighs
    arrival_seconds: float = 900.0
    lines: int = 4096  # remembered at most; the one unused for longest is forgotten


@dataclass(frozen=True, slots=True)
class Rival:
    """Another line whose contacts come first, as far as they need the same agents."""

    line: str
    ahead: int  # of its contacts, those who come before ours
    places: float  # how many of its contacts can be served at once
    shared: float  # ...of these places, those that serve ours as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the router knows of a contact and its line at an instant.

    ``ahead``: contacts of its line that come before it. ``places``: how many contacts of
    the line could be in hand at once with those who are logged in and not on a break, busy
    or not (voice: the agents; chat: their capacity for chats). ``free``: how many more could
    be taken this instant. ``waited``: seconds the contact has waited already.
    """

    ahead: int
    places: float
    free: float = 0.0
    waited: float = 0.0
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds still to wait: expected, and the bounds within which four of five waits
    end. All None when nobody is there to serve it. ``basis`` says in words how it was
    reckoned. Keep it (:meth:`as_list`) with the contact and hand it to
    :meth:`Estimator.answered`: that is what the estimator learns from."""

    seconds: float | None
    low: float | None
    high: float | None
    basis: Basis
    reckoned: float = 0.0  # before the correction
    variation: float = 0.0

    def as_list(self) -> list[float | None]:
        """Without the words; short, for keeping with the contact."""
        return [self.seconds, self.low, self.high, self.reckoned, self.variation]

    @classmethod
    def from_list(cls, numbers: list[float | None]) -> Estimate:
        seconds, low, high, reckoned, variation = numbers
        return cls(seconds, low, high, Basis("", ""), reckoned or 0.0, variation or 0.0)


@dataclass(slots=True)
class _Line:
    handling: Mean
    pickup: Mean
    correction: Mean
    arrivals: Rate
    patience: Patience = field(default_factory=Patience)
    wider: list[float] = field(default_factory=lambda: [1.0, 1.0])

    def numbers(self) -> dict[str, list[float]]:
        return {
            "handling": self.handling.numbers(), "pickup": self.pickup.numbers(),
            "correction": self.correction.numbers(), "arrivals": self.arrivals.numbers(),
            "patience": self.patience.numbers(), "wider": list(self.wider),
        }  # fmt: skip

    def load(self, numbers: Mapping[str, list[float]]) -> None:
        for name in ("handling", "pickup", "correction", "arrivals", "patience"):
            getattr(self, name).load(numbers[name])
        below, above = map(float, numbers["wider"])
        self.wider = [below, above]


class Estimator:
    """One for a router; its lines know nothing of each other but through rivals."""

    def __init__(self, config: EstimateConfig | None = None) -> None:
        self._config = config or EstimateConfig()
        self._lines: OrderedDict[str, _Line] = OrderedDict()

    def assume(self, line: str, handling_seconds: float) -> None:
        """The configured handling time of a line, from which it starts; no effect once the
        line has seen any of its own."""
        known = self._line(line)
        if known.handling.seen == 0:
            known.handling = self._guess(max(_LEAST_HANDLING, handling_seconds))

    # What happened.

    def entered(self, line: str, at: float) -> None:
        """A contact began to wait."""
        self._line(line).arrivals.add(at)

    def answered(self, line: str, at: float, waited: float, told: Estimate | None = None) -> None:
        """A contact was answered ``waited`` seconds after it was ``told``: the estimate of
        its entry, if there was one."""
        known = self._line(line)
        known.patience.add(waited, gave_up=False)
        if told is None or told.seconds is None:
            return
        if told.reckoned == 0:
            known.pickup.add(waited)
            return
        real = max(0.0, waited - known.pickup.value)
        # Weighted by what was expected: the sum of all waits is to be right. Bounded, for
        # somebody may have waited out a night or an outage.
        ratio = min(_MOST_RATIO, real / told.reckoned)
        known.correction.add(ratio, importance=told.reckoned)
        self._widen(known, told, waited)

    def left(self, line: str, at: float, waited: float) -> None:
        """A contact gave up after ``waited`` seconds."""
        self._line(line).patience.add(waited, gave_up=True)

    def handled(self, line: str, at: float, seconds: float) -> None:
        """A place is free again that a contact had taken for ``seconds``, from the offer
        to the end of wrap-up."""
        self._line(line).handling.add(max(_LEAST_HANDLING, seconds))

    # What it means.

    def estimate(self, line: str, at: float, situation: Situation) -> Estimate:
        """How much longer a contact of the line waits."""
        known = self._line(line)
        if situation.places <= 0:
            return Estimate(None, None, None, estimate_basis.nobody())
        pickup = known.pickup.value
        others = sum(rival.ahead for rival in situation.rivals if rival.shared > 0)
        if situation.free > situation.ahead + others:
            spread = known.pickup.variation
            return Estimate(
                pickup, quantile(pickup, spread, -_Z), quantile(pickup, spread, _Z),
                estimate_basis.at_once(situation.free),
            )  # fmt: skip
        reckoned = self._reckon(known, at, situation)
        factor = known.correction.value
        seconds = pickup + factor * reckoned.seconds
        low, high = self._bounds(known, factor * reckoned.seconds, reckoned.variation)
        basis = estimate_basis.reckoned(
            situation.ahead, others, situation.places, known.handling, known.patience,
            known.correction,
        )  # fmt: skip
        return Estimate(
            seconds, pickup + low, pickup + high, basis, reckoned.seconds, reckoned.variation
        )

    def _reckon(self, known: _Line, at: float, situation: Situation) -> Reckoned:
        own, places = known.handling.value, situation.places
        count, work, exclusive = float(situation.ahead), (situation.ahead + 1) * own, places
        for rival in situation.rivals:
            if rival.places <= 0 or rival.shared <= 0:
                continue
            theirs = rival.ahead * min(1.0, rival.shared / rival.places)
            count += theirs
            work += theirs * self._line(rival.line).handling.value
            exclusive = min(exclusive, places - rival.shared)
        rest = {
            "variation": known.handling.variation, "joins": known.arrivals.value(at),
            "waited": situation.waited,
        }  # fmt: skip
        hazard = known.patience.hazard()
        reckoned = reckon(count, places, work / (count + 1), leaving=hazard, **rest)
        if count > situation.ahead and exclusive > 0:
            # However many the others are, those who serve only us do so.
            alone = reckon(situation.ahead, exclusive, own, leaving=hazard, **rest)
            if alone.seconds < reckoned.seconds:
                return alone
        return reckoned

    def _bounds(self, known: _Line, seconds: float, variation: float) -> tuple[float, float]:
        below, above = known.wider
        return (
            max(0.0, seconds - below * (seconds - quantile(seconds, variation, -_Z))),
            seconds + above * max(0.0, quantile(seconds, variation, _Z) - seconds),
        )

    def _widen(self, known: _Line, told: Estimate, waited: float) -> None:
        """Move the bounds a little so that one of ten waits ends below and one above
        (adaptive conformal inference, Gibbs and Candès 2021)."""
        assert told.low is not None
        assert told.high is not None
        for side, outside in enumerate((waited < told.low, waited > told.high)):
            known.wider[side] *= _WIDER if outside else _NARROWER
            known.wider[side] = min(8.0, max(0.3, known.wider[side]))

    # Keeping.

    def as_dict(self) -> dict[str, Any]:
        """All that is known, as JSON takes it."""
        return {"lines": {name: line.numbers() for name, line in self._lines.items()}}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], config: EstimateConfig | None = None) -> Estimator:
        """An estimator that goes on from what :meth:`as_dict` said; raises
        :class:`~core.errors.BadInput` for anything else."""
        made = cls(config)
        try:
            for name, numbers in kept["lines"].items():
                made._line(name).load(numbers)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(
                "This is not the state of a wait estimator.",
                hint="Start without it: an estimator learns again within some dozen contacts.",
            ) from error
        return made

    def _guess(self, handling_seconds: float) -> Mean:
        config = self._config
        return Mean.guess(
            handling_seconds, weight=config.handling_weight, window=config.handling_window,
            spread=config.handling_spread,
        )  # fmt: skip

    def _line(self, name: str) -> _Line:
        line = self._lines.get(name)
        if line is None:
            config = self._config
            line = self._lines[name] = _Line(
                self._guess(config.handling_seconds),
                Mean.guess(config.pickup_seconds, weight=2, window=50, spread=0.5),
                Mean.guess(1.0, weight=config.correction_weight, window=config.correction_window),
                Rate(config.arrival_seconds),
            )  # fmt: skip
            while len(self._lines) > config.lines:
                self._lines.popitem(last=False)
        else:
            self._lines.move_to_end(name)
        return line
