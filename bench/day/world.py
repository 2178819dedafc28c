"""The day, and what is asked of a centre that is to live through it.

Times are seconds since the opening; a day is made once (:mod:`bench.day.make`) and
replayed on any :class:`Centre` (:mod:`bench.day.loop`), so that strategies and routers
are compared over the same customers and the same people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

COST = {"voice": 100, "chat": 25, "social": 20, "sms": 15, "email": 10}
"""Of an agent's capacity of 100."""
INTERRUPTIBLE = frozenset({"email"})
"""Count for nothing when something else is to be offered, and are parked while that leaves
no room for them."""


class Strategy(StrEnum):
    """Which of several free agents takes a contact."""

    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"
    BEST_PROFICIENCY = "best_proficiency"
    ROUND_ROBIN = "round_robin"
    WEIGHTED = "weighted"


class Presence(StrEnum):
    """What an agent wants to be; who is busy becomes it afterwards."""

    READY = "ready"
    BREAK = "break"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayQueue:
    """``skills``: least proficiency; ``craft`` is that of them whose proficiency decides
    how fast an agent is. Seconds: handling without wrap-up at proficiency 5, and the
    service-level target."""

    name: str
    medium: str
    skills: Mapping[str, int]
    craft: str
    handling: float
    wrap_up: float
    target: float
    priority: int
    share: float  # of the day's work


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAgent:
    """``media``: how many contacts of each at once. ``plan``: when they want to be what."""

    id: str
    skills: Mapping[str, int]
    media: Mapping[str, int]
    plan: Sequence[tuple[float, Presence]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayContact:
    """One customer's wish to talk. Seconds: ``talk`` with an agent of proficiency 5.
    ``redials``: how long after giving up they try again; None: they do not.
    ``ignored``: the first agent whom it is offered to does not answer."""

    id: str
    at: float
    queue: str
    customer: str
    priority: int
    patience: float
    ring: float
    talk: float
    wrap_up: float
    redials: float | None = None
    ignored: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All of it; ``contacts`` in the order of their arrival."""

    seed: int
    seconds: float
    opens: float  # hour of the clock
    queues: Mapping[str, DayQueue]
    agents: Sequence[DayAgent]
    contacts: Sequence[DayContact]


class People(Protocol):
    """What a centre reports; called while one of its verbs runs."""

    def offered(self, offer_id: str, contact_id: str, agent_id: str) -> None:
        """The agent's device alerts."""

    def rescinded(self, offer_id: str) -> None:
        """The alert was taken back."""

    def parked(self, contact_id: str) -> None:
        """The agent has something more urgent; work on this stands still."""

    def resumed(self, contact_id: str) -> None:
        """...and goes on."""


class Centre(Protocol):
    """A router and all around it. Each verb happens at the time of the last
    :meth:`advance` and returns when everything that follows from it has been done and
    reported to :class:`People`."""

    async def start(self, day: Day, strategy: Strategy, people: People) -> None:
        """Nobody is logged in, nobody waits."""

    async def close(self) -> None:
        """Let go of everything."""

    async def advance(self, to: float) -> None:
        """It is now ``to``; what was due before happens at its own time."""

    async def agent_state(self, agent_id: str, presence: Presence) -> None:
        """The agent says what they want to be."""

    async def arrive(self, contact: DayContact) -> None:
        """A customer enters the queue."""

    async def leave(self, contact_id: str) -> None:
        """The customer gives up, waiting or while an agent's device alerts."""

    async def answer(self, offer_id: str) -> bool:
        """The agent answers; False: too late."""

    async def reject(self, offer_id: str) -> None:
        """The agent does not: not ready until they say otherwise, the contact goes on."""

    async def end(self, contact_id: str) -> None:
        """The talk is over, wrap-up begins."""

    async def wrapped_up(self, contact_id: str) -> None:
        """...and is over."""


def speed(day: Day, agent: DayAgent, queue: str) -> float:
    """By how much the agent's handling time differs from the queue's."""
    return speed_of(agent.skills.get(day.queues[queue].craft, 5))


def speed_of(proficiency: int) -> float:
    """0.8 for a master, 1.16 for a beginner."""
    return 1 + 0.04 * (5 - proficiency)
