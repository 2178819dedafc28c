"""The queues of the day, and how each medium's customers come and wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.day.world import DayQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Of a medium. ``peaks``: (hour of the clock, height, width in hours) of bumps above
    ``floor``; what comes is proportional to their sum. ``spread``: coefficient of variation of
    handling times. ``patience``: mean seconds and Weibull shape. ``ring``: seconds from
    least to most until an agent answers. ``redial``: share of those who give up who come
    again."""

    floor: float
    peaks: tuple[tuple[float, float, float], ...]
    spread: float
    patience: tuple[float, float]
    ring: tuple[float, float]
    redial: float
    target: float
    priority: int


HABITS: Mapping[str, Habits] = {
    "voice": Habits(
        floor=0.6, peaks=((10.5, 0.85, 0.9), (14.7, 0.75, 1.1)), spread=0.85,
        patience=(210, 1.2), ring=(2, 9), redial=0.45, target=20, priority=20,
    ),
    "chat": Habits(
        floor=0.5, peaks=((11.5, 0.5, 1.0), (13.0, 0.6, 0.7), (16.5, 0.7, 1.0)), spread=0.75,
        patience=(260, 1.1), ring=(2, 12), redial=0.3, target=40, priority=16,
    ),
    "social": Habits(
        floor=0.5, peaks=((12.6, 0.7, 0.8), (17.5, 1.0, 1.5)), spread=0.9,
        patience=(1200, 0.9), ring=(3, 20), redial=0.2, target=180, priority=12,
    ),
    "sms": Habits(  # a mailing at eleven makes people answer
        floor=0.35, peaks=((11.1, 2.0, 0.25), (15.0, 0.4, 1.0)), spread=0.8,
        patience=(2400, 0.9), ring=(3, 20), redial=0.1, target=300, priority=8,
    ),
    "email": Habits(  # those of the night are there at nine
        floor=0.6, peaks=((9.2, 1.8, 0.5), (14.0, 0.5, 1.0)), spread=0.9,
        patience=(400_000, 1.0), ring=(4, 30), redial=0.0, target=7200, priority=0,
    ),
}  # fmt: skip

_TABLE = (
    # craft, language, medium, share of all work in per cent, handling s, wrap-up s
    ("support", "zh", "voice", 14, 300, 40),
    ("support", "en", "voice", 6, 330, 40),
    ("billing", "zh", "voice", 11, 240, 30),
    ("billing", "en", "voice", 5, 260, 30),
    ("sales", "zh", "voice", 10, 360, 50),
    ("sales", "en", "voice", 4, 380, 50),
    ("cards", "zh", "voice", 7, 210, 25),
    ("tech", "zh", "voice", 8, 480, 60),
    ("tech", "en", "voice", 4, 500, 60),
    ("complaints", "zh", "voice", 4, 540, 90),
    ("complaints", "en", "voice", 2, 560, 90),
    ("support", "zh", "chat", 6, 620, 30),
    ("support", "en", "chat", 3, 640, 30),
    ("billing", "zh", "chat", 3, 520, 30),
    ("sales", "zh", "chat", 3, 700, 30),
    ("support", "zh", "social", 2.5, 540, 20),
    ("sales", "en", "social", 1.0, 540, 20),
    ("billing", "zh", "sms", 1.0, 300, 15),
    ("support", "zh", "email", 2.5, 420, 10),
    ("support", "en", "email", 1.5, 420, 10),
    ("billing", "zh", "email", 1.5, 360, 10),
)


def queues() -> dict[str, DayQueue]:
    """All of them by name, such as ``voice.support.zh``."""
    made = {}
    for craft, language, medium, share, handling, wrap_up in _TABLE:
        name = f"{medium}.{craft}.{language}"
        least = 5 if craft == "complaints" else 2
        made[name] = DayQueue(
            name=name, medium=medium, craft=craft,
            skills={craft: least, f"language.{language}": 4},
            handling=handling, wrap_up=wrap_up, share=share / 100,
            target=HABITS[medium].target,
            priority=HABITS[medium].priority + (2 if craft == "complaints" else 0),
        )  # fmt: skip
    return made
