"""The straightforward way, for comparison: look at everything for each decision.

This is what dispatchers do that poll: go over all who wait, in order, and over all agents
for each, until a pair fits. Same rules, written down once more in the plainest way, so
that it also checks the board: both must make the same pairs in the same order.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from acd import order
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.board import Board
from acd.capacity import DEFAULT
from acd.contact_states import ContactState
from acd.model import Agent, Assignment, Contact, QueueConfig
from bench.cycles.company import AGENTS, CHANNELS, company, medium

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Scene:
    """Who waits and who works."""

    contacts: list[Contact]
    agents: list[Agent]
    queues: dict[str, QueueConfig]


def scene(waiting: int, agents: int = AGENTS, seed: int = 3) -> Scene:
    """A rush hour: all agents busy."""
    dice = random.Random(seed)
    directory = company(agents)
    queues = {queue.name: queue for queue in directory.queues()}
    contacts = []
    for number in range(waiting):
        one, queue = medium(dice), dice.choice(list(queues.values()))
        contact = Contact(
            version=1, id=f"con_{number:06}", medium=one, channel=CHANNELS[one],
            direction="inbound", created_at=_NOW, state=ContactState.QUEUED, queue=queue.name,
            priority=dice.choice((0, 0, 0, 5, 10)),
            enqueued_at=_NOW - timedelta(seconds=dice.uniform(0, 1200)),
        )  # fmt: skip
        contact.slope = order.slope(queue)
        contact.rank = order.rank(contact)
        contacts.append(contact)
    staff = []
    for config in directory.agents():
        agent = Agent(
            version=1, id=config.id, device=config.device, skills=dict(config.skills),
            presence=Presence.READY, since=_NOW, idle_since=_NOW,
        )  # fmt: skip
        agent.assignments = [_busy(agent)]
        staff.append(agent)
    return Scene(contacts, staff, queues)


def _busy(agent: Agent) -> Assignment:
    return Assignment(
        contact_id=f"of-{agent.id}", medium=medium(random.Random(0)), weight=100,
        state=AssignmentState.ACTIVE, since=_NOW,
    )  # fmt: skip


def freed(scene: Scene, seed: int, count: int) -> list[Agent]:
    """Agents whose conversations end one after another."""
    dice = random.Random(seed)
    return [dice.choice(scene.agents) for _ in range(count)]


class Scan:
    """Decides by looking at everything."""

    def __init__(self, scene: Scene) -> None:
        self.waiting = list(scene.contacts)
        self.agents = {agent.id: _copy(agent) for agent in scene.agents}
        self.queues = scene.queues

    def free(self, agent_id: str) -> tuple[str, str] | None:
        """The agent's hands are free: who gets whom."""
        self.agents[agent_id].assignments.clear()
        at = _NOW.timestamp()
        ordered = sorted(
            self.waiting,
            key=lambda c: (-order.score(c.rank, c.slope, at), c.enqueued_at, c.id),
        )
        for contact in ordered:
            fit = [agent for agent in self.agents.values() if self._fits(agent, contact)]
            if fit:
                best = min(fit, key=lambda a: (_used(a), a.idle_since, a.id))
                best.assignments.append(
                    Assignment(
                        contact_id=contact.id, medium=contact.medium,
                        weight=DEFAULT[contact.medium].weight, state=AssignmentState.OFFERED,
                        since=_NOW,
                    )
                )  # fmt: skip
                self.waiting.remove(contact)
                return contact.id, best.id
        return None

    def _fits(self, agent: Agent, contact: Contact) -> bool:
        queue = self.queues[contact.queue or ""]
        assert contact.enqueued_at is not None
        waited = (_NOW - contact.enqueued_at).total_seconds()
        asked = dict(queue.skills)
        for step in queue.relax:
            if step.after <= waited:
                asked.update({s: min(asked[s], n) for s, n in step.lower.items()})
        policy = DEFAULT[contact.medium]
        taken = sum(
            one.weight
            for one in agent.assignments
            if not (policy.interrupts and DEFAULT[one.medium].interruptible)
        )
        room = taken + policy.weight <= 100
        alike = sum(one.medium is contact.medium for one in agent.assignments)
        skilled = all(agent.skills.get(skill, 0) >= least for skill, least in asked.items())
        return room and alike < policy.most and skilled


def _used(agent: Agent) -> int:
    return sum(one.weight for one in agent.assignments)


def _copy(agent: Agent) -> Agent:
    return Agent(
        version=agent.version, id=agent.id, device=agent.device, skills=agent.skills,
        presence=agent.presence, since=agent.since, idle_since=agent.idle_since,
        assignments=list(agent.assignments),
    )  # fmt: skip


def by_board(scene: Scene, agents: list[Agent]) -> tuple[list[tuple[str, str] | None], float]:
    """The pairs that the board makes as these agents become free, one each, and the
    seconds it took."""
    board = Board(company(len(scene.agents)), DEFAULT)
    for contact in scene.contacts:
        board.put_contact(contact, _NOW)
    for agent in scene.agents:
        board.put_agent(_copy(agent))
    assert board.next_pair(_NOW) is None
    found: list[tuple[str, str] | None] = []
    begun = time.process_time()
    for agent in agents:
        now = board.staff[agent.id].agent
        now.assignments.clear()
        board.put_agent(now)
        pair = board.next_pair(_NOW)
        found.append((pair.waiting.contact_id, pair.staff.agent.id) if pair else None)
        if pair is not None:  # as Redis would say; one contact at a time, like the scan
            board.decided(pair.staff.agent.id, pair.waiting.contact_id)
            taken = pair.staff.agent
            medium = pair.waiting.placement.asked.medium if pair.waiting.placement.asked else None
            assert medium is not None
            held = [one for one in taken.assignments if one.contact_id != pair.waiting.contact_id]
            taken.assignments[:] = [
                *held,
                Assignment(
                    contact_id=pair.waiting.contact_id, medium=medium, weight=100,
                    state=AssignmentState.OFFERED, since=_NOW,
                ),
            ]  # fmt: skip
            board.put_agent(taken)
    return found, time.process_time() - begun


def by_scan(scene: Scene, agents: list[Agent]) -> tuple[list[tuple[str, str] | None], float]:
    """The same by :class:`Scan`."""
    scan = Scan(scene)
    found = []
    begun = time.process_time()
    for agent in agents:
        pair = scan.free(agent.id)
        found.append(pair)
        if pair is not None:
            scan.agents[pair[1]].assignments[-1].weight = 100
    return found, time.process_time() - begun


def compare(waiting: int, decisions: int) -> dict[str, dict[str, Any]]:
    """Microseconds a decision, ours and by scanning; and whether they chose alike."""
    one = scene(waiting)
    agents = freed(one, 5, decisions)
    ours, our_seconds = by_board(one, agents)
    theirs, their_seconds = by_scan(one, agents)
    alike = sum(a == b for a, b in zip(ours, theirs, strict=True))
    return {
        f"decision by the board, {waiting:,} waiting": {
            "us a decision": round(1e6 * our_seconds / decisions, 1),
            "alike": f"{alike} of {decisions}",
        },
        f"decision by a scan, {waiting:,} waiting": {
            "us a decision": round(1e6 * their_seconds / decisions, 1),
        },
    }
