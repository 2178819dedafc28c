"""Waiting for news of many streams with one connection, whoever wrote them."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_BLOCK_MS = 2000  # below the client's own time-out, so that silence is not a failure
_RETRY_SECONDS = 0.2


class LiveTail:
    """Wakes those who wait for an entry above a number.

    ``news`` is a stream of this house's own: an entry in it interrupts the reading, so
    that a further stream is read along at once.
    """

    def __init__(self, redis: Redis, news: str) -> None:
        self._redis = redis
        self._news = news
        self._waiting: dict[str, dict[asyncio.Future[None], int]] = {}
        self._reading: dict[str, int] = {}  # from where, in the XREAD under way
        self._someone = asyncio.Event()
        self._tasks = TaskOwner("live-tail")
        self._started = False

    async def wait(self, stream: str, after: int) -> None:
        """Return soon after ``stream`` has an entry above ``0-<after>``. May return
        without one, so look again."""
        if not self._started:
            self._started = True
            self._tasks.keep(self._run, name="read")
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(stream, {})[changed] = after
        self._someone.set()
        try:
            if self._reading and self._reading.get(stream, after + 1) > after:
                await self._redis.xadd(self._news, {"n": "1"}, maxlen=16, approximate=False)
            await changed
        finally:
            waiters = self._waiting.get(stream, {})
            waiters.pop(changed, None)
            if not waiters:
                self._waiting.pop(stream, None)

    def wake(self, stream: str) -> None:
        """This process itself has written to ``stream``."""
        for changed in self._waiting.get(stream, ()):
            if not changed.done():
                changed.set_result(None)

    async def close(self) -> None:
        await self._tasks.close()
        for stream in list(self._waiting):
            for changed in self._waiting[stream]:
                changed.cancel()

    async def _run(self) -> None:
        news = "$"
        while True:
            if not self._waiting:
                self._someone.clear()
                await self._someone.wait()
            self._reading = {
                stream: min(waiters.values()) for stream, waiters in self._waiting.items()
            }
            places: Any = {stream: f"0-{after}" for stream, after in self._reading.items()}
            try:
                if news == "$":
                    news = await self._newest()
                answer: Any = await self._redis.xread(
                    {self._news: news, **places}, count=1, block=_BLOCK_MS
                )
            except (RedisError, OSError) as error:
                log.warning("live_tail.unreachable", error=type(error).__name__)
                news, answer = "$", None
                await asyncio.sleep(_RETRY_SECONDS)
            changed, self._reading = self._reading, {}
            found = dict(answer.items() if isinstance(answer, dict) else answer or ())
            if entries := found.pop(self._news, None):
                news = _last(entries)
            for stream in found if answer else changed:
                self.wake(stream)

    async def _newest(self) -> str:
        page: Any = await self._redis.xrevrange(self._news, count=1)
        return str(page[0][0]) if page else "0-0"


def _last(entries: Any) -> str:
    while not isinstance(entries[-1][0], str):  # RESP 3 wraps them in one more list
        entries = entries[-1]
    return str(entries[-1][0])
