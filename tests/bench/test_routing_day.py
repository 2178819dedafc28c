"""The simulated day is the same each time, and the reference centre does nothing impossible."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bench.day.figures import differences, gini, reckon
from bench.day.loop import ImpossibleRouting, Outcome, replay
from bench.day.make import make, only
from bench.day.picture import draw
from bench.day.reference import Reference
from bench.day.router import PRIORITY_SECONDS, RouterCentre
from bench.day.world import Presence, Strategy

DAY = make(seed=3, agents=60, begin=1.0, end=1.5)


async def _outcome(strategy: Strategy) -> Outcome:
    return await replay(DAY, Reference(), strategy, strict=True)


def test_a_seed_makes_one_day() -> None:
    assert make(seed=3, agents=60, begin=1.0, end=1.5) == DAY
    assert make(seed=4, agents=60, begin=1.0, end=1.5) != DAY


def test_the_day_is_as_large_as_it_should_be() -> None:
    day = make()
    assert len(day.agents) == 300
    assert len(day.queues) == 21
    assert 15_000 < len(day.contacts) < 30_000
    assert {queue.medium for queue in day.queues.values()} == {
        "voice", "chat", "social", "sms", "email",
    }  # fmt: skip
    for queue in day.queues.values():
        able = [
            agent
            for agent in day.agents
            if queue.medium in agent.media
            and all(agent.skills.get(skill, 0) >= n for skill, n in queue.skills.items())
        ]
        assert len(able) >= 3, queue.name


@pytest.mark.parametrize("strategy", Strategy)
async def test_each_strategy_serves_everybody_who_stays(strategy: Strategy) -> None:
    outcome = await _outcome(strategy)
    states = [visit.state for visit in outcome.visits]
    assert states.count("done") > 150
    again = await _outcome(strategy)
    assert reckon(again) == reckon(outcome)
    assert again.acts == outcome.acts


async def test_the_router_decides_as_the_reference_does() -> None:
    """Every call goes to the same agent at the same time, through a real Valkey."""
    calls = only(make(seed=5, agents=40, begin=1.0, end=1.5), "voice")
    missed = [replace(contact, ignored=i % 10 == 0) for i, contact in enumerate(calls.contacts)]
    calls = replace(calls, contacts=missed)
    reference = await replay(calls, Reference(PRIORITY_SECONDS), Strategy.LONGEST_IDLE, strict=True)
    router = await replay(calls, RouterCentre(), Strategy.LONGEST_IDLE, strict=True)
    assert len(router.visits) > 100
    assert any(visit.offers > 1 for visit in router.visits)
    assert any(visit.state == "left" for visit in router.visits)
    assert differences(reference, router) == 0


async def test_to_spare_the_occupied_is_fairer_than_to_take_the_best() -> None:
    best = reckon(await _outcome(Strategy.BEST_PROFICIENCY)).row
    least = reckon(await _outcome(Strategy.LEAST_OCCUPIED)).row
    assert least["agents Gini"] <= best["agents Gini"]


async def test_an_offer_to_somebody_on_a_break_ends_the_replay() -> None:
    class Careless(Reference):
        async def agent_state(self, agent_id: str, presence: Presence) -> None:
            await super().agent_state(agent_id, Presence.READY)

    with pytest.raises(ImpossibleRouting, match="not ready"):
        await replay(make(seed=3, agents=60, begin=1.0, end=4.0), Careless(), Strategy.WEIGHTED)


async def test_an_agent_left_idle_ends_a_strict_replay() -> None:
    class Sleepy(Reference):
        async def wrapped_up(self, contact_id: str) -> None:
            waiting = self._contacts[contact_id]
            assert waiting.agent is not None
            waiting.agent.ready = False
            await super().wrapped_up(contact_id)

    with pytest.raises(ImpossibleRouting, match="is free"):
        await replay(DAY, Sleepy(), Strategy.LONGEST_IDLE, strict=True)


def test_gini_is_nought_for_equals_and_near_one_for_one_who_has_all() -> None:
    assert gini([3.0] * 10) == 0
    assert gini([0.0] * 99 + [1.0]) == pytest.approx(0.99)
    assert gini([1.0, 3.0]) == pytest.approx(0.25)
    assert gini([]) == 0


async def test_the_picture_has_a_line_for_each_strategy() -> None:
    figures = {"one": reckon(await _outcome(Strategy.WEIGHTED))}
    figures["<two>"] = reckon(await _outcome(Strategy.ROUND_ROBIN))
    drawn = ET.fromstring(draw("A day & a night", figures))
    assert len(drawn.findall("{*}polyline")) == 4
    assert "<two>" in [text.text for text in drawn.findall("{*}text")]
