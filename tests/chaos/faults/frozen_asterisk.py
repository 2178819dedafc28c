"""Asterisk stands still for 6 s (SIGSTOP)."""

from __future__ import annotations

from tests.chaos.frozen import frozen
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    return await frozen(scene, "asterisk", seconds=scene.seconds(6, 6), may_hear_nothing=12.0)


ROW = Row(
    name="frozen-asterisk",
    title="Asterisk stands still for 6 s (SIGSTOP)",
    promise="Silence for as long; no talk ends, nobody is lost",
    run=run,
)
