"""Sentiment, in both languages, with the words that decided it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.understanding.errors import NoModel
from media.understanding.sentiment import LABELS, SentimentScorer
from media.understanding.sentiment.lexicon import lexicon

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def scorer() -> SentimentScorer:
    return SentimentScorer.load()


@pytest.mark.parametrize(
    ("text", "label", "word"),
    [
        ("我要投诉，这是第三次了", "negative", "投诉"),
        ("我要投訴，這是第三次了", "negative", "投訴"),
        ("这是第三次了", "negative", "第三次"),
        ("非常感谢，您很有耐心", "positive", "非常感谢"),
        ("我不满意", "negative", "不满意"),
        ("请问几点下班", "neutral", None),
        ("I want to make a complaint, this is the third time I call", "negative", "complaint"),
        ("this is absolutely ridiculous", "negative", "ridiculous"),
        ("thank you so much, that was very helpful", "positive", "thank you so much"),
        ("I'm not happy with this", "negative", "not happy"),
        ("what time do you close", "neutral", None),
        ("", "neutral", None),
    ],
)
def test_what_people_mean(scorer: SentimentScorer, text: str, label: str, word: str | None) -> None:
    found = scorer.score(text)
    assert found.label == label
    assert -1 <= found.score <= 1
    assert (found.score > 0.2) == (label == "positive")
    assert (found.score < -0.2) == (label == "negative")
    if word:
        assert word in [hit.word for hit in found.words]
    for hit in found.words:
        assert text[hit.start : hit.end] == hit.word


@pytest.mark.parametrize(
    ("plain", "turned"),
    [
        ("好用", "不好用"),
        ("我很满意", "我不是很满意"),
        ("I'm happy with it", "I'm not happy with it"),
        ("that is great", "that is not great"),
    ],
)
def test_negation_turns(scorer: SentimentScorer, plain: str, turned: str) -> None:
    assert scorer.score(plain).score > scorer.score(turned).score
    assert scorer.score(turned).score < 0


@pytest.mark.parametrize(
    ("plain", "more"),
    [("我生气", "我非常生气"), ("感谢", "非常感谢"), ("it was rude", "it was extremely rude")],
)
def test_degree_counts(scorer: SentimentScorer, plain: str, more: str) -> None:
    assert abs(scorer.score(more).score) >= abs(scorer.score(plain).score)


@pytest.mark.parametrize(("language", "least"), [("zh", 0.9), ("en", 0.88)])
def test_the_labelled_sentences_of_service_calls(
    scorer: SentimentScorer, language: str, least: float
) -> None:
    path = ROOT / "bench" / "data" / f"sentiment_{language}.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    right = [scorer.score(row["text"], language).label == row["label"] for row in rows]
    assert sum(right) / len(rows) >= least


def test_goemotions(scorer: SentimentScorer) -> None:
    path = ROOT.parent / "shared" / "data" / "text" / "en_goemotions_ekman.csv"
    if not path.is_file():
        pytest.skip("GoEmotions is not here (shared/data/text)")
    rows = [row for row in csv.DictReader(path.open(encoding="utf-8")) if row["split"] == "test"]
    good = {"joy": "positive", "anger": "negative", "sadness": "negative"}
    chosen = [(row["text"], good[row["label"]]) for row in rows if row["label"] in good][:600]
    right = [(scorer.score(text).score > 0) == (label == "positive") for text, label in chosen]
    assert sum(right) / len(right) > 0.82


def test_it_can_be_published(scorer: SentimentScorer) -> None:
    found = scorer.score("这服务太差了").as_dict()
    assert found["language"] == "zh"
    assert found["label"] in LABELS
    assert found["words"][0][0] == "太差"


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        SentimentScorer.load(model=tmp_path / "none.npz")


def test_without_the_optional_package_there_is_a_score(scorer: SentimentScorer) -> None:
    deep = SentimentScorer.load(embeddings=True)
    assert deep.score("我要投诉").score < 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_lexicon_is_in_order(language: str) -> None:
    words = lexicon(language)
    assert len(words.phrases) > 120
    assert all(-1 <= weight <= 1 for weight in words.phrases.values())
    assert all(word.strip() == word for word in words.phrases)


@given(st.text(max_size=120), st.sampled_from(["zh", "en", "de", None]))
@settings(max_examples=200, deadline=None)
def test_any_text_is_taken(text: str, language: str | None) -> None:
    found = SCORER.score(text, language)
    assert -1 <= found.score <= 1
    assert 0 <= found.confidence <= 1
    assert all(text[hit.start : hit.end] == hit.word for hit in found.words)


SCORER = SentimentScorer.load()
