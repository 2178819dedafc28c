"""Carries what changed from Redis to the database, again and again until it is there.

The hash of changed contacts in Redis is the queue: this process keeps nothing of
it in memory, and after a crash of anything the hash still names what is to be
done. Whoever changes a contact calls :meth:`RecordWriter.notify` after the write;
what neighbours left behind is found by a sweep once a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.faults import describe, is_of_rows
from acd.records.live import Dirty, LiveContacts
from acd.records.rows import Rows
from acd.records.store import store
from core import metrics
from core.clock import Clock
from core.events import Event
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)

_BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_MAX_STUCK: Final = 10_000
_MOST_TOLD: Final = 100_000
_COUNT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsHealth:
    """How the writer is doing.

    ``pending`` contacts wait to be stored, ``stuck`` of them because the database
    refuses their rows or they cannot be read. ``lag`` is for how many seconds the
    oldest change has been waiting. ``last_error`` is None once writing works again.
    """

    ok: bool
    pending: int
    stuck: int
    lag: float
    last_error: str | None


class RecordWriter:
    """Writes changed contacts until :meth:`close`.

    Changes are gathered for ``linger`` seconds, so that a contact which changes
    several times in a moment is written once, and stored ``batch`` contacts a
    transaction. While the database or Redis is away it tries again with growing
    pauses of at most 5 s.
    """

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        engine: AsyncEngine,
        clock: Clock,
        *,
        batch: int = 50,
        linger: float = 0.1,
        sweep: float = 60.0,
    ) -> None:
        self._live = LiveContacts(redis, keys)
        self._engine = engine
        self._clock = clock
        self._batch = batch
        self._linger = linger
        self._sweep = sweep
        self._tasks = TaskOwner("records")
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()  # one pass at a time: the loop's or a drain's
        self._stuck: dict[str, str] = {}  # contact -> version that cannot be stored
        self._pending = 0
        self._told: set[str] = set()  # contacts that changed since the last whole pass
        self._failures = 0
        self._last_error: str | None = None
        self._waiting_since: float | None = None  # oldest change no pass has taken up
        self._working_since: float | None = None  # oldest change of the pass at work

    def start(self) -> None:
        """Begin, with whatever an earlier life left to be stored."""
        self.notify()
        self._tasks.keep(self._run, name="writer")

    def notify(self, contact_id: str | None = None) -> None:
        """Something changed (after its atomic write): store it soon. Never blocks."""
        if contact_id is not None and len(self._told) < _MOST_TOLD:
            self._told.add(contact_id)
        if self._waiting_since is None:
            self._waiting_since = self._clock.monotonic()
        self._wake.set()

    def on_event(self, event: Event) -> None:
        """The same as a listener of :class:`core.events.EventBus`."""
        if event.contact_id is not None:
            self.notify(event.contact_id)

    async def drain(self, seconds: float) -> bool:
        """Store everything that is dirty; False if that took longer than ``seconds``.

        Contacts that are stuck do not count. Works before :meth:`start` too.
        """
        try:
            async with asyncio.timeout(seconds):
                while not (await self._attempt() and self._pending <= len(self._stuck)):
                    await asyncio.sleep(self._pause())
        except TimeoutError:
            log.warning("records.drain_timed_out", pending=self._pending)
            return False
        return True

    async def close(self) -> None:
        """Stop; what is not stored stays marked in Redis for the next start."""
        await self._tasks.close()

    @property
    def health(self) -> RecordsHealth:
        """How it stands now."""
        since = [t for t in (self._working_since, self._waiting_since) if t is not None]
        return RecordsHealth(
            ok=self._last_error is None and not self._stuck,
            pending=self._pending,
            stuck=len(self._stuck),
            lag=self._clock.monotonic() - min(since) if since else 0.0,
            last_error=self._last_error,
        )

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._sweep):
                    await self._wake.wait()
            except TimeoutError:
                self._stuck.clear()  # the reason may be gone: try them once more
            await asyncio.sleep(self._linger)
            self._wake.clear()
            if not await self._attempt():
                self._wake.set()
                await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        return _BACKOFF[min(self._failures, len(_BACKOFF)) - 1] if self._failures else 0.0

    async def _attempt(self) -> bool:
        """One pass over all that is dirty; False when something was away."""
        async with self._lock:
            self._working_since, self._waiting_since = self._waiting_since, None
            try:
                await self._pass()
            except Exception as error:  # whatever it is, the hash still knows what to do
                self._failed(error)
                await self._count_what_waits()
                return False
            finally:
                if self._working_since is not None:  # not done: it waits on
                    self._waiting_since, self._working_since = self._working_since, None
            if self._failures:
                log.info("records.writing_again", attempts=self._failures)
            self._failures, self._last_error = 0, None
            return True

    async def _count_what_waits(self) -> None:
        """When nothing can be stored: how much waits for it, as far as Redis tells, and if
        it does not answer either, as far as we were told."""
        try:
            async with asyncio.timeout(_COUNT_SECONDS):
                self._pending = await self._live.count()
        except Exception:  # why, is in the log already
            self._pending = max(self._pending, len(self._told))
        metrics.records_pending.set(self._pending)

    def _failed(self, error: Exception) -> None:
        if not self._failures:
            log.error("records.write_failed", error=describe(error), exc_info=error)
        self._failures += 1
        self._last_error = describe(error)

    async def _pass(self) -> None:
        told = frozenset(self._told)
        async for batch in self._live.batches(self._batch):
            await self._carry([d for d in batch if self._stuck.get(d.id) != d.version])
        self._pending = await self._live.count()
        metrics.records_pending.set(self._pending)
        self._told -= told
        if not self._pending:
            self._stuck.clear()
        self._working_since = None

    async def _carry(self, batch: Sequence[Dirty]) -> None:
        if not batch:
            return
        found, gone, unreadable = await self._live.read(batch)
        for one in unreadable:
            self._set_aside(one.dirty.id, one.dirty.version, one.error)
        stored = await self._store(found)
        # Only now, after the commit, may the live copies go.
        await self._live.clear(stored, gone)
        for rows in stored:
            self._stuck.pop(rows.id, None)

    async def _store(self, batch: Sequence[Rows]) -> Sequence[Rows]:
        """Store the batch, or if some rows are impossible each contact by itself."""
        try:
            await store(self._engine, batch)
        except Exception as error:
            if not is_of_rows(error):
                raise
        else:
            return batch
        stored = []
        for rows in batch:
            try:
                await store(self._engine, [rows])
            except Exception as error:
                if not is_of_rows(error):
                    raise
                self._set_aside(rows.id, str(rows.version), describe(error))
            else:
                stored.append(rows)
        return stored

    def _set_aside(self, contact_id: str, version: str, error: str) -> None:
        log.error("records.contact_stuck", contact=contact_id, version=version, error=error)
        if len(self._stuck) < _MAX_STUCK:
            self._stuck[contact_id] = version
