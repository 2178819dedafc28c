"""The score of a window: how tense and how excited the voice in it is.

A softmax over seven acted emotions, trained on EMO-DB (docs/models/emotion.md), read as
two log-odds: ``tension`` (angry or afraid against the rest) and ``arousal`` (angry, afraid
or happy against neutral, bored or sad). Acoustics tell arousal, hardly its sign: that must
come from the words (:mod:`media.emotion.fusion`).

Weights are JSON: numbers and names only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.emotion import features
from media.emotion.errors import BadModel
from media.emotion.frames import Floats

BUNDLED: Final = Path(__file__).with_name("weights.json")
FORMAT: Final = 1
TENSE: Final = ("angry", "fear")
EXCITED: Final = ("angry", "fear", "happy")
QUIET: Final = ("neutral", "bored", "sad")

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Log-odds; 0 is even. Compare them within a call, not with a fixed number."""

    tension: float
    arousal: float


@dataclass(frozen=True, slots=True)
class Population:
    """Of calm voices: mean tension of callers, how callers differ from each other, how one
    caller's windows differ from his own mean (all log-odds)."""

    mean: float
    between: float
    within: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Weights and what belongs to them. ``spread`` holds, for each figure, how much it
    changes from utterance to utterance of one calm speaker."""

    centre: Array
    scale: Array
    limit: float
    classes: tuple[str, ...]
    weights: Array
    biases: Array
    spread: Array
    population: Population
    made: Mapping[str, Any]

    def score(self, figures: Floats) -> Score:
        """The score of one window's ``figures`` (:data:`media.emotion.features.NAMES`)."""
        tension, arousal = self.scores(figures[None, :])
        return Score(float(tension[0]), float(arousal[0]))

    def scores(self, figures: Floats) -> tuple[Array, Array]:
        """Tension and arousal of many windows, shaped (n, features)."""
        z = np.clip((figures - self.centre) / self.scale, -self.limit, self.limit)
        logits = z @ self.weights + self.biases
        return self._odds(logits, TENSE, None), self._odds(logits, EXCITED, QUIET)

    def _odds(self, logits: Array, ups: Sequence[str], downs: Sequence[str] | None) -> Array:
        up = np.array([name in ups for name in self.classes])
        down = ~up if downs is None else np.array([name in downs for name in self.classes])
        return np.asarray(
            np.logaddexp.reduce(logits[:, up], axis=1)
            - np.logaddexp.reduce(logits[:, down], axis=1)
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON form, rounded to six digits."""
        return {
            "format": FORMAT,
            "made": dict(self.made),
            "features": list(features.NAMES),
            "classes": list(self.classes),
            "limit": self.limit,
            "population": {
                "mean": self.population.mean,
                "between": self.population.between,
                "within": self.population.within,
            },
            "centre": _rounded(self.centre),
            "scale": _rounded(self.scale),
            "spread": _rounded(self.spread),
            "biases": _rounded(self.biases),
            "weights": [_rounded(row) for row in self.weights],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Model:
        """The inverse of :meth:`as_dict`; raises BadModel."""
        try:
            if raw["format"] != FORMAT:
                raise ValueError(f"format {raw['format']!r} instead of {FORMAT}")
            if tuple(raw["features"]) != features.NAMES:
                raise ValueError("made for other features")
            model = cls(
                centre=np.array(raw["centre"], dtype=np.float64),
                scale=np.array(raw["scale"], dtype=np.float64),
                limit=float(raw["limit"]),
                classes=tuple(raw["classes"]),
                weights=np.array(raw["weights"], dtype=np.float64),
                biases=np.array(raw["biases"], dtype=np.float64),
                spread=np.array(raw["spread"], dtype=np.float64),
                population=Population(**{k: float(v) for k, v in raw["population"].items()}),
                made=raw["made"],
            )
            model._check()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadModel(
                f"These weights cannot be used: {error}.",
                hint="Train anew: python -m media.emotion.train DATA --out FILE.",
            ) from None
        return model

    def _check(self) -> None:
        wide, kinds = features.COUNT, len(self.classes)
        shapes = (self.centre.shape, self.scale.shape, self.spread.shape)
        if shapes != ((wide,),) * 3 or self.weights.shape != (wide, kinds):
            raise ValueError("shapes do not fit")
        if self.biases.shape != (kinds,) or not set(TENSE + QUIET) <= set(self.classes):
            raise ValueError("classes are missing")
        numbers = (self.centre, self.scale, self.spread, self.weights, self.biases)
        if not all(np.isfinite(array).all() for array in numbers) or (self.scale <= 0).any():
            raise ValueError("numbers are not finite")
        if self.population.between <= 0 or self.population.within <= 0 or self.limit <= 0:
            raise ValueError("spreads must be positive")


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def load(path: Path = BUNDLED) -> Model:
    """Weights from ``path``; raises BadModel when missing or damaged. Disk work."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadModel(
            f"{path} cannot be read as weights: {error}.",
            hint="Install the package again, or train: python -m media.emotion.train DATA.",
        ) from None
    if not isinstance(raw, dict):
        raise BadModel(f"{path} holds no weights.")
    return Model.from_dict(raw)


@lru_cache(maxsize=1)
def bundled() -> Model:
    """The weights that come with the package, read once."""
    return load(BUNDLED)
