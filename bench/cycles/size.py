"""What a decision costs in small and large centres while agents are idle.

Outside of peaks most agents wait for work: each contact finds many who could take it.
The board alone is measured, without a server: a contact enters, its agent is chosen, the
agent becomes busy, and whoever has talked for longest becomes idle again.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from acd import order
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.board import Board
from acd.capacity import DEFAULT
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.model import Agent, Assignment, Contact, Medium, QueueConfig
from bench.cycles.company import CHANNELS, company, medium

_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_BUSY_SHARE = 0.5  # of the agents, at most 500: they talk


def _agent(directory: StaticDirectory, number: int) -> Agent:
    config = directory.agents()[number]
    return Agent(
        version=1, id=config.id, device=config.device, skills=dict(config.skills),
        presence=Presence.READY, since=_NOW, idle_since=_NOW - timedelta(seconds=number % 3600),
    )  # fmt: skip


def _contact(number: int, queue: QueueConfig, one: Medium) -> Contact:
    contact = Contact(
        version=1, id=f"con_{number:06}", medium=one, channel=CHANNELS[one],
        direction="inbound", created_at=_NOW, state=ContactState.QUEUED, queue=queue.name,
        enqueued_at=_NOW,
    )  # fmt: skip
    contact.slope = order.slope(queue)
    contact.rank = order.rank(contact)
    return contact


def decisions(agents: int, queues: int, count: int) -> dict[str, Any]:
    """CPU microseconds a decision after ``count / 4`` to get used to it, and the milliseconds
    until a new leader has taken in all agents and made its first decision."""
    dice = random.Random(9)
    directory = company(agents, queues)
    lines = list(directory.queues())
    people = [_agent(directory, number) for number in range(agents)]
    board = Board(directory, DEFAULT)
    begun = time.process_time()
    for one in people:
        board.put_agent(one)
    board.put_contact(_contact(0, lines[0], Medium.VOICE), _NOW)
    first = board.pairs(_NOW, 1)
    leader_ms = 1000 * (time.process_time() - begun)
    assert first, "nobody was found"
    taken: deque[Agent] = deque()
    costs: list[float] = []
    for number in range(1, count + count // 4 + 1):
        contact = _contact(number, dice.choice(lines), medium(dice))
        begun = time.process_time()
        board.put_contact(contact, _NOW)
        pairs = board.pairs(_NOW, 1)
        for pair in pairs:  # as Redis would say
            board.decided(pair.staff.agent.id, pair.waiting.contact_id)
            agent = pair.staff.agent
            agent.assignments.append(
                Assignment(
                    contact_id=contact.id, medium=contact.medium, weight=100,
                    state=AssignmentState.ACTIVE, since=_NOW,
                )
            )  # fmt: skip
            board.put_agent(agent)
            board.drop_contact(contact.id)
            taken.append(agent)
        if len(taken) > min(500, int(agents * _BUSY_SHARE)):
            agent = taken.popleft()
            agent.assignments.clear()
            agent.idle_since = _NOW + timedelta(milliseconds=number)
            board.put_agent(agent)
        if number > count // 4:
            costs.append(time.process_time() - begun)
    return {
        "us a decision, p50": round(1e6 * statistics.median(costs), 1),
        "us a decision, mean": round(1e6 * statistics.fmean(costs), 1),
        "ms, new leader's first": round(leader_ms, 1),
    }


def compare(quick: bool) -> dict[str, dict[str, Any]]:
    """A row for each size, with its growth over the smallest."""
    count = 500 if quick else 4000
    rows: dict[str, dict[str, Any]] = {}
    least = 0.0
    for agents, queues in ((100, 10), (1_000, 100), (2_000, 100), (10_000, 100), (10_000, 1_000)):
        row = decisions(agents, queues, count)
        least = least or row["us a decision, mean"]
        row["growth"] = f"{row['us a decision, mean'] / least:.2f}x"
        rows[f"{agents:,} agents idle, {queues:,} queues"] = row
    return rows
