"""Work that must keep its order per key, and may overlap across keys."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeVar

from core.errors import Full
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

T = TypeVar("T")
Job = Callable[[], Awaitable[object]]


class BacklogFull(Full):
    """One key has more work waiting than the bound allows."""

    code: ClassVar[str] = "backlog_full"


class KeyedWorker:
    """Runs jobs of one key one after the other, in the order they were given.

    A job's exception is logged and ends that job alone. ``bound`` is the most jobs
    that may wait for one key.
    """

    def __init__(self, name: str, *, bound: int = 1000) -> None:
        self._name = name
        self._bound = bound
        self._tasks = TaskOwner(name)
        self._waiting: dict[str, deque[tuple[str, Job]]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def submit(self, key: str, what: str, job: Job) -> None:
        """Run ``job`` after the earlier jobs of ``key``; ``what`` names it in logs.

        Raises :class:`BacklogFull`, and RuntimeError after :meth:`close`.
        """
        backlog = self._waiting.get(key)
        if backlog is None:
            self._waiting[key] = deque([(what, job)])
            self._idle.clear()
            self._tasks.start(self._run(key), name=key)
        elif len(backlog) >= self._bound:
            raise BacklogFull(f"{self._name}: {len(backlog)} jobs wait for {key}.", key=key)
        else:
            backlog.append((what, job))

    async def run(self, key: str, what: str, job: Callable[[], Awaitable[T]]) -> T:
        """Run ``job`` in its turn and return its result, or raise what it raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def turn() -> None:
            try:
                result = await job()
            except BaseException as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(result)

        self.submit(key, what, turn)
        return await done

    async def _run(self, key: str) -> None:
        backlog = self._waiting[key]
        try:
            while backlog:
                what, job = backlog[0]
                try:
                    await job()
                except Exception as error:
                    log.error("job.failed", worker=self._name, job=what, key=key, exc_info=error)
                backlog.popleft()
        finally:
            del self._waiting[key]
            if not self._waiting:
                self._idle.set()

    async def drain(self) -> None:
        """Wait until no job is left."""
        await self._idle.wait()

    async def close(self) -> None:
        """Cancel what runs and forget what waits."""
        await self._tasks.close()
