"""Intents: examples from files, training, confidence, the model file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from media.understanding.errors import BadExamples, BadModel, NoModel
from media.understanding.intents import (
    NONE,
    Example,
    IntentClassifier,
    for_test,
    for_training,
    measure,
    read_examples,
    train,
)
from media.understanding.settings import SAMPLE_INTENTS

SAMPLE = SAMPLE_INTENTS.with_suffix(".yaml")


@pytest.fixture(scope="module")
def sample() -> IntentClassifier:
    return IntentClassifier.load(SAMPLE_INTENTS)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I have lost my credit card", "lost_card"),
        ("我的信用卡丢了", "lost_card"),
        ("please tell me my account balance", "balance"),
        ("帮我查查余额", "balance"),
        ("转人工", "agent"),
        ("我要投诉", "complaint"),
        ("讲个笑话吧", None),
        ("", None),
        ("xyzzy plugh", None),
    ],
)
def test_the_sample_model(sample: IntentClassifier, text: str, intent: str | None) -> None:
    found = sample.classify(text)
    assert (found.best.label if found.best else None) == intent
    assert len(found.top) <= 3
    assert list(found.top) == sorted(found.top, key=lambda i: -i.confidence)
    assert all(0 <= i.confidence <= 1 and i.label != NONE for i in found.top)


def test_only_allowed_intents(sample: IntentClassifier) -> None:
    found = sample.classify("I have lost my credit card", allowed=["balance", "loan"])
    assert {intent.label for intent in found.top} == {"balance", "loan"}


def test_the_sample_model_is_that_of_its_examples() -> None:
    examples = read_examples(SAMPLE)
    trained = train(examples)
    assert trained.accuracy is not None
    assert trained.accuracy > 0.75
    assert trained.held_back == trained.examples == len(examples)
    assert measure(trained.classifier, examples).accuracy > 0.97


def test_a_model_says_the_same_after_it_was_saved(tmp_path: Path) -> None:
    trained = train(read_examples(SAMPLE))
    trained.save(tmp_path / "a.npz")
    trained.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    loaded = IntentClassifier.load(tmp_path / "a.npz")
    assert loaded.threshold == trained.classifier.threshold
    for text in ("I lost my card", "查余额", "how high is the annual fee"):
        here, there = trained.classifier.classify(text), loaded.classify(text)
        assert here.top[0].label == there.top[0].label
        assert here.top[0].confidence == pytest.approx(there.top[0].confidence, abs=0.03)


def test_files(tmp_path: Path) -> None:
    csv = tmp_path / "a.csv"
    csv.write_text(
        'text,label,split\n"hi, you",greet,train\nbye,leave,test\nno idea,oos,oos_test\n'
    )
    found = read_examples(csv)
    assert found == [
        Example("hi, you", "greet", "train"),
        Example("bye", "leave", "test"),
        Example("no idea", NONE, "oos_test"),
    ]
    assert [e.text for e in for_training(found)] == ["hi, you"]
    assert [e.text for e in for_test(found)] == ["bye", "no idea"]
    mapping = tmp_path / "b.yaml"
    mapping.write_text("greet: [hi, 'yes', no]\nnone: [12]\n")
    assert [(e.text, e.label) for e in read_examples(mapping)] == [
        ("hi", "greet"), ("yes", "greet"), ("no", "greet"), ("12", NONE),
    ]  # fmt: skip
    rows = tmp_path / "c.yaml"
    rows.write_text("- {text: hi, label: greet}\n- {text: bye, intent: leave}\n")
    assert [e.label for e in read_examples(rows)] == ["greet", "leave"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "words,kind\n", "'text' and 'label' are needed"),
        ("a.csv", "text,label\n,x\n", "must not be empty"),
        ("a.csv", "text,label\n", "holds no examples"),
        ("a.csv", "", "needed; found: nothing"),
        ("a.yaml", "a: [", "is not YAML"),
        ("a.yaml", "a: hi", "a list of sentences"),
        ("a.yaml", "- hi", "entry 1 is no mapping"),
        ("a.yaml", "12", "holds no examples"),
        ("a.yaml", "- {text: hi}", "must not be empty"),
        ("a.csv", b"text,label\n\xff\xfe,x\n", "cannot be read"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadExamples, match=says):
        read_examples(path)


def test_too_little_to_learn_from() -> None:
    with pytest.raises(BadExamples, match="At least two intents"):
        train([Example("a", "x")] * 5)
    with pytest.raises(BadExamples, match=r"Too few sentences .* for: y"):
        train([Example("a", "x")] * 5 + [Example("b", "y")])


def test_a_handful_is_enough_to_begin() -> None:
    examples = [Example(f"my card is {w}", "card") for w in ("lost", "gone", "stolen")]
    examples += [Example(f"what is my {w}", "balance") for w in ("balance", "saldo", "credit")]
    trained = train(examples)
    assert trained.accuracy is None
    found = trained.classifier.classify("my card is lost")
    assert found.top[0].label == "card"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a model", b"\x93NUMPY"])
def test_damaged_models_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    with pytest.raises(BadModel, match="is not a model"):
        IntentClassifier.load(path)


def test_cut_and_foreign_models_are_refused(tmp_path: Path) -> None:
    whole = SAMPLE_INTENTS.read_bytes()
    path = tmp_path / "m.npz"
    for size in range(0, len(whole) - 1, 997):
        path.write_bytes(whole[:size])
        with pytest.raises(BadModel):
            IntentClassifier.load(path)
    with pytest.raises(BadModel, match="needed is 'intents'"):
        IntentClassifier.load(SAMPLE_INTENTS.with_name("sentiment_en.npz"))
    with pytest.raises(NoModel):
        IntentClassifier.load(tmp_path / "missing.npz")


def test_a_model_with_pickles_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, meta=np.array([{"kind": "intents"}], dtype=object))
    with pytest.raises(BadModel):
        IntentClassifier.load(path)


def test_measures_count_rightly(sample: IntentClassifier) -> None:
    found = measure(
        sample,
        [
            Example("I lost my card", "lost_card"),
            Example("我要投诉", "loan"),
            Example("讲个笑话", NONE),
        ],
    )
    assert dataclasses.asdict(found) == {
        "sentences": 3, "accuracy": 0.5, "top3": found.top3, "understood": 0.5,
        "none_found": 1.0, "confused": (("loan", "complaint", 1),),
    }  # fmt: skip
