"""Who is served first, and by whom: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd import choice, order
from acd.assignment_states import AssignmentState
from acd.model import (
    Agent,
    AgentConfig,
    Assignment,
    Contact,
    Medium,
    Ordering,
    QueueConfig,
    Strategy,
)
from acd.placement import Asked
from acd.requirement import ANYONE, all_of, of_skills, parse
from core.errors import BadInput

START = datetime(2026, 3, 1, tzinfo=UTC)
PRIORITIES, SECONDS = st.integers(-1000, 1000), st.floats(0, 86_400 * 30)
RATES = st.floats(0.01, 100)


def contact(*, priority: int = 0, after: float = 0.0, slope: float = 1 / 60) -> Contact:
    made = Contact(
        id="c", medium=Medium.VOICE, channel="phone", direction="inbound", created_at=START,
        enqueued_at=START + timedelta(seconds=after), priority=priority, slope=slope,
    )  # fmt: skip
    made.rank = order.rank(made)
    return made


def score(one: Contact, at: float) -> float:
    return order.score(one.rank, one.slope, START.timestamp() + at)


def declared(one: Contact, at: float) -> float:
    """What the documentation says."""
    assert one.enqueued_at is not None
    entered = (one.enqueued_at - START).total_seconds()
    return one.priority + one.slope * (at - entered)


@given(PRIORITIES, SECONDS, RATES, SECONDS)
def test_the_score_is_priority_plus_what_waiting_is_worth(
    priority: int, after: float, rate: float, later: float
) -> None:
    one = contact(priority=priority, after=after, slope=rate / 60)
    assert score(one, after + later) == pytest.approx(declared(one, after + later), abs=1e-4)


@given(PRIORITIES, PRIORITIES, SECONDS, SECONDS, SECONDS)
def test_the_order_in_a_line_is_that_of_scores_at_any_time(
    one: int, other: int, after: float, later: float, at: float
) -> None:
    first, second = contact(priority=one, after=after), contact(priority=other, after=later)
    apart = declared(first, at) - declared(second, at)
    if abs(apart) > 1e-6:
        assert (first.rank < second.rank) == (apart > 0)


def test_one_who_waits_overtakes_every_priority_at_last() -> None:
    """Nobody starves: a minute is worth a point."""
    old, urgent = contact(), contact(priority=10, after=599)
    assert score(old, 599) < score(urgent, 599)
    old, urgent = contact(), contact(priority=10, after=601)
    assert score(old, 601) > score(urgent, 601)


def test_queues_that_age_at_different_rates_are_compared_by_score() -> None:
    slow = contact(slope=order.slope(QueueConfig(name="slow", ageing=1)))
    fast = contact(slope=order.slope(QueueConfig(name="fast", ageing=3)), after=120)
    assert score(slow, 150) > score(fast, 150)  # 2.5 points against 1.5
    assert score(slow, 190) < score(fast, 190)  # 3.2 points against 3.5


def test_under_the_ordering_service_level_the_target_sets_the_pace() -> None:
    def slope(target: float, ordering: Ordering = Ordering.SERVICE_LEVEL) -> float:
        return order.slope(QueueConfig(name="q", ordering=ordering, service_level_seconds=target))

    assert slope(10) == 2 * slope(20) == 4 * slope(40)
    assert slope(20) == slope(20, Ordering.AGE) == slope(99, Ordering.AGE)


@pytest.mark.parametrize("priority", [-1001, 1001])
def test_a_priority_out_of_range_is_refused(priority: int) -> None:
    with pytest.raises(BadInput, match="out of range"):
        order.check_priority(priority)


@pytest.mark.parametrize(
    ("asked", "has", "can"),
    [
        ({}, {}, True),
        ({}, {"sales": 1}, True),
        ({"sales": 3}, {"sales": 3}, True),
        ({"sales": 3}, {"sales": 2}, False),
        ({"sales": 3}, {}, False),
        ({"sales": 0}, {}, False),  # a skill that is missing is not a zero
        ({"sales": 3, "language.zh": 5}, {"sales": 9, "language.zh": 5}, True),
        ({"sales": 3, "language.zh": 5}, {"sales": 9, "language.de": 9}, False),
        ({}, {"only.test": 1}, False),  # takes nothing but what asks for it
        ({"only.test": 1}, {"only.test": 1}, True),
        ({"only.test": 1}, {}, False),
    ],
)
def test_eligible(asked: dict[str, int], has: dict[str, int], can: bool) -> None:
    need = Asked(Medium.VOICE, of_skills(asked))
    agent = Agent(id="a", device="", skills=has)
    assert choice.eligible(need, agent, AgentConfig(id="a", device="")) is can


def test_eligible_by_what_the_agent_is() -> None:
    need = Asked(Medium.VOICE, parse('agent.team == "north" and agent.experience >= 3'))
    agent = Agent(id="a", device="")
    north = AgentConfig(id="a", device="", attributes={"team": "north"}, experience=4)
    south = AgentConfig(id="a", device="", attributes={"team": "south"}, experience=9)
    assert choice.eligible(need, agent, north)
    assert not choice.eligible(need, agent, south)
    assert not choice.eligible(need, agent, AgentConfig(id="a", device=""))


def test_what_asks_for_the_same_stands_in_one_line_whatever_the_order_of_skills() -> None:
    one = Asked(Medium.VOICE, of_skills({"a": 1, "b": 2}))
    other = Asked(Medium.VOICE, all_of(of_skills({"b": 2}), of_skills({"a": 1})))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Asked(Medium.CHAT, one.requirement)


@dataclass
class Candidate:
    agent: Agent
    config: AgentConfig = field(default_factory=lambda: AgentConfig(id="", device=""))


def candidate(id_: str, *, idle: float, **more: object) -> Candidate:
    config = {name: more.pop(name) for name in ("weight", "experience") if name in more}
    agent = Agent(id=id_, device="", idle_since=START + timedelta(seconds=idle), **more)  # type: ignore[arg-type]
    return Candidate(agent, AgentConfig(id=id_, device="", **config))  # type: ignore[arg-type]


BUSY = [Assignment(contact_id="c", medium=Medium.CHAT, weight=25, state=AssignmentState.ACTIVE,
                   since=START)]  # fmt: skip
NOW = START.timestamp() + 3600


@pytest.mark.parametrize(
    ("strategy", "worse", "better"),
    [
        # Whoever is better is idle for a shorter time: that decides only between equals.
        (Strategy.LONGEST_IDLE, {"idle": 20}, {"idle": 10}),
        (Strategy.LONGEST_IDLE, {"idle": 10, "assignments": BUSY}, {"idle": 20}),
        (Strategy.LEAST_OCCUPIED, {"idle": 10, "occupied": 9.0}, {"idle": 20, "occupied": 8.0}),
        (
            Strategy.LEAST_OCCUPIED,  # what is in hand now counts, too
            {"idle": 10, "occupied": 5.0, "occupied_since": START},
            {"idle": 20, "occupied": 3600.0},
        ),
        (
            Strategy.BEST_PROFICIENCY,
            {"idle": 10, "skills": {"sales": 4, "french": 9}},
            {"idle": 20, "skills": {"sales": 5}},
        ),
        (
            Strategy.ROUND_ROBIN,
            {"idle": 10, "turns": {"q": 50.0}},
            {"idle": 20, "turns": {"q": 40.0, "other": 99.0}},
        ),
        (
            Strategy.WEIGHTED,
            {"idle": 10, "taken": 3, "weight": 1.0},
            {"idle": 20, "taken": 5, "weight": 2.0},
        ),
        (Strategy.WEIGHTED, {"idle": 10, "weight": 0.0}, {"idle": 20, "taken": 99}),
        (
            Strategy.MOST_EXPERIENCED,
            {"idle": 10, "experience": 2.0},
            {"idle": 20, "experience": 3.0},
        ),
    ],
)
def test_each_strategy(
    strategy: Strategy, worse: dict[str, object], better: dict[str, object]
) -> None:
    candidates = [candidate("a", **worse), candidate("b", **better)]  # type: ignore[arg-type]
    ranked = choice.choose(strategy, candidates, "q", of_skills({"sales": 1}), NOW)
    assert [one.agent.id for one in ranked] == ["b", "a"]
    ranked = choice.choose(strategy, reversed(candidates), "q", of_skills({"sales": 1}), NOW)
    assert [one.agent.id for one in ranked] == ["b", "a"]


def test_equals_are_told_apart_by_id_and_nobody_is_chosen_of_none() -> None:
    candidates = [candidate(id_, idle=0) for id_ in "cab"]
    ranked = choice.choose(Strategy.LONGEST_IDLE, candidates, "q", ANYONE, NOW)
    assert [one.agent.id for one in ranked] == ["a", "b", "c"]
    assert choice.choose(Strategy.LONGEST_IDLE, [], "q", ANYONE, NOW) == []


def test_complaints_go_to_the_most_experienced() -> None:
    queue = QueueConfig(name="q", strategy=Strategy.ROUND_ROBIN)
    assert choice.strategy_of(queue, complaint=False) is Strategy.ROUND_ROBIN
    assert choice.strategy_of(queue, complaint=True) is Strategy.MOST_EXPERIENCED
    assert choice.strategy_of(None, complaint=False) is Strategy.LONGEST_IDLE
