"""The choice of agent: who may take a contact, and who of them does.

Who may is decided by the contact's requirement (:func:`eligible`) and by capacity
(:mod:`acd.capacity`). Who does, by the strategy of the queue: each is one line of the
table at the end, and of two who are equal in it, the one with less in hand, then the
one idle for longer, is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from heapq import nsmallest
from typing import Any, Protocol, TypeVar

from acd.capacity import used
from acd.model import Agent, AgentConfig, QueueConfig, Strategy
from acd.placement import Asked
from acd.requirement import Requirement, accepts

ONLY = "only."
"""Begins the name of an exclusive skill: an agent who has one takes nothing but the
contacts that ask for it (a training desk, the self-test)."""


SHOWN = 5  # the chosen one, and who would have come next


class Candidate(Protocol):
    """An agent as the choice sees them."""

    agent: Agent
    config: AgentConfig


One = TypeVar("One", bound=Candidate)


def eligible(asked: Asked, agent: Agent, config: AgentConfig) -> bool:
    """Whether the agent fits what is asked, busy or not.

    A skill that the agent lacks is not a zero: it never satisfies, whatever is asked.
    Each exclusive skill (:data:`ONLY`) of the agent must be asked for.
    """
    if (asked.only is not None and asked.only != agent.id) or asked.but == agent.id:
        return False
    for skill in agent.skills:
        if skill.startswith(ONLY) and skill not in asked.requirement.skills:
            return False
    requirement = asked.requirement
    return accepts(
        requirement, agent.skills, attributes(config) if requirement.agent_attributes else {}
    )


def attributes(config: AgentConfig) -> Mapping[str, Any]:
    """What requirements call ``agent.NAME``."""
    return {**config.attributes, "id": config.id, "experience": config.experience}


def strategy_of(queue: QueueConfig | None, complaint: bool) -> Strategy:
    """The queue's strategy; complaints go to the most experienced."""
    if complaint:
        return Strategy.MOST_EXPERIENCED
    return queue.strategy if queue is not None else Strategy.LONGEST_IDLE


def choose(
    strategy: Strategy, candidates: Iterable[One], queue: str, asked: Requirement, now: float
) -> list[One]:
    """The best few of the candidates, best first; ``now`` in epoch seconds."""
    return nsmallest(
        SHOWN, candidates, key=lambda one: place(strategy, one, queue, asked, now)
    )  # fmt: skip


def place(
    strategy: Strategy, one: Candidate, queue: str, asked: Requirement, now: float
) -> tuple[float, int, float, str]:
    """Where the agent stands among candidates: the least is the best."""
    agent = one.agent
    idle = agent.idle_since.timestamp() if agent.idle_since else 0.0
    return _KEYS[strategy](one, queue, asked, now), used(agent), idle, agent.id


def depends_on(strategy: Strategy, queue: str, asked: Requirement) -> tuple[Hashable, ...]:
    """What, besides the agent, decides on :func:`place` under the strategy."""
    if strategy is Strategy.ROUND_ROBIN:
        return (queue,)
    if strategy is Strategy.BEST_PROFICIENCY:
        return (asked.skills,)
    return ()


def _same(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    return 0.0


def _occupied(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    agent = one.agent
    since = agent.occupied_since
    return agent.occupied + (max(0.0, now - since.timestamp()) if since else 0.0)


def _proficiency(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    return -float(sum(one.agent.skills.get(skill, 0) for skill in asked.skills))


def _turn(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    return one.agent.turns.get(queue, 0.0)


def _share(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    return (one.agent.taken + 1) / one.config.weight if one.config.weight > 0 else float("inf")


def _experience(one: Candidate, queue: str, asked: Requirement, now: float) -> float:
    return -one.config.experience


_KEYS: Mapping[Strategy, Callable[[Candidate, str, Requirement, float], float]] = {
    Strategy.LONGEST_IDLE: _same,
    Strategy.LEAST_OCCUPIED: _occupied,
    Strategy.BEST_PROFICIENCY: _proficiency,
    Strategy.ROUND_ROBIN: _turn,
    Strategy.WEIGHTED: _share,
    Strategy.MOST_EXPERIENCED: _experience,
}
