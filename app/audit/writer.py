"""Carries the trail from Redis to the database, again and again until it is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.records.faults import describe
from acd.records.rows import clean
from app.audit.entry import UNKNOWN, Entry
from app.audit.table import AuditRow
from app.audit.trail import Trail
from core.clock import Clock
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_BACKOFF: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
_BATCH: Final = 200
_ABANDONED: Final = timedelta(seconds=300)  # no change takes so long


class AuditWriter:
    """Writes from :meth:`start` to :meth:`close`: soon after each change, and every
    ``sweep`` seconds what other processes left behind."""

    def __init__(
        self, trail: Trail, engine: AsyncEngine, clock: Clock, *,
        linger: float = 0.05, sweep: float = 30.0,
    ) -> None:  # fmt: skip
        self._trail = trail
        self._engine = engine
        self._clock = clock
        self._linger = linger
        self._sweep = sweep
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self._tasks = TaskOwner("audit")
        self._failures = 0
        self._failing_since: float | None = None
        self.last_error: str | None = None

    def start(self) -> None:
        """Begin, with whatever an earlier life left to be stored."""
        self._trail.on_noted = self._wake.set
        self._wake.set()
        self._tasks.keep(self._run, name="writer")

    async def close(self, *, seconds: float = 3.0) -> None:
        """Store what is there, if that goes quickly; the rest stays in Redis."""
        await self._tasks.close()
        try:
            async with asyncio.timeout(seconds):
                await self.write()
        except Exception as error:
            log.warning("audit.left_in_redis", error=describe(error))

    @property
    def failing_for(self) -> float:
        """Seconds since which nothing can be stored; 0 if it can."""
        since = self._failing_since
        return 0.0 if since is None else self._clock.monotonic() - since

    async def write(self) -> None:
        """One pass over all that is noted. Raises what Redis and the database raise."""
        async with self._lock:
            await self._trail.catch_up()
            async for page in self._trail.entries(_BATCH):
                await self._carry(page)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._sweep):
                    await self._wake.wait()
            await asyncio.sleep(self._linger)
            self._wake.clear()
            try:
                await self.write()
            except Exception as error:  # whatever it is, the hash still knows what to do
                self._failed(error)
                await asyncio.sleep(_BACKOFF[min(self._failures, len(_BACKOFF)) - 1])
                self._wake.set()
                continue
            if self._failures:
                log.info("audit.writing_again", attempts=self._failures)
            self._failures, self._failing_since, self.last_error = 0, None, None

    def _failed(self, error: Exception) -> None:
        if not self._failures:
            log.error("audit.write_failed", error=describe(error), exc_info=error)
            self._failing_since = self._clock.monotonic()
        self._failures += 1
        self.last_error = describe(error)

    async def _carry(self, page: Sequence[tuple[str, str]]) -> None:
        limit = self._clock.now() - _ABANDONED
        rows: list[dict[str, Any]] = []
        stored: list[tuple[str, str]] = []
        for id_, text in page:
            try:
                entry = Entry.loads(text)
            except (ValueError, KeyError, TypeError) as error:
                log.error("audit.unreadable", entry=id_, error=type(error).__name__)
                continue
            if entry.outcome is None:
                if entry.at > limit:
                    continue  # under way
                entry = replace(entry, outcome=UNKNOWN)
            columns = AuditRow.__table__.columns
            rows.append({c.key: clean(getattr(entry, c.key)) for c in columns})
            stored.append((id_, text))
        if rows:
            async with self._engine.begin() as connection:
                await connection.execute(_upsert(connection), rows)
        await self._trail.clear(stored)


def _upsert(connection: AsyncConnection) -> Any:
    table = AuditRow.__table__
    assert isinstance(table, Table)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=values)
