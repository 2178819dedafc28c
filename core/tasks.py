"""Owned background tasks: nothing is fired and forgotten.

asyncio keeps only weak references to tasks and swallows their exceptions until
they are collected. A :class:`TaskOwner` keeps them, logs what kills them and
cancels them when its owner closes. What must not end before its owner does
(:meth:`TaskOwner.keep`) is started again when it dies.
"""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from core.log import get_logger
from core.metrics import task_failures_total

log = get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a kept task is started again
STEADY_SECONDS = 30.0  # after so long a life a death is no longer 'again'
_PATIENCE = 2.0  # seconds for a task to put its things away


@dataclass(eq=False, slots=True)
class Kept:
    """A task that is started again when it dies."""

    name: str
    deaths: int = 0
    died_at: float | None = None
    why: str = ""

    def died(self, now: float, why: str) -> None:
        self.deaths += 1
        self.died_at, self.why = now, why
        task_failures_total.labels(self.name).inc()


_KEPT: set[Kept] = set()


def failing(now: float) -> list[Kept]:
    """The kept tasks of this process that died within :data:`STEADY_SECONDS` before
    ``now`` (the event loop's time): they are not, or have only just been, at work again."""
    return [k for k in _KEPT if k.died_at is not None and now - k.died_at < STEADY_SECONDS]


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

    def keep(self, work: Callable[[], Coroutine[Any, Any, Any]], *, name: str) -> asyncio.Task[Any]:
        """Run ``work()``, which is meant to go on for ever, until the owner closes.

        When it raises, or returns, it is called again after a pause that grows from
        :data:`FIRST_PAUSE` to :data:`LONGEST_PAUSE` seconds. :func:`failing` tells of it
        until it has run for :data:`STEADY_SECONDS` again, ``parley_task_failures_total``
        counts, the log says why.
        """
        return self.start(self._keep(work, Kept(f"{self._name}:{name}")), name=name)

    async def _keep(self, work: Callable[[], Coroutine[Any, Any, Any]], kept: Kept) -> None:
        loop = asyncio.get_running_loop()
        _KEPT.add(kept)
        pause = FIRST_PAUSE
        try:
            while True:
                began = loop.time()
                error: Exception | None = None
                try:
                    await work()
                except Exception as failure:
                    error = failure
                if loop.time() - began > STEADY_SECONDS:
                    pause = FIRST_PAUSE
                kept.died(loop.time(), type(error).__name__ if error else "it ended")
                log.error("task.died", task=kept.name, restart_in=pause, exc_info=error)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            _KEPT.discard(kept)

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
