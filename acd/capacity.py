"""How much of an agent a contact takes: weighted capacity across all media.

An agent has a capacity (100 unless configured) that all media share: a call takes all
of it, a chat a quarter. Contacts of an *interruptible* medium do not stand in the way
of one that *interrupts*: an agent busy with e-mail can be offered a call, and the
e-mail is parked when they take it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from acd.assignment_states import AssignmentState
from acd.model import Agent, AgentConfig, Assignment, Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumPolicy:
    """``weight`` of one contact; ``most`` at once with one agent; ``park_after``
    seconds of a customer's silence it is parked, and after ``end_after`` more it is over
    (None: never)."""

    weight: int
    most: int = 100
    interrupts: bool = False
    interruptible: bool = False
    park_after: float | None = None
    end_after: float | None = 24 * 3600.0


Policies = Mapping[Medium, MediumPolicy]

DEFAULT: Policies = {
    Medium.VOICE: MediumPolicy(weight=100, most=1, interrupts=True),
    Medium.VIDEO: MediumPolicy(weight=100, most=1, interrupts=True),
    Medium.CHAT: MediumPolicy(weight=25, park_after=300),
    Medium.SOCIAL: MediumPolicy(weight=20, park_after=900),
    Medium.SMS: MediumPolicy(weight=15, park_after=900),
    Medium.EMAIL: MediumPolicy(weight=10, interruptible=True),
    Medium.TASK: MediumPolicy(weight=10, interruptible=True),
}

_PARKED = AssignmentState.PARKED


def used(agent: Agent) -> int:
    """What the agent's contacts take, those parked excepted."""
    return sum(one.weight for one in agent.assignments if one.state is not _PARKED)


def fits(agent: Agent, config: AgentConfig, medium: Medium, policies: Policies) -> bool:
    """Whether one more contact of ``medium`` fits beside what the agent has."""
    policy = policies[medium]
    if not agent.assignments:  # the usual case
        return policy.weight <= config.capacity and config.most.get(medium, policy.most) > 0
    taken = policy.weight
    alike = 0
    for one in agent.assignments:
        if one.state is _PARKED:
            continue
        if one.medium is medium:
            alike += 1
        interrupted = policy.interrupts and policies[one.medium].interruptible
        if not interrupted or one.state is AssignmentState.WRAP_UP:  # which cannot be put aside
            taken += one.weight
    return taken <= config.capacity and alike < config.most.get(medium, policy.most)


def to_park(agent: Agent, config: AgentConfig, policies: Policies) -> list[Assignment]:
    """Which of the interruptible must be put aside because more is in hand than fits.
    What only rings as yet interrupts nothing."""
    rings = AssignmentState.OFFERED
    over = used(agent) - config.capacity
    over -= sum(one.weight for one in agent.assignments if one.state is rings)
    found = []
    for one in agent.assignments:
        if over <= 0:
            break
        if one.state is AssignmentState.ACTIVE and policies[one.medium].interruptible:
            found.append(one)
            over -= one.weight
    return found


def to_resume(agent: Agent, config: AgentConfig) -> list[Assignment]:
    """Which of those put aside fit again, longest parked first."""
    room = config.capacity - used(agent)
    found = []
    for one in sorted((a for a in agent.assignments if a.state is _PARKED), key=lambda a: a.since):
        if one.weight <= room:
            found.append(one)
            room -= one.weight
    return found
