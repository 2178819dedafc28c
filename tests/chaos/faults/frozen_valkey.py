"""Valkey stands still for 10 s (SIGSTOP)."""

from __future__ import annotations

from tests.chaos.frozen import frozen
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    return await frozen(scene, "valkey", seconds=scene.seconds(10, 5))


ROW = Row(
    name="frozen-valkey",
    title="Valkey stands still for 10 s (SIGSTOP)",
    promise="Talks go on; callers wait",
    run=run,
)
