"""Which of a company's intents a sentence has, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.understanding.intents.examples import NONE
from media.understanding.linear import LinearModel, load, softmax

KIND = "intents"


@dataclass(frozen=True, slots=True)
class Intent:
    """A label and its probability, 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Classified:
    """``best`` is ``None`` for 'none of these'; ``top`` are the likeliest labels all the
    same, best first. ``threshold``: the confidence that was asked for."""

    best: Intent | None
    top: tuple[Intent, ...]
    threshold: float


def confidences(scores: NDArray[Any], known: float, heat: float) -> NDArray[np.float64]:
    """Probabilities; smaller for what is made of unknown words (``known``: the part of
    them that is known), which is likelier to be about something else."""
    return np.asarray(softmax(scores / heat) * (0.5 + 0.5 * known))


class IntentClassifier:
    """A trained classifier. :meth:`classify` takes 0.1 to 0.3 ms and may run on the event
    loop; :meth:`load` belongs in a thread."""

    def __init__(self, model: LinearModel) -> None:
        self.model = model
        self._heat = float(model.extra.get("temperature", 1.0))
        self.threshold = float(model.extra.get("threshold", 0.3))

    @classmethod
    def load(cls, path: Path) -> IntentClassifier:
        """Read a model file; raises NoModel, BadModel."""
        return cls(load(path, KIND))

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents, without 'none of these'."""
        return tuple(label for label in self.model.labels if label != NONE)

    def classify(
        self, text: str, *, top: int = 3, allowed: Sequence[str] | None = None
    ) -> Classified:
        """The likeliest intents of ``text``; only of ``allowed``, if given (a menu)."""
        places, values, known = self.model.vector(text)
        if not len(places):
            return Classified(None, (), self.threshold)
        scores = values @ self.model.weights[places] + self.model.bias
        chances = confidences(scores, known, self._heat)
        ranked = [
            Intent(self.model.labels[i], float(chances[i]))
            for i in np.argsort(-chances, kind="stable")
            if allowed is None or self.model.labels[i] in allowed or self.model.labels[i] == NONE
        ]
        intents = tuple(intent for intent in ranked if intent.label != NONE)[:top]
        sure = ranked and ranked[0].label != NONE and ranked[0].confidence >= self.threshold
        return Classified(intents[0] if sure and intents else None, intents, self.threshold)
