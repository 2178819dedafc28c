"""Expected wait: what is said, from what, and what the estimator learns."""

from __future__ import annotations

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.estimate import Estimate, EstimateConfig, Estimator, Rival, Situation
from core.errors import BadInput

NOW = 1_800_000_000.0


def seconds(estimator: Estimator, ahead: int, places: float, **more: float) -> float:
    said = estimator.estimate("q", NOW, Situation(ahead=ahead, places=places, **more))  # type: ignore[arg-type]
    assert said.seconds is not None
    return said.seconds


def informed(handling: float = 200, pickup: float = 4) -> Estimator:
    """One that has seen plenty of contacts, all the same."""
    estimator = Estimator()
    for _ in range(3000):
        estimator.handled("q", NOW, handling)
        told = estimator.estimate("q", NOW, Situation(ahead=0, places=5, free=1))
        estimator.answered("q", NOW, pickup, told)
    return estimator


def test_a_cold_start_goes_by_what_is_configured() -> None:
    estimator = Estimator(EstimateConfig(handling_seconds=300, pickup_seconds=0))
    assert seconds(estimator, 4, 10) == pytest.approx(5 * 300 / 10)
    estimator.assume("q", 100)
    assert seconds(estimator, 4, 10) == pytest.approx(5 * 100 / 10)
    said = estimator.estimate("q", NOW, Situation(ahead=4, places=10))
    assert "assumed to take 100 s" in said.basis.en
    assert "按 100 秒估算" in said.basis.zh_cn


def test_what_is_configured_does_not_undo_what_was_seen() -> None:
    estimator = informed(handling=200)
    estimator.assume("q", 1000)
    assert seconds(estimator, 9, 10) == pytest.approx(4 + 200, rel=0.05)


def test_place_and_agents_decide() -> None:
    estimator = informed(handling=200)
    assert seconds(estimator, 0, 4) == pytest.approx(4 + 50, rel=0.05)
    assert seconds(estimator, 7, 4) == pytest.approx(4 + 400, rel=0.05)
    assert seconds(estimator, 7, 2) == pytest.approx(4 + 800, rel=0.05)
    assert "200 s on average" in estimator.estimate("q", NOW, Situation(ahead=1, places=2)).basis.en


def test_a_free_agent_means_the_time_to_pick_up() -> None:
    estimator = informed(pickup=4)
    assert seconds(estimator, 0, 5, free=1) == pytest.approx(4, rel=0.01)
    assert seconds(estimator, 1, 5, free=1) > 40  # the free one is for who comes first


def test_nobody_at_work_is_unknown_and_said_so() -> None:
    said = Estimator().estimate("q", NOW, Situation(ahead=0, places=0))
    assert (said.seconds, said.low, said.high) == (None, None, None)
    assert "unknown" in said.basis.en
    assert "未知" in said.basis.zh_cn
    again = Estimate.from_list(json.loads(json.dumps(said.as_list())))
    Estimator().answered("q", NOW, 10, again)  # nothing was told, nothing is learned
    assert again.seconds is None


def test_with_exponential_patience_it_is_the_formula_of_the_erlang_a_model() -> None:
    """Steps of 1 / (s / m + i / patience): the sum is exact for exponential times."""
    patience, people = 120.0, random.Random(1)
    estimator = Estimator(EstimateConfig(handling_seconds=100, pickup_seconds=0))
    at = NOW
    for _ in range(4000):
        at += 0.5
        estimator.entered("q", at)
        would, served = people.expovariate(1 / patience), people.expovariate(1 / 200)
        (estimator.left if would < served else estimator.answered)("q", at, min(would, served))
    said = estimator.estimate("q", at, Situation(ahead=30, places=10))
    exact = sum(1 / (10 / 100 + i / patience) for i in range(31))
    assert said.seconds == pytest.approx(exact, rel=0.15)  # patience was learned, not known
    assert exact < 0.6 * 31 * 100 / 10  # it matters
    assert "give up" in said.basis.en


@given(st.integers(0, 20_000), st.integers(1, 500))
def test_further_back_never_waits_less_and_more_agents_never_wait_longer(
    ahead: int, places: int
) -> None:
    estimator = Estimator()
    estimator.entered("q", NOW - 60)
    estimator.left("q", NOW, 30)
    here = seconds(estimator, ahead, places)
    assert math.isfinite(here)
    assert seconds(estimator, ahead + 1, places) >= here
    assert seconds(estimator, ahead, places + 1) <= here


def test_rivals_count_as_far_as_they_need_the_same_agents() -> None:
    estimator = Estimator(EstimateConfig(pickup_seconds=0, handling_seconds=100))

    def wait(*rivals: Rival) -> float:
        said = estimator.estimate("q", NOW, Situation(ahead=4, places=10, rivals=rivals))
        assert said.seconds is not None
        return said.seconds

    assert wait() == pytest.approx(50)
    assert wait(Rival("r", 5, 10, 10)) == pytest.approx(100)
    assert wait(Rival("r", 5, 10, 5)) == pytest.approx(75)  # others see to half of them
    assert wait(Rival("r", 5, 10, 0)) == pytest.approx(50)
    assert wait(Rival("r", 10_000, 10, 5)) == pytest.approx(100)  # five are ours alone
    estimator.assume("r", 300)
    assert wait(Rival("r", 5, 10, 10)) == pytest.approx(50 + 150)  # theirs take longer
    said = estimator.estimate(
        "q", NOW, Situation(ahead=4, places=10, rivals=(Rival("r", 5, 9, 9),))
    )
    assert "5 of other queues" in said.basis.en
    assert "另有 5 位" in said.basis.zh_cn


def test_it_learns_what_it_cannot_see() -> None:
    """Half of the agents' time goes elsewhere: waits are twice what was reckoned."""
    estimator = Estimator(EstimateConfig(pickup_seconds=0))
    situation = Situation(ahead=9, places=10)
    first = seconds(estimator, 9, 10)
    for _ in range(400):
        told = estimator.estimate("q", NOW, situation)
        kept = Estimate.from_list(json.loads(json.dumps(told.as_list())))
        estimator.answered("q", NOW, 2 * first, kept)
    assert seconds(estimator, 9, 10) == pytest.approx(2 * first, rel=0.1)
    said = estimator.estimate("q", NOW, situation)
    assert "more, as the last ones waited longer" in said.basis.en
    assert "上调" in said.basis.zh_cn
    assert said.low is not None
    assert said.high is not None
    assert said.low < 2 * first < said.high


def test_four_of_five_end_within_the_bounds() -> None:
    people = random.Random(5)
    estimator = Estimator(EstimateConfig(pickup_seconds=0))
    within = 0
    for i in range(3000):
        told = estimator.estimate("q", NOW, Situation(ahead=9, places=10))
        real = 240 * people.lognormvariate(0, 0.8)  # far wilder than any queue
        assert told.low is not None
        assert told.high is not None
        within += i >= 1000 and told.low <= real <= told.high
        estimator.answered("q", NOW, real, told)
    assert 0.76 < within / 2000 < 0.84


def test_who_takes_over_goes_on_from_its_state() -> None:
    people = random.Random(2)
    estimator = Estimator()
    for i in range(300):
        at, line = NOW + i, f"q{i % 3}"
        estimator.entered(line, at)
        told = estimator.estimate(line, at, Situation(ahead=i % 7, places=3))
        estimator.answered(line, at, people.uniform(0, 300), told)
        estimator.left(line, at, people.uniform(0, 300))
        estimator.handled(line, at, people.uniform(0, 300))
    other = Estimator.from_dict(json.loads(json.dumps(estimator.as_dict())))
    situation = Situation(ahead=5, places=2, waited=20)
    for line in ("q0", "q1", "q2", "new"):
        mine = estimator.estimate(line, NOW + 400, situation)
        assert other.estimate(line, NOW + 400, situation) == mine
    assert other.as_dict() == estimator.as_dict()


@pytest.mark.parametrize("kept", [{}, {"lines": {"q": {}}}, {"lines": {"q": {"handling": "x"}}}])
def test_a_state_that_is_none_is_refused(kept: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Estimator.from_dict(kept)


def test_nonsense_is_survived() -> None:
    estimator = Estimator()
    estimator.assume("q", 0)
    for _ in range(2000):
        estimator.handled("q", NOW, 0)
        estimator.entered("q", NOW)  # all at one instant, and then the clock goes back
        estimator.left("q", NOW - 3600, 0)
    said = estimator.estimate("q", NOW - 7200, Situation(ahead=50, places=1))
    assert said.seconds is not None
    assert said.low is not None
    assert said.high is not None
    assert 0 <= said.low <= said.seconds <= said.high < 100


def test_memory_is_bounded_and_the_longest_unused_line_goes() -> None:
    estimator = Estimator(EstimateConfig(lines=10))
    for i in range(1000):
        estimator.entered("busy", NOW + i)
        estimator.entered(f"q{i}", NOW + i)
    kept = estimator.as_dict()["lines"]
    assert len(kept) == 10
    assert {"busy", "q999"} <= set(kept)
    size = len(json.dumps(kept["busy"]))
    for i in range(5000):
        estimator.left("busy", NOW + i, i)
        estimator.handled("busy", NOW + i, i)
    assert len(json.dumps(estimator.as_dict()["lines"]["busy"])) < 2 * size + 1000
