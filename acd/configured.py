"""Agents and queues as they are configured, as far as the router must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from acd.medium import Medium
from acd.requirement import ANYONE, Requirement, all_of, of_skills


@dataclass(slots=True, kw_only=True, frozen=True)
class AgentConfig:
    """What the router must know of an agent before they log in.

    ``capacity`` is shared by all media (see :mod:`acd.capacity`); ``most`` limits
    single media; ``weight`` is the share of contacts under the strategy ``weighted``;
    ``attributes`` are what requirements call ``agent.NAME``. ``wrap_up_seconds`` is instead
    of what queues give, in all media.
    """

    id: str
    device: str
    skills: Mapping[str, int] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    capacity: int = 100
    most: Mapping[Medium, int] = field(default_factory=dict)
    weight: float = 1.0
    experience: float = 0.0  # years, or any number that grows with it
    wrap_up_seconds: float | None = None  # None: the queue's


class Strategy(StrEnum):
    """Which of several able agents gets the contact."""

    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"  # share of the day with something in hand
    BEST_PROFICIENCY = "best_proficiency"  # in what the contact asks for
    ROUND_ROBIN = "round_robin"  # whose last turn in this queue is longest ago
    WEIGHTED = "weighted"  # fewest contacts today for their weight
    MOST_EXPERIENCED = "most_experienced"


class Ordering(StrEnum):
    """How the contacts of a queue age against those of others."""

    AGE = "age"  # by the queue's ageing rate
    SERVICE_LEVEL = "service_level"  # faster, the shorter the queue's target is


@dataclass(slots=True, kw_only=True, frozen=True)
class Relaxation:
    """From ``after`` seconds of waiting on less is asked: proficiencies are lowered,
    skills dropped, and who serves the queues ``also`` may take the contact too. Each
    step adds to those before it."""

    after: float
    lower: Mapping[str, int] = field(default_factory=dict)
    drop: Sequence[str] = ()
    also: Sequence[str] = ()


class Openness(Protocol):
    """Opening hours (``config.hours.Hours`` is one)."""

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at ``at`` (aware)."""
        ...


@dataclass(slots=True, kw_only=True, frozen=True)
class Target:
    """Where a contact goes that cannot wait (any longer): ``kind`` is ``queue``,
    ``flow`` or ``hangup``, ``name`` that of the queue or flow."""

    kind: str
    name: str = ""


@dataclass(slots=True, kw_only=True, frozen=True)
class QueueConfig:
    """What the router must know of a queue. Seconds throughout.

    ``skills`` and ``requires`` together are what is asked of agents. ``ageing`` is how
    many points of priority a minute of waiting is worth. ``hours`` None: always open.
    """

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    requires: Requirement = ANYONE
    relax: Sequence[Relaxation] = ()
    priority: int = 0
    ageing: float = 1.0
    ordering: Ordering = Ordering.AGE
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_seconds: float = 20.0
    wrap_up_seconds: float = 30.0
    wrap_up: Mapping[Medium, float] = field(default_factory=dict)  # where it differs
    max_waiting: int = 1000
    service_level_seconds: float = 20.0
    expected_handling_seconds: float = 240.0  # until the estimator has seen enough
    hours: Openness | None = None
    overflow_after: float | None = None  # seconds of waiting in this queue
    overflow_to: Target = Target(kind="hangup")
    longest_expected_wait: float | None = None  # more: refused on entry
    last_agent_seconds: float = 0.0  # how long the last agent is preferred; 0: not
    dedicated_agent_seconds: float = 0.0
    transfer_back_after: float = 60.0  # until then not to who passed it on; 0: at once
    call_back_attempts: int = 3
    call_back_retry_seconds: float = 300.0

    @property
    def requirement(self) -> Requirement:
        """All that the queue asks, before any relaxation."""
        return all_of(of_skills(self.skills), self.requires)

    def wrap_up_of(self, medium: Medium) -> float:
        """Seconds of wrap-up after a contact of ``medium``."""
        return self.wrap_up.get(medium, self.wrap_up_seconds)
