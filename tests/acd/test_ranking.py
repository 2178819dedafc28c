"""A ranking that is kept says what sorting says."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from acd import choice
from acd.model import Agent, AgentConfig, Strategy
from acd.ranking import Rankings
from acd.requirement import of_skills
from acd.roster import Staff

START = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = of_skills({"sales": 1})


def somebody(dice: random.Random, number: int) -> Staff:
    agent = Agent(
        id=f"a{number}", device="", skills={"sales": dice.randint(1, 3)},
        idle_since=START + timedelta(seconds=dice.randint(0, 50)),
        occupied=float(dice.randint(0, 3)), taken=dice.randint(0, 3),
        occupied_since=dice.choice((None, None, START + timedelta(seconds=dice.randint(0, 9)))),
        turns={"q": float(dice.randint(0, 3))},
    )  # fmt: skip
    config = AgentConfig(
        id=agent.id, device="", weight=dice.choice((1.0, 2.0)), experience=dice.randint(0, 3)
    )
    return Staff(agent, config)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_best_are_those_that_sorting_finds(strategy: Strategy) -> None:
    dice = random.Random(11)
    with_room: dict[str, tuple[Staff, int]] = {}
    rankings: Rankings[Staff] = Rankings(with_room)
    for turn in range(300):
        for _ in range(dice.choice((1, 1, 3, 80))):
            number = dice.randrange(120)
            if dice.random() < 0.2:
                with_room.pop(f"a{number}", None)
            else:
                with_room[f"a{number}"] = somebody(dice, number), number
            rankings.changed(f"a{number}")
        chosen = [one for one in with_room.values() if dice.random() < 0.5]
        bits = sum(1 << position for _, position in chosen)
        now = START.timestamp() + 100 + turn
        found = rankings.best(strategy, "q", ASKED, bits, now)
        assert found == choice.choose(strategy, [one for one, _ in chosen], "q", ASKED, now)


def test_a_ranking_that_was_left_alone_for_long_is_made_anew() -> None:
    dice = random.Random(5)
    with_room = {f"a{number}": (somebody(dice, number), number) for number in range(20)}
    rankings: Rankings[Staff] = Rankings(with_room)
    rankings.best(Strategy.WEIGHTED, "q", ASKED, 1, 0.0)
    for turn in range(30_000):
        number = turn % 20
        with_room[f"a{number}"] = somebody(dice, number), number
        rankings.changed(f"a{number}")
        if turn % 1000 == 0:
            rankings.best(Strategy.LONGEST_IDLE, "q", ASKED, 1, 0.0)
    bits = (1 << 20) - 1
    everybody = [one for one, _ in with_room.values()]
    found = rankings.best(Strategy.WEIGHTED, "q", ASKED, bits, 0.0)
    assert found == choice.choose(Strategy.WEIGHTED, everybody, "q", ASKED, 0.0)
