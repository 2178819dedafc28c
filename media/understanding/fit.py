"""Fits a linear classifier over n-grams, in numpy alone.

Multinomial logistic regression with an L2 penalty on TF-IDF, by Adam over mini-batches
whose columns are only the n-grams that occur in them. Ten thousand sentences with 77
labels take about a minute on one core: always in a thread or a process of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from media.understanding.features import Grams, features
from media.understanding.linear import Floats, LinearModel, softmax, vectorise


@dataclass(frozen=True, slots=True)
class Fit:
    """``rare``: n-grams in fewer texts are left out. ``most``: n-grams kept, those that
    tell most about the labels. ``penalty``: of L2, on the mean loss. ``balanced``: every
    label counts the same however many examples it has."""

    grams: Grams = field(default_factory=Grams)
    rare: int = 2
    most: int = 60_000
    penalty: float = 2e-6
    epochs: int = 30
    batch: int = 256
    rate: float = 0.05
    balanced: bool = False
    seed: int = 7


def fit(
    kind: str,
    texts: Sequence[str],
    labels: Sequence[str],
    how: Fit,
    *,
    weights: Sequence[float] | None = None,
) -> LinearModel:
    """The model of ``texts`` and their ``labels``; ``weights``: how much each text counts.
    The same input gives the same model."""
    names = tuple(sorted(set(labels)))
    target = np.array([names.index(label) for label in labels])
    counted = [features(text, how.grams) for text in texts]
    vocabulary, idf = _vocabulary(counted, target, how)
    rows = [vectorise(counts, vocabulary, idf)[:2] for counts in counted]
    share = np.ones(len(texts), np.float32)
    if weights is not None:
        share *= np.asarray(weights, np.float32)
    if how.balanced:
        share *= (len(texts) / len(names) / np.bincount(target, weights=share))[target]
    matrix, bias = _descend(rows, target, share, len(vocabulary), len(names), how)
    return LinearModel(kind, names, how.grams, vocabulary, idf, matrix, bias)


def _vocabulary(
    counted: Sequence[Counter[str]], target: NDArray[np.int64], how: Fit
) -> tuple[dict[str, int], Floats]:
    """The n-grams to use, with their inverse document frequency."""
    in_texts: Counter[str] = Counter()
    for counts in counted:
        in_texts.update(counts.keys())
    kept = [gram for gram, count in in_texts.items() if count >= how.rare]
    if len(kept) > how.most:
        kept = _telling(kept, counted, target, how.most)
    kept.sort()
    frequency = np.array([in_texts[gram] for gram in kept], np.float32)
    idf = np.log((1 + len(counted)) / (1 + frequency)) + 1
    rounded = idf.astype(np.float16).astype(np.float32)  # as it will be in the file
    return {gram: place for place, gram in enumerate(kept)}, rounded


def _telling(
    kept: list[str], counted: Sequence[Counter[str]], target: NDArray[np.int64], most: int
) -> list[str]:
    """The n-grams whose texts are spread over the labels least like all texts are
    (chi-square)."""
    place = {gram: i for i, gram in enumerate(kept)}
    seen = np.zeros((len(kept), int(target.max()) + 1), np.float32)
    for counts, label in zip(counted, target, strict=True):
        at = [place[gram] for gram in counts if gram in place]
        seen[at, label] += 1
    expected = seen.sum(axis=1, keepdims=True) * (np.bincount(target) / len(target))
    telling = (((seen - expected) ** 2) / expected).sum(axis=1)
    best = np.argsort(-telling, kind="stable")[:most]
    return [kept[i] for i in best]


def _descend(
    rows: Sequence[tuple[NDArray[np.int64], Floats]],
    target: NDArray[np.int64],
    share: Floats,
    columns: int,
    labels: int,
    how: Fit,
) -> tuple[Floats, Floats]:
    """Adam with a falling rate; moments of an n-gram change when it occurs."""
    random = np.random.default_rng(how.seed)
    weights = np.zeros((columns, labels), np.float32)
    bias = np.zeros(labels, np.float32)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    bias_mean, bias_square = np.zeros_like(bias), np.zeros_like(bias)
    step = 0
    steps = how.epochs * -(-len(rows) // how.batch)
    for _ in range(how.epochs):
        order = random.permutation(len(rows))
        for at in range(0, len(order), how.batch):
            step += 1
            chosen = order[at : at + how.batch]
            used, block = _dense([rows[i] for i in chosen])
            error = softmax(block @ weights[used] + bias).astype(np.float32)
            error[np.arange(len(chosen)), target[chosen]] -= 1
            error *= (share[chosen] / len(chosen))[:, None]
            slope = block.T @ error + how.penalty * weights[used]
            rate = how.rate * (1 - (step - 1) / steps)
            mean[used] = 0.9 * mean[used] + 0.1 * slope
            square[used] = 0.999 * square[used] + 0.001 * slope * slope
            warm = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            weights[used] -= rate * warm * mean[used] / (np.sqrt(square[used]) + 1e-8)
            bias_slope = error.sum(axis=0)
            bias_mean = 0.9 * bias_mean + 0.1 * bias_slope
            bias_square = 0.999 * bias_square + 0.001 * bias_slope * bias_slope
            bias -= rate * warm * bias_mean / (np.sqrt(bias_square) + 1e-8)
    return weights, bias


def _dense(
    rows: Sequence[tuple[NDArray[np.int64], Floats]],
) -> tuple[NDArray[np.int64], Floats]:
    """The n-grams that occur in ``rows``, and the rows with only these columns."""
    places = np.concatenate([place for place, _ in rows])
    used, columns = np.unique(places, return_inverse=True)
    block = np.zeros((len(rows), len(used)), np.float32)
    at = np.repeat(np.arange(len(rows)), [len(place) for place, _ in rows])
    block[at, columns] = np.concatenate([value for _, value in rows])
    return used, block
