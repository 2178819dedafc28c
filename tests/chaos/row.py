"""What a row of the table is: a fault or an attack, the promise, and what was seen.

A row is a module of ``tests/chaos/faults`` or ``tests/chaos/attacks`` with one name,
``ROW``. Its ``run`` gets a :class:`~tests.chaos.scene.Scene` and returns what it saw::

    async def run(scene: Scene) -> Seen:
        async with scene.house() as house:
            people = await house.people()
            ...                                  # the fault, while people talk and call
            return await people.judge(fault_ended)

    ROW = Row(name="app-killed", title="The app is killed (SIGKILL)",
              promise="Talks go on; callers wait", run=run, quick=True)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.scene import Scene


class CannotRun(Exception):
    """The machine lacks what the row needs (root, a program); the text says what."""


@dataclass(slots=True)
class Seen:
    """What a row saw. ``well_after``: seconds from the end of the fault until everything
    was well again, None where that has no meaning. ``broken`` says, one text each, which
    part of the promise did not hold."""

    noticed: str
    lost: str
    well_after: float | None = None
    broken: list[str] = field(default_factory=list)

    def must(self, holds: bool, text: str) -> None:
        """Note ``text`` as a broken promise unless it ``holds``."""
        if not holds:
            self.broken.append(text)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    ``quick`` rows also run, in their short form (``scene.quick``), with every run of the
    tests; they take less than a minute. ``seconds`` is the most that a row may take.
    """

    name: str
    title: str
    promise: str
    run: Callable[[Scene], Awaitable[Seen]]
    quick: bool = False
    seconds: float = 240.0
