"""Making a day: the same seed makes the same day."""

from __future__ import annotations

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
