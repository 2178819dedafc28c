"""The weights that ship: there, small, plain, and refused when damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.emotion import model as emotion_model
from media.emotion.errors import BadModel
from media.emotion.features import COUNT
from media.emotion.model import BUNDLED, Model, bundled, load
from media.emotion.stream import windows_of
from media.emotion.training import augment
from media.tones import Samples
from tests.media.emotion.voices import agitated, calm


def mean_tension(samples: Samples) -> float:
    figures = [w.figures for w in windows_of(samples) if w.figures is not None]
    return float(bundled().scores(np.stack(figures))[0].mean())


def test_the_weights_are_small_and_plain() -> None:
    assert BUNDLED.stat().st_size < 1_000_000
    raw = json.loads(BUNDLED.read_text(encoding="utf-8"))
    assert raw["made"]["corpora"] == ["emodb", "emodb4"]
    assert all(licence.startswith("CC0") for licence in raw["made"]["licences"])
    assert raw["made"]["held_out_auc"] >= 0.92


def test_weights_survive_being_written() -> None:
    made = bundled()
    again = Model.from_dict(json.loads(json.dumps(made.as_dict())))
    drawn = np.random.default_rng(1).normal(size=(20, COUNT)) * made.scale + made.centre
    figures = drawn.astype(np.float32)
    assert np.allclose(again.scores(figures)[0], made.scores(figures)[0], atol=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_agitated_voice_scores_over_a_calm_one(seed: int) -> None:
    assert mean_tension(agitated(6, seed=seed)) > mean_tension(calm(6, seed=seed)) + 2


@pytest.mark.parametrize("line", ["noise", "loss", "gain", "offset", "clipped"])
def test_and_still_does_over_a_bad_line(line: str) -> None:
    rng = np.random.default_rng(9)

    def over(samples: Samples) -> Samples:
        match line:
            case "noise":
                return augment.noise(samples, 15, augment.coloured(len(samples), rng))
            case "loss":
                return augment.loss(samples, 0.05, rng)
            case "gain":
                return augment.gain(samples, -12)
            case "offset":
                return (samples // 2 + 3000).astype(np.int16)
        return augment.gain(samples, 12)

    assert mean_tension(over(agitated(6))) > mean_tension(over(calm(6))) + 2


def test_no_figure_alone_can_run_away() -> None:
    wild = np.full(COUNT, 1e9, dtype=np.float32)
    score = bundled().score(wild)
    assert np.isfinite([score.tension, score.arousal]).all()
    assert abs(score.tension) < 200


def damaged(**changes: Any) -> dict[str, Any]:
    return bundled().as_dict() | changes


@pytest.mark.parametrize(
    "raw",
    [
        {},
        damaged(format=99),
        damaged(features=["pitch"]),
        damaged(weights=[[1.0]]),
        damaged(biases=[1.0]),
        damaged(centre=["x"] * COUNT),
        damaged(centre=[float("nan")] * COUNT),
        damaged(scale=[0.0] * COUNT),
        damaged(classes=["a"] * 7),
        damaged(population={"mean": 0.0}),
        damaged(population={"mean": 0.0, "between": 0.0, "within": 1.0}),
    ],
)
def test_damaged_weights_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(BadModel) as caught:
        Model.from_dict(raw)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\x01"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadModel, match=r"weights\.json"):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        load(tmp_path / "none.json")


def test_tension_and_arousal_are_read_from_the_same_classes() -> None:
    assert set(emotion_model.TENSE) < set(emotion_model.EXCITED)
    assert set(emotion_model.EXCITED + emotion_model.QUIET) <= set(bundled().classes)
