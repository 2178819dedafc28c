"""A caller's own standard: trusted as much as it is worth, never an angry one."""

from __future__ import annotations

import numpy as np
import pytest

from media.emotion.baseline import LEAST_SECONDS, SECONDS, Baseline
from media.emotion.features import COUNT
from media.emotion.model import Population
from media.emotion.smoothing import Smoothing

POPULATION = Population(mean=-3.0, between=1.0, within=1.6)
NOTHING = np.zeros(COUNT, dtype=np.float32)


def after(seconds: int, tension: float) -> Baseline:
    baseline = Baseline(POPULATION, COUNT)
    for _ in range(seconds):
        baseline.add(1.0, tension, -20.0, NOTHING)
    return baseline


def test_nobody_known_is_as_everybody() -> None:
    assert after(0, 0.0).tension() == POPULATION.mean
    assert after(0, 0.0).usual() is None


def test_the_more_is_heard_the_more_it_counts() -> None:
    heard = [after(seconds, -4.0).tension() for seconds in (0, 2, 5, 10, 20)]
    assert heard == sorted(heard, reverse=True)
    assert -4.0 < heard[-1] < -3.6


def test_an_angry_start_is_not_the_standard() -> None:
    assert after(20, 5.0).tension() <= POPULATION.mean + POPULATION.between


def test_it_stands_still_after_twenty_seconds() -> None:
    baseline = after(20, -4.0)
    assert baseline.complete
    was = baseline.tension()
    for _ in range(100):
        baseline.add(1.0, 6.0, 0.0, NOTHING + 9)
    assert baseline.tension() == was
    assert baseline.seconds == SECONDS


def test_usual_level_and_figures_are_means() -> None:
    baseline = Baseline(POPULATION, COUNT)
    baseline.add(LEAST_SECONDS / 2, -3.0, -30.0, NOTHING)
    assert baseline.usual() is None
    baseline.add(LEAST_SECONDS / 2, -3.0, -20.0, NOTHING + 2)
    usual = baseline.usual()
    assert usual is not None
    assert usual[0] == pytest.approx(-25.0)
    assert usual[1] == pytest.approx(np.ones(COUNT))


def test_one_window_moves_little_three_utterances_all() -> None:
    smoothing = Smoothing()
    for _ in range(3):
        for _ in range(3):
            calm = smoothing.add(0.0, 1.0, ends_utterance=False)
        smoothing.add(0.0, 1.0, ends_utterance=True)
    assert calm == 0.0
    first = smoothing.add(4.0, 1.0, ends_utterance=False)
    assert first < 1.0
    last = first
    for _ in range(3):
        for _ in range(3):
            last = smoothing.add(4.0, 1.0, ends_utterance=False)
        smoothing.add(4.0, 1.0, ends_utterance=True)
    assert last > 3.2


def test_little_speech_says_little() -> None:
    assert Smoothing().add(4.0, 0.5, ends_utterance=True) == pytest.approx(1.0)
