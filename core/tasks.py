"""Owned background tasks: nothing is fired and forgotten.

asyncio keeps only weak references to tasks and swallows their exceptions until
they are collected. A :class:`TaskOwner` keeps them, logs what kills them and
cancels them when its owner closes.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Coroutine
from typing import Any

from core.log import get_logger

log = get_logger(__name__)

_PATIENCE = 2.0  # seconds for a task to put its things away


class TaskOwner:
    """Holds the tasks of one object and ends them with it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Run ``work`` until it ends or the owner closes.

        Raises RuntimeError after :meth:`close` (the coroutine is closed too, so
        that Python does not warn that it was never awaited).
        """
        if self._closed:
            work.close()
            raise RuntimeError(f"{self._name} is closed; {name} was not started")
        task = asyncio.create_task(work, name=f"{self._name}:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.failed", task=task.get_name(), exc_info=error)

    def __len__(self) -> int:
        return len(self._tasks)

    async def drain(self, seconds: float) -> bool:
        """Wait for the tasks to end by themselves; False if some did not."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        return not self._tasks

    async def close(self) -> None:
        """Cancel what still runs and wait until it has ended.

        ``asyncio.wait_for`` of Python 3.11 swallows a cancellation that comes as what
        it waits for completes; what is still there after a while is cancelled again.
        """
        self._closed = True
        current = asyncio.current_task()
        running = {t for t in self._tasks if t is not current}
        while running:
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=_PATIENCE)
            for task in running:
                log.warning("task.cancel_ignored", task=task.get_name())


async def first_of(*works: Coroutine[Any, Any, object], seconds: float) -> None:
    """Run ``works`` side by side until one has ended or ``seconds`` are over, and
    cancel the others. Raises what the one that ended raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
