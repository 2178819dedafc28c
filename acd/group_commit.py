"""Writes of this process, many at a time.

While one batch is on its way to the server further changes gather, and go with the
next: under load a script call carries dozens of them, and an idle system writes each
at once. Every change succeeds or is refused by itself.

A batch has a number that the server remembers with its answer, so that sending it
again after a lost reply writes nothing twice. One that was given up and reaches the server
after its successor writes nothing either; :meth:`GroupCommit.fence` makes sure that there
is a successor before what it might have written is read.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from acd.change import Change
from core.errors import Full
from core.log import get_logger
from core.redis import Keys, RedisUnavailable
from core.tasks import TaskOwner

log = get_logger(__name__)

MOST_A_BATCH = 64  # so that the server is not kept for long
MOST_WAITING = 100_000
TOLD_ENTRIES = 20_000  # of the stream that tells other processes
_packer = msgspec.msgpack.Encoder()
Patiently = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


class GroupCommit:
    """The future of ``submit`` answers what the script says of the change. ``written``
    is called, in the order of writing, for each change that was written, even if
    whoever asked for it was cancelled meanwhile; ``refused`` for each that was not, or
    of which it is not known; ``given_up`` when the server takes no writes."""

    def __init__(
        self, redis: Redis, keys: Keys, process: str, patiently: Patiently,
        written: Callable[[Change], None], refused: Callable[[Change], None],
        given_up: Callable[[], None],
    ) -> None:  # fmt: skip
        lua = (Path(__file__).parent / "lua" / "commit.lua").read_text()
        self._script = redis.register_script(lua)
        self._keys = [keys("wrote", process), keys("routers"), keys("changes")]
        self._process = process
        self._patiently = patiently
        self._written = written
        self._refused = refused
        self._given_up = given_up
        self._number = time.time_ns()
        self._lost = False  # of the last batch it is not known whether it was written
        self._waiting: deque[tuple[Change, asyncio.Future[str]]] = deque()
        self._last: asyncio.Future[str] | None = None
        self._tasks = TaskOwner("acd.commit")
        self._flushing: asyncio.Task[None] | None = None

    def submit(self, change: Change) -> asyncio.Future[str]:
        """Write ``change``; ``ok``, ``conflict KEY``, ``fenced`` or ``full KEY``. The
        future raises :class:`~core.redis.RedisUnavailable`; raises
        :class:`~core.errors.Full` if :data:`MOST_WAITING` changes wait already."""
        if len(self._waiting) >= MOST_WAITING:
            raise Full("Too many changes wait to be written.", hint="Is Redis overloaded?")
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_heed)  # whoever asked may be gone
        self._waiting.append((change, future))
        self._last = future
        if self._flushing is None or self._flushing.done():
            self._flushing = self._tasks.start(self._flush(), name="flush")
        return future

    async def settled(self) -> None:
        """Wait until all that was submitted until now is answered."""
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])

    async def fence(self) -> None:
        """Let nothing that was given up be written from now on. Raises
        :class:`~core.redis.RedisUnavailable`."""
        if self._lost:
            await asyncio.shield(self.submit(Change(Keys(), datetime.now(UTC))))

    async def close(self) -> None:
        """Write what waits."""
        if self._flushing is not None:
            await asyncio.wait([self._flushing], timeout=5.0)
        await self._tasks.close()

    async def _flush(self) -> None:
        # Whoever changes something in this same turn of the loop comes along.
        await asyncio.sleep(0)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST_A_BATCH, len(self._waiting)))]
            try:
                answers = await self._send(batch)
            except BaseException as error:
                self._lost = True
                for change, future in batch:
                    self._refused(change)
                    if not future.done():
                        future.set_exception(_for_asker(error))
                if not isinstance(error, Exception):
                    raise
                if isinstance(error, ResponseError):
                    self._give_up()  # it answers, and takes no writes: as good as away
                continue
            self._lost = False
            for (change, future), answer in zip(batch, answers, strict=True):
                if answer == "ok":
                    self._tell(change)
                else:
                    self._refused(change)
                if not future.done():
                    future.set_result(answer)

    async def _send(self, batch: list[tuple[Change, asyncio.Future[str]]]) -> list[str]:
        self._number += 1
        operations: list[str] = []
        for change, _ in batch:
            operations += change.operations()
        packed = _packer.encode(operations)
        arguments: list[str | int | bytes] = [self._number, self._process, TOLD_ENTRIES, packed]
        answer = await self._patiently(lambda: self._script(keys=self._keys, args=arguments))
        return [str(one) for one in answer]

    def _give_up(self) -> None:
        try:
            self._given_up()
        except Exception as error:
            log.error("commit.consequence_failed", exc_info=error)

    def _tell(self, change: Change) -> None:
        try:
            self._written(change)
        except Exception as error:
            log.error("commit.consequence_failed", exc_info=error)


def _heed(future: asyncio.Future[str]) -> None:
    if not future.cancelled():
        future.exception()


def _for_asker(error: BaseException) -> BaseException:
    if isinstance(error, ResponseError):
        return RedisUnavailable(
            f"The Redis-protocol server refused a write: {error}.",
            hint="Is it out of memory, or a replica?",
        )
    return error if isinstance(error, Exception) else asyncio.CancelledError()
