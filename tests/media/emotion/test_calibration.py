"""A site learns what its own calls reach, and its supervisors move the threshold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from media.emotion.calibration import SiteCalibration
from media.emotion.errors import BadCalibration
from media.emotion.model import Population

TRAINED = Population(mean=-3.0, between=1.0, within=1.6)


def learnt(peak: float, spread: float, *, calls: int = 500, away: float = 0.0) -> SiteCalibration:
    rng = np.random.default_rng(1)
    site = SiteCalibration()
    for _ in range(calls):
        for _ in range(3):
            site.observe_utterance(rng.normal(away, 1.0))
        site.observe_call(rng.normal(peak, spread))
    return site


def test_a_new_site_starts_from_the_prior() -> None:
    site = SiteCalibration()
    assert site.unusual(0.0) == pytest.approx(0.0, abs=0.05)
    assert site.threshold == pytest.approx(1.645, abs=0.01)
    assert site.unusual(1.32) == pytest.approx(1.645, abs=0.1)
    assert site.population(TRAINED).mean == pytest.approx(-3.0, abs=0.05)


@pytest.mark.parametrize(("peak", "spread"), [(0.0, 0.8), (2.5, 1.5), (-2.0, 0.6)])
def test_one_call_in_twenty_is_over_the_threshold_at_any_site(peak: float, spread: float) -> None:
    site = learnt(peak, spread, calls=2000)
    fresh = np.random.default_rng(2).normal(peak, spread, 4000)
    over = np.mean([site.unusual(float(x)) > site.threshold for x in fresh])
    assert over == pytest.approx(0.05, abs=0.025)  # the prior still weighs 50 calls


def test_the_population_moves_to_the_site() -> None:
    site = learnt(0.0, 0.8, away=-3.5)
    moved = site.population(TRAINED)
    assert moved.mean == pytest.approx(-6.5, abs=0.3)
    assert (moved.between, moved.within) == (TRAINED.between, TRAINED.within)


def test_one_call_hardly_moves_a_new_site() -> None:
    site = SiteCalibration()
    for _ in range(40):
        site.observe_utterance(0.0)
    site.observe_call(9.0)
    assert site.unusual(1.32) == pytest.approx(1.645, abs=0.2)


def test_what_is_not_a_number_is_not_counted() -> None:
    site = SiteCalibration()
    for bad in (float("nan"), float("inf"), float("-inf")):
        site.observe_utterance(bad)
        site.observe_call(bad)
    assert site.calls == 0
    assert site.as_dict() == SiteCalibration().as_dict()


def test_far_values_stay_in_the_histogram() -> None:
    site = learnt(0.0, 0.8)
    site.observe_call(1e9)
    site.observe_call(-1e9)
    assert np.isfinite(site.unusual(0.5))


@pytest.mark.parametrize("precision", [0.5, 0.7, 0.9])
def test_feedback_settles_where_as_many_alerts_are_right_as_wanted(precision: float) -> None:
    """Callers whose chance of being angry grows with the score: calm ones reach N(0, 1),
    one in five is angry and reaches N(1.5, 1)."""
    rng = np.random.default_rng(3)
    site = SiteCalibration(precision=precision)
    right: list[bool] = []
    for _ in range(6000):
        angry = bool(rng.random() < 0.2)
        if rng.normal(1.5 if angry else 0.0, 1.0) > site.threshold:
            site.judge(right=angry)
            right.append(angry)
    assert np.mean(right[len(right) // 2 :]) == pytest.approx(precision, abs=0.1)


def test_each_judgement_moves_the_threshold_the_right_way() -> None:
    site = SiteCalibration()
    start = site.threshold
    site.judge(right=False)
    higher = site.threshold
    assert higher > start
    site.judge(right=True)
    assert start < site.threshold < higher
    before = site.threshold
    site.miss()
    assert site.threshold < before
    assert site.feedback == {"right": 1, "wrong": 1, "missed": 1}


def test_feedback_has_a_bound() -> None:
    site = SiteCalibration()
    for _ in range(2000):
        site.judge(right=False)
    assert site.threshold <= 1.645 + 2.01


def test_state_survives_being_stored() -> None:
    site = learnt(1.0, 1.0, away=-2.0)
    site.judge(right=False)
    site.miss()
    again = SiteCalibration.from_dict(json.loads(json.dumps(site.as_dict())))
    assert again.threshold == site.threshold
    assert again.unusual(1.7) == pytest.approx(site.unusual(1.7), abs=1e-3)
    assert again.population(TRAINED).mean == pytest.approx(site.population(TRAINED).mean, abs=1e-3)
    assert (again.calls, again.feedback) == (site.calls, site.feedback)
    assert len(json.dumps(site.as_dict())) < 10_000


GOOD = SiteCalibration().as_dict()


@pytest.mark.parametrize(
    "raw",
    [
        {},
        GOOD | {"format": 2},
        GOOD | {"alert_share": 0.9},
        GOOD | {"alert_share": "x"},
        GOOD | {"offset": float("nan")},
        GOOD | {"peaks": {"9999": 1.0}},
        GOOD | {"peaks": {"1": -1.0}},
        GOOD | {"tension": {"1": float("nan")}},
        GOOD | {"tension": [1]},
        GOOD | {"right": None},
    ],
)
def test_damaged_state_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(BadCalibration):
        SiteCalibration.from_dict(raw)


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(BadCalibration):
        SiteCalibration(alert_share=0.0)
    with pytest.raises(BadCalibration):
        SiteCalibration(precision=1.0)
