"""The live log: what is heard of each contact, in order, to be replayed and followed.

Each contact has a Redis stream ``heard:<contact>`` whose entries are numbered 0-1, 0-2,
...: the number is the event's ``n`` in its data, counted from 1 without gaps. A stream
is gone a day after its last event; what is to stay is in the transcript store.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.hearing.live_tail import LiveTail
from core.clock import Clock
from core.errors import Unavailable
from core.event_log import FIELD, encode
from core.events import Event, EventBus
from core.log import get_logger
from core.metrics import events_dropped_total
from core.redis import Keys, RedisUnavailable
from core.tasks import TaskOwner

log = get_logger(__name__)

STREAM: Final = "heard"
MAXLEN: Final = 20_000
LIVES_SECONDS: Final = 24 * 3600
BOUND: Final = 4096  # events that wait to be written
PASSING: Final = frozenset({"transcript.partial", "emotion.read", "sound.changed"})
STORED: Final = frozenset(
    {
        "transcript.final", "transcript.corrected", "transcript.deferred", "facts.found",
        "emotion.crossed", "emotion.calmed", "hearing.stopped",
    }
)  # fmt: skip
"""What goes to the database (:mod:`app.hearing.transcript_writer`)."""

_BATCH = 256
_BATCH_REMEMBERED_SECONDS = 120
_CLOSE_SECONDS = 5.0
_BACKOFF = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_LUA = Path(__file__).with_name("append.lua")
_STORED_LUA = Path(__file__).with_name("stored.lua")


class LogClosed(Unavailable):
    """The log is closed; nothing is written any more."""

    code: ClassVar[str] = "live_log_closed"
    retryable: ClassVar[bool] = False


@dataclass(slots=True)
class _Waiting:
    """An event that waits to be written, and whom to tell its number."""

    event: Event
    written: asyncio.Future[int] = field(repr=False)


class LiveLog:
    """Writes, reads and follows what is heard.

    Events are written by one task, as many at a time as wait, so those of a contact
    keep the order in which they were appended. While Redis is away they wait, at most
    :data:`BOUND`. When there is no room the oldest that pass anyway (:data:`PASSING`)
    are dropped and counted; for any other event :meth:`append` waits for room.
    """

    def __init__(self, redis: Redis, keys: Keys, bus: EventBus, clock: Clock) -> None:
        self._redis = redis
        self._keys = keys
        self._bus = bus
        self._clock = clock
        self._script = redis.register_script(_LUA.read_text())
        self._stored = redis.register_script(_STORED_LUA.read_text())
        self._waiting: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._tasks = TaskOwner("live-log")
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        self._tail = LiveTail(redis, keys(STREAM, "news"))
        self.dropped = 0

    async def append(
        self,
        contact_id: str,
        type: str,  # as the field of an Event is called
        data: Mapping[str, Any],
        *,
        agent_id: str | None = None,
    ) -> int:
        """Store the event, then publish it on the bus; returns its number ``n``, or 0 if
        it passes and there was no room for it. ``data`` holds JSON values only.

        Raises :class:`LogClosed` after :meth:`close`. An append that is cancelled is
        written all the same.
        """
        event = Event(
            type=type, at=self._clock.now(), contact_id=contact_id, agent_id=agent_id,
            data=dict(data),
        )  # fmt: skip
        while len(self._waiting) >= BOUND and not self._made_room():
            if type in PASSING:
                self._drop()
                return 0
            self._room.clear()
            await self._room.wait()
        if self._closed:
            raise LogClosed("The live log is closed.", hint="The app is stopping.")
        if self._writer is None:
            self._writer = self._tasks.keep(self._write, name="write")
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._work.set()
        return await asyncio.shield(waiting.written)

    async def read(self, contact_id: str, *, after: int = 0, count: int = 1000) -> list[Event]:
        """Up to ``count`` events with numbers above ``after``, in order; none for a
        contact that was never heard. Raises :class:`~core.redis.RedisUnavailable`."""
        with _reading():
            page: Any = await self._redis.xrange(
                self._stream(contact_id), min=f"(0-{after}" if after else "-", count=count
            )
        return [event for entry in page if (event := _decode(entry)) is not None]

    async def follow(self, contact_id: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Each event above ``after``, first those of before, then as they happen, for
        ever, by whichever app process. While Redis is away this waits and then goes on:
        none is missed, none comes twice."""
        failures = 0
        while True:
            try:
                page = await self.read(contact_id, after=after)
                if not page:
                    await self._tail.wait(self._stream(contact_id), after)
                failures = 0
            except (RedisUnavailable, RedisError, OSError):
                await asyncio.sleep(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                failures += 1
                continue
            for event in page:
                after = int(event.data["n"])
                yield event

    async def unstored(self) -> set[str]:
        """The contacts of which something is still to be stored. Raises RedisUnavailable,
        as the next two do."""
        with _reading():
            members: Any = await self._redis.smembers(self._keys(STREAM, "unstored"))
            return set(members)

    async def stored_until(self, contact_id: str) -> int:
        """The number of the last event of the contact that is stored; 0: none."""
        with _reading():
            return int(await self._redis.get(self._keys(STREAM, "stored", contact_id)) or 0)

    async def note_stored(self, contact_id: str, n: int) -> None:
        """Everything of the contact up to ``n`` is stored."""
        keys = [
            self._stream(contact_id), self._keys(STREAM, "unstored"),
            self._keys(STREAM, "stored", contact_id),
        ]  # fmt: skip
        with _reading():
            await self._stored(keys, [contact_id, n, LIVES_SECONDS + _BATCH_REMEMBERED_SECONDS])

    async def close(self) -> None:
        """Write what waits, for some seconds, and end."""
        self._closed = True
        self._room.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self._waiting:
                    self._work.set()
                    await asyncio.wait({self._waiting[-1].written})
        if self._waiting:
            log.warning("live_log.not_written", events=len(self._waiting))
        for waiting in self._waiting:
            if not waiting.written.done():
                waiting.written.cancel()
        await self._tasks.close()
        await self._tail.close()

    def _stream(self, contact_id: str) -> str:
        return self._keys(STREAM, contact_id)

    def _made_room(self) -> bool:
        """Drop the oldest event that passes; False if none waits."""
        for waiting in self._waiting:
            if waiting.event.type in PASSING and not waiting.written.done():
                self._waiting.remove(waiting)
                waiting.written.set_result(0)
                self._drop()
                return True
        return False

    def _drop(self) -> None:
        self.dropped += 1
        events_dropped_total.labels("live_log").inc()

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                try:
                    await self._write_batch(batch)
                except BaseException:
                    self._waiting.extendleft(reversed(batch))
                    raise
                self._room.set()

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        """Write ``batch`` however long it takes, then tell of it."""
        token = self._keys(STREAM, "batch", secrets.token_hex(12))
        streams = [self._stream(waiting.event.contact_id or "") for waiting in batch]
        values: list[str] = []
        for waiting in batch:
            event = waiting.event
            values += [encode(event), event.contact_id or "" if event.type in STORED else ""]
        failures = 0
        while True:
            try:
                answer = await self._script(
                    [token, self._keys(STREAM, "unstored"), *streams],
                    [MAXLEN, LIVES_SECONDS, _BATCH_REMEMBERED_SECONDS, *values],
                )
                break
            except (RedisError, OSError) as error:
                if not failures:
                    log.warning("live_log.unreachable", error=type(error).__name__)
                await asyncio.sleep(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                failures += 1
        numbers = [int(position.partition("-")[2]) for position in str(answer).split()]
        for waiting, stream, n in zip(batch, streams, numbers, strict=True):
            self._tail.wake(stream)
            self._bus.publish(_numbered(waiting.event, n))
            if not waiting.written.done():
                waiting.written.set_result(n)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise RedisUnavailable(
            f"The live log does not answer: {error}.",
            hint="Is the Redis-protocol server running?",
        ) from error


def _numbered(event: Event, n: int) -> Event:
    return replace(event, data={**event.data, "n": n})


def _decode(entry: tuple[str, dict[str, str]]) -> Event | None:
    position, fields = entry
    try:
        return _numbered(
            Event.from_dict(json.loads(fields[FIELD])), int(position.partition("-")[2])
        )
    except (ValueError, KeyError, TypeError) as error:
        log.error("live_log.unreadable", position=position, error=type(error).__name__)
        return None
