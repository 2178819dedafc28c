"""Making a day: the same seed makes the same day."""

from __future__ import annotations

from dataclasses import replace

from bench.day.arrivals import OPENS, customers
from bench.day.queues import queues
from bench.day.staff import staff
from bench.day.world import Day


def make(seed: int = 1, *, agents: int = 300, begin: float = 0.0, end: float = 8.0) -> Day:
    """A day of ``agents`` from ``begin`` to ``end``, in hours after nine o'clock."""
    lines = queues()
    people = staff(seed, agents, lines, begin, end)
    return Day(
        seed=seed, seconds=(end - begin) * 3600, opens=OPENS + begin, queues=lines, agents=people,
        contacts=customers(seed, lines, people, begin, end),
    )  # fmt: skip


def only(day: Day, medium: str) -> Day:
    """The same day with the contacts, the agents and the work of one medium."""
    agents = [
        replace(agent, media={medium: agent.media[medium]})
        for agent in day.agents
        if medium in agent.media
    ]
    return replace(
        day, agents=agents,
        queues={name: queue for name, queue in day.queues.items() if queue.medium == medium},
        contacts=[c for c in day.contacts if day.queues[c.queue].medium == medium],
    )  # fmt: skip
