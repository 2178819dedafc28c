"""Trains an intent classifier on a company's own examples."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from media.understanding.errors import BadExamples
from media.understanding.features import Grams
from media.understanding.fit import Fit, fit
from media.understanding.intents.classifier import KIND, IntentClassifier, confidences
from media.understanding.intents.examples import NONE, Example
from media.understanding.linear import Floats, LinearModel, save, softmax

# The threshold leaves between these parts of the rightly understood sentences above it;
# where between, is decided by what it keeps out.
KEPT_LEAST, KEPT_MOST = 0.90, 0.95
_SMALL = 2_000  # with fewer examples all are held back, in turns, else a part of them once
_TURNS = 5
_PART = 0.15


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """The classifier, and what was measured on ``held_back`` examples by models that had
    not seen them (``accuracy`` is ``None`` if there were too few to hold any back)."""

    classifier: IntentClassifier
    examples: int
    held_back: int
    accuracy: float | None

    def save(self, path: Path) -> None:
        """Write the model file. Raises DiskFailed."""
        save(self.classifier.model, path)


def train(examples: Sequence[Example], *, seed: int = 7) -> Trained:
    """Train on all ``examples``. Confidence and threshold are set with examples that a
    model has not seen. CPU work, from a second for some hundred examples to half a minute
    for ten thousand: use a process, or a thread. Raises BadExamples."""
    _check(examples)
    how = _how(examples, seed)
    seen: list[_Seen] = []
    for hidden in _held_back(examples, seed):
        back = set(hidden)
        model = _fit([e for i, e in enumerate(examples) if i not in back], how)
        seen += [_look(model, examples[i]) for i in hidden]
    heat, threshold, accuracy = _calibrate(seen)
    model = dataclasses.replace(
        _fit(examples, how), extra={"temperature": heat, "threshold": threshold}
    )
    return Trained(IntentClassifier(model), len(examples), len(seen), accuracy)


def _how(examples: Sequence[Example], seed: int) -> Fit:
    counts = Counter(e.label for e in examples).values()
    if len(examples) < _SMALL:
        return Fit(
            grams=Grams(1, 2, (3, 4)), rare=1, epochs=40, rate=0.02, penalty=1e-5,
            batch=min(64, max(8, len(examples) // 16)),
            balanced=max(counts) > 5 * min(counts), seed=seed,
        )  # fmt: skip
    return Fit(
        epochs=30, rate=0.02, penalty=5e-6, balanced=max(counts) > 5 * min(counts), seed=seed
    )


def _fit(examples: Sequence[Example], how: Fit) -> LinearModel:
    return fit(KIND, [e.text for e in examples], [e.label for e in examples], how)


def _check(examples: Sequence[Example]) -> None:
    counts = Counter(e.label for e in examples if e.label != NONE)
    if len(counts) < 2:
        raise BadExamples(
            "At least two intents are needed.", hint="Add sentences of another intent."
        )
    few = sorted(label for label, count in counts.items() if count < 3)
    if few:
        raise BadExamples(
            f"Too few sentences (3 are the least) for: {', '.join(few[:10])}.",
            hint="Ten or more different sentences for each intent work well.",
        )


def _held_back(examples: Sequence[Example], seed: int) -> list[list[int]]:
    """Places of examples to hold back, one list a turn; of each label its share."""
    random = np.random.default_rng(seed)
    of: dict[str, list[int]] = {}
    for index in random.permutation(len(examples)):
        of.setdefault(examples[index].label, []).append(int(index))
    if len(examples) < _SMALL:
        turns: list[list[int]] = [[] for _ in range(_TURNS)]
        for number, label in enumerate(sorted(of)):
            for at, index in enumerate(of[label]):
                turns[(number + at) % _TURNS].append(index)
        return turns if len(examples) >= 20 else []
    return [[i for label in sorted(of) for i in of[label][: int(len(of[label]) * _PART)]]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    """Scores of an example by a model that had not seen it; ``right`` is its place among
    them, ``None`` if it is none of the intents."""

    scores: Floats
    known: float
    right: int | None
    none: int | None


def _look(model: LinearModel, example: Example) -> _Seen:
    places, values, known = model.vector(example.text)
    scores = np.asarray(values @ model.weights[places] + model.bias, np.float32)
    right = None if example.label == NONE else model.labels.index(example.label)
    return _Seen(scores, known, right, model.labels.index(NONE) if NONE in model.labels else None)


def _calibrate(seen: Sequence[_Seen]) -> tuple[float, float, float | None]:
    """The temperature with the smallest loss, the threshold, and the accuracy."""
    inside = [s for s in seen if s.right is not None]
    if not inside:
        return 1.0, 0.3, None
    scores = np.array([s.scores for s in inside])
    target = np.array([s.right for s in inside])
    rows = np.arange(len(inside))
    heats = np.geomspace(0.1, 3, 40)
    losses = [-np.log(softmax(scores / h)[rows, target] + 1e-12).mean() for h in heats]
    heat = float(heats[int(np.argmin(losses))])
    good: list[float] = []
    bad: list[float] = []
    for one in seen:
        chances = confidences(one.scores, one.known, heat)
        best = int(np.argmax(chances))
        if best != one.none:
            (good if best == one.right else bad).append(float(chances[best]))
    if not good:
        return heat, 0.3, 0.0
    low, high = np.quantile(good, [1 - KEPT_MOST, 1 - KEPT_LEAST])
    steps = np.linspace(low, high, 21)
    gains = [sum(g >= t for g in good) - sum(b >= t for b in bad) for t in steps]
    threshold = float(steps[int(np.argmax(gains))])
    accuracy = float(np.mean(scores.argmax(axis=1) == target))
    return round(heat, 4), round(threshold, 4), accuracy
