"""The company of the proof: every rule of routing that there is, in few queues.

What the queues ask by expression stands beside it in plain Python, so that the reference
(:mod:`tests.acd.proof.reference`) owes nothing to the language of requirements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acd.directory import StaticDirectory
from acd.model import (
    Agent,
    AgentConfig,
    Medium,
    Ordering,
    QueueConfig,
    Relaxation,
    Strategy,
    Target,
)
from acd.requirement import parse

Asks = Callable[[Agent, AgentConfig, float], bool]
"""Whether an agent is what is asked, after so many seconds of waiting."""

NODES = ("east", "north", "west")
MEDIA = tuple(Medium)
TEXT = (Medium.CHAT, Medium.SOCIAL, Medium.SMS)

AGENTS = (
    AgentConfig(id="anna", device="6001", skills={"sales": 3, "support": 4}, experience=1),
    AgentConfig(id="bo", device="6002", skills={"sales": 7}, attributes={"team": "north"}),
    AgentConfig(
        id="chen", device="6003", skills={"support": 5, "language.zh": 9}, experience=7,
        attributes={"team": "north"}, weight=2.0,
    ),
    AgentConfig(
        id="dora", device="6004", skills={"language.zh": 6, "sales": 5},
        attributes={"team": "south"}, experience=3, wrap_up_seconds=17,
    ),
    AgentConfig(
        id="emil", device="6005", skills={"support": 1, "rare": 2}, capacity=50, wrap_up_seconds=0
    ),
    AgentConfig(id="fay", device="6006", skills={"sales": 1, "only.test": 1}),
    AgentConfig(
        id="gus", device="6007", skills={"sales": 2, "support": 2}, experience=9, weight=0.5,
        most={Medium.CHAT: 1, Medium.EMAIL: 2},
    ),
)  # fmt: skip
QUEUES = (
    QueueConfig(name="sales", skills={"sales": 1}, wrap_up_seconds=30, call_back_attempts=2,
                call_back_retry_seconds=45, transfer_back_after=27),
    QueueConfig(
        name="support", skills={"support": 3}, strategy=Strategy.LEAST_OCCUPIED,
        ring_seconds=15, wrap_up_seconds=0, wrap_up={Medium.VOICE: 12},
        relax=(Relaxation(after=20, lower={"support": 1}), Relaxation(after=61, drop=["support"])),
    ),
    QueueConfig(
        name="vip", skills={"sales": 5}, strategy=Strategy.BEST_PROFICIENCY, priority=10,
        ageing=2.0, wrap_up_seconds=5, last_agent_seconds=33,
        relax=(Relaxation(after=31, also=["sales"]),),
    ),
    QueueConfig(
        name="loans",
        requires=parse(
            'language.zh >= 5 and (agent.team == "north" or waiting >= 41)', {"language.zh"}
        ),
        strategy=Strategy.ROUND_ROBIN, ordering=Ordering.SERVICE_LEVEL, service_level_seconds=10,
        wrap_up_seconds=0, dedicated_agent_seconds=26,
    ),
    QueueConfig(name="letters", strategy=Strategy.WEIGHTED, wrap_up_seconds=0, max_waiting=6,
                transfer_back_after=0),
    QueueConfig(
        name="rare", skills={"rare": 2}, strategy=Strategy.MOST_EXPERIENCED, ageing=0.5,
        wrap_up_seconds=9, relax=(Relaxation(after=17, drop=["rare"]),),
        overflow_after=150, overflow_to=Target(kind="queue", name="sales"),
    ),
    QueueConfig(name="test", skills={"only.test": 1}, wrap_up_seconds=0),
)  # fmt: skip
DIRECTORY = StaticDirectory(QUEUES, AGENTS)
QUEUE = {queue.name: queue for queue in QUEUES}
AGENT = {agent.id: agent for agent in AGENTS}


def _loans(agent: Agent, config: AgentConfig, waiting: float) -> bool:
    north = config.attributes.get("team") == "north"
    return agent.skills.get("language.zh", 0) >= 5 and (north or waiting >= 41)


def _not_south(agent: Agent, config: AgentConfig, waiting: float) -> bool:
    return config.attributes.get("team") in ("north", "west")


def anyone(agent: Agent, config: AgentConfig, waiting: float) -> bool:
    """What a queue or contact without an expression asks."""
    return True


REQUIRES: Mapping[str, Asks] = {"loans": _loans}
"""In plain Python, what queues ask by expression."""


def _speaks_or_sells(agent: Agent, config: AgentConfig, waiting: float) -> bool:
    sells = agent.skills.get("sales", 0) >= 3
    return agent.skills.get("language.zh", 0) >= 6 or (sells and waiting >= 20)


WISHES: Mapping[str, tuple[str, Asks]] = {
    "": ("", anyone),
    'agent.team in ["north", "west"]': ('agent.team in ["north", "west"]', _not_south),
    "language.zh >= 6 or sales >= 3 and waiting >= 20": (
        "skill.language.zh >= 6 or (skill.sales >= 3 and waiting >= 20)", _speaks_or_sells,
    ),
}  # fmt: skip
"""Expressions of a contact's own: how they are written, how they are kept, and the same in
plain Python."""

BOUNDARIES = (17.0, 20.0, 31.0, 41.0, 61.0, 150.0)
"""Seconds of waiting at which somebody else becomes able."""
