"""What is done to its end, whoever asked for it.

A medium parts two people, and that they are apart is written: were the request cancelled
between the two, the state would say for ever what is not so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)
T = TypeVar("T")

_CLOSING_SECONDS = 3.0


class Wholes:
    """Runs such work as ``tasks``."""

    def __init__(self, tasks: TaskOwner) -> None:
        self._tasks = tasks
        self._running: set[asyncio.Task[Any]] = set()

    async def do(self, work: Coroutine[Any, Any, T], *, name: str) -> T:
        """Do ``work``; it goes on if whoever asked is cancelled. Raises what it raises."""
        failed: list[Exception] = []

        async def run() -> T | None:
            try:
                return await work
            except Exception as error:
                failed.append(error)
                return None

        def log_late(_: object) -> None:
            for error in failed:
                log.warning("router.failed_unheard", what=name, exc_info=error)

        task = self._tasks.start(run(), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(log_late)
            raise
        if failed:
            raise failed[0]
        return cast(T, result)

    async def end(self) -> None:
        """Wait a while for what is under way."""
        if self._running:
            await asyncio.wait(self._running, timeout=_CLOSING_SECONDS)
