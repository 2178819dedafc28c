"""Who predicts: Parley's estimator and what it is compared with."""

from __future__ import annotations

from acd.estimate import Estimate, Estimator, Situation
from bench.wait.centre import Predictor


class Parley:
    """The estimator as it comes, with nothing configured."""

    def __init__(self) -> None:
        self.estimator = Estimator()

    def entered(self, line: str, at: float) -> None:
        self.estimator.entered(line, at)

    def predict(self, line: str, at: float, situation: Situation) -> Estimate:
        return self.estimator.estimate(line, at, situation)

    def answered(self, line: str, at: float, waited: float, forecast: Estimate) -> None:
        self.estimator.answered(line, at, waited, forecast)

    def left(self, line: str, at: float, waited: float) -> None:
        self.estimator.left(line, at, waited)

    def handled(self, line: str, at: float, seconds: float) -> None:
        self.estimator.handled(line, at, seconds)


class _Simple:
    """Learns from answered contacts only, if at all."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def entered(self, line: str, at: float) -> None:
        """Nothing to learn."""

    def left(self, line: str, at: float, waited: float) -> None:
        """Nothing to learn."""

    def handled(self, line: str, at: float, seconds: float) -> None:
        """Nothing to learn."""

    def predict(self, line: str, at: float, situation: Situation) -> float:
        return max(0.0, self.told.get(line, 0.0) - situation.waited)

    def answered(self, line: str, at: float, waited: float, forecast: float) -> None:
        raise NotImplementedError


class AppQueue(_Simple):
    """The 'holdtime' of Asterisk's app_queue: whole seconds, three parts of the old value
    and one of the new wait at each answer; announced less what was waited already."""

    def answered(self, line: str, at: float, waited: float, forecast: float) -> None:
        self.told[line] = (3 * int(self.told.get(line, 0)) + int(waited)) >> 2


class LastToEnter(_Simple):
    """LES: as long as the one who was answered last has waited."""

    def answered(self, line: str, at: float, waited: float, forecast: float) -> None:
        self.told[line] = waited


class QueueLength(_Simple):
    """QL: place times handling time by agents, with the true mean of handling at the start
    of the day given to it; learns nothing."""

    def __init__(self, handling: dict[str, float]) -> None:
        super().__init__()
        self._handling = handling

    def predict(self, line: str, at: float, situation: Situation) -> float:
        return (situation.ahead + 1) * self._handling[line] / max(1.0, situation.places)

    def answered(self, line: str, at: float, waited: float, forecast: float) -> None:
        """Nothing to learn."""


OURS = "parley"


def predictors(handling: dict[str, float]) -> dict[str, Predictor]:
    """Fresh ones by name; ``handling`` is for those who must be told it."""
    return {
        OURS: Parley(),
        "app_queue": AppQueue(),
        "last to enter service": LastToEnter(),
        "queue length": QueueLength(handling),
    }
