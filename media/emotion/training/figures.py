"""How well scores tell one group from another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def auc(positive: Flags, scores: Array) -> float:
    """Area under the ROC curve: the chance that a positive scores over a negative, ties
    half. NaN when one of the groups is empty."""
    ups, downs = scores[positive], np.sort(scores[~positive])
    if not len(ups) or not len(downs):
        return float("nan")
    under = np.searchsorted(downs, ups, "left") + np.searchsorted(downs, ups, "right")
    return float(under.mean() / (2 * len(downs)))


def recall_at(positive: Flags, scores: Array, false_alarms: float = 0.05) -> float:
    """Share of positives over the threshold that ``false_alarms`` of the negatives exceed."""
    if not positive.any() or positive.all():
        return float("nan")
    return float((scores[positive] > np.quantile(scores[~positive], 1 - false_alarms)).mean())


def triples(
    groups: Sequence[str],
    speakers: Sequence[str],
    scores: Array,
    *,
    rounds: int = 20,
    seed: int = 1,
) -> tuple[list[str], Array]:
    """Means of three utterances of one speaker and one group, drawn without replacement,
    ``rounds`` times over. Returns the groups and the means."""
    rng = np.random.default_rng(seed)
    group, speaker = np.array(groups), np.array(speakers)
    names: list[str] = []
    means: list[float] = []
    for _ in range(rounds):
        for who in sorted(set(speakers)):
            for what in sorted(set(groups)):
                chosen = rng.permutation(np.flatnonzero((group == what) & (speaker == who)))
                for at in range(0, len(chosen) - 2, 3):
                    names.append(what)
                    means.append(float(scores[chosen[at : at + 3]].mean()))
    return names, np.array(means)
