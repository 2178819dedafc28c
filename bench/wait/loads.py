"""The loads: days, or stretches of them, that a predictor of waits has to stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bench.wait.centre import Course, Group, Line, Load


def course(*points: tuple[float, float]) -> Course:
    """A straight line from point to point: (hours, figure)."""

    def at(seconds: float) -> float:
        hours = seconds / 3600
        if hours <= points[0][0]:
            return points[0][1]
        for (x0, y0), (x1, y1) in pairwise(points):
            if hours <= x1:
                return y0 + (y1 - y0) * (hours - x0) / (x1 - x0) if x1 > x0 else y1
        return points[-1][1]

    return at


def always(figure: float) -> Course:
    """The same all the time."""
    return course((0, figure))


def _line(name: str, load: Course, agents: float, *, handling: float = 240, **more: float) -> Line:
    """A line whose arrivals would keep ``agents`` busy ``load`` of their time."""
    taken = handling + 6  # the ringing counts
    peak = max(load(h * 360) for h in range(100))
    return Line(
        name=name, rate=lambda t: load(t) * agents / taken, most=1.02 * peak * agents / taken,
        handling=always(handling), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _one(name: str, load: Course, agents: int, staff: Course | None = None, **more: float) -> Load:
    line = _line("a", load, agents, **more)
    return Load(
        name=name, lines=[line], groups=[Group(lines=("a",), staff=staff or always(agents))]
    )


def loads() -> Sequence[Load]:
    """All of them, 8 h each."""
    lunch = course((0, 20), (3, 20), (3.02, 12), (4.5, 12), (4.52, 20), (8, 20))
    wave = course((0, 0.6), (1.5, 0.9), (2.5, 1.35), (3.5, 0.8), (5, 1.0), (6, 1.3), (8, 0.5))
    shifted = Line(
        name="a", rate=always(20 / 246), most=20 / 246, patience=900,
        handling=course((0, 240), (4, 240), (4.25, 400), (8, 400)),
    )  # fmt: skip
    return (
        _one("steady", always(1.02), 20, patience=900),
        _one("steady, 3 agents", always(0.95), 3, patience=1500, handling=300, spread=0.7),
        _one("steady, 100 agents", always(1.03), 100, patience=900),
        _one("ramp up", course((0, 0.6), (8, 1.35)), 20, patience=900),
        _one("ramp down", course((0, 1.5), (8, 0.7)), 20, patience=1200),
        _one("two peaks", wave, 20, patience=1200),
        _one("lunch dip in staff", always(0.92), 20, staff=lunch, patience=1200),
        _one("heavy abandonment", always(1.5), 20, patience=240, shape=1.5),
        Load(
            name="handling times grow", lines=[shifted],
            groups=[Group(lines=("a",), staff=always(22))],
        ),
        Load(
            name="two queues share agents",
            lines=[
                _line("a", always(1.0), 12, patience=1200),
                _line("b", wave, 12, patience=1200, handling=360),
            ],
            groups=[
                Group(lines=("a",), staff=always(4)), Group(lines=("b",), staff=always(5)),
                Group(lines=("a", "b"), staff=always(14)),
            ],
        ),
        Load(
            name="one in six overtakes",
            lines=[
                _line("vip", always(1.02), 20 / 6, patience=1200, priority=1),
                _line("a", always(1.02), 20 * 5 / 6, patience=1200),
            ],
            groups=[Group(lines=("a", "vip"), staff=always(20))],
        ),
    )  # fmt: skip
