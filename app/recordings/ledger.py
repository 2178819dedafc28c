"""What is known of recordings once they are over: the table ``recording_file``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, exists, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from acd.errors import RecordingNotFound
from acd.records.faults import describe, is_of_rows
from acd.records.rows import clean
from app.recordings.tables import LegalHoldRow, RecordingFileRow
from core.clock import from_epoch, to_epoch
from core.database import DatabaseUnavailable
from core.errors import BadInput

MAX_LIMIT: Final = 500
OVER: Final = frozenset({"finished", "unfinished", "failed"})
"""States of a recording's note of which there is a row."""

UNKNOWN_NODE: Final = ""
"""Of recordings that were made before their node was noted."""

FINISHED, DELETING, DELETED = "finished", "deleting", "deleted"
_FAILURES = (DBAPIError, PoolTimeout, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Which recordings; None means any. ``since`` <= started < ``until``."""

    contact: str | None = None
    agent: str | None = None
    queue: str | None = None
    kind: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    held: bool | None = None
    sealed: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """``next`` is the cursor of the page after this one, None at the end."""

    rows: Sequence[RecordingFileRow]
    next: str | None


class Ledger:
    """Reads and writes the table; ``node`` is ours, whose files we have. Raises
    :class:`~core.database.DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self.node = node

    async def keep(self, contact_id: str, recording: Mapping[str, Any]) -> None:
        """Write down a recording that is over, anew if it is there. Raises BadInput for
        what no database takes. One that was deleted stays deleted."""
        held = select(func.count()).where(
            LegalHoldRow.contact_id == contact_id, LegalHoldRow.released_at.is_(None)
        )
        row = {name: clean(value) for name, value in _row(contact_id, recording, self.node).items()}
        async with self._begin() as connection:
            row["held"] = (await connection.execute(held)).scalar_one()
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            table = _table()
            statement: Any = dialect.insert(table)
            changed = {name: statement.excluded[name] for name in row if name != "id"}
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["id"], set_=changed,
                    where=table.c.state.not_in([DELETING, DELETED]),
                ),
                [row],
            )  # fmt: skip

    async def get(self, recording_id: str) -> RecordingFileRow:
        """One of them; raises RecordingNotFound."""
        found = await self._rows(
            select(RecordingFileRow).where(RecordingFileRow.id == recording_id)
        )
        if not found:
            raise RecordingNotFound(
                f"There is no recording {recording_id!r}.",
                hint="'parley recordings list' shows them.",
            )
        return found[0]

    async def of(self, contact_id: str) -> list[RecordingFileRow]:
        """Those of a contact, in order."""
        row = RecordingFileRow
        return await self._rows(
            select(row).where(row.contact_id == contact_id).order_by(row.started_at, row.id)
        )

    async def find(
        self, wanted: RecordingFilter, *, limit: int = 50, after: str | None = None
    ) -> RecordingPage:
        """By when they began, newest first. Raises BadInput for a cursor that is none."""
        row = RecordingFileRow
        query = select(row).where(row.started_at.is_not(None), *_conditions(wanted))
        if after is not None:
            query = query.where(tuple_(row.started_at, row.id) < tuple_(*_cursor(after)))
        query = query.order_by(row.started_at.desc(), row.id.desc()).limit(limit + 1)
        rows = await self._rows(query)
        page = rows[:limit]
        more = page[-1] if len(rows) > limit else None
        return RecordingPage(page, _cursor_of(more) if more is not None else None)

    async def ended_before(
        self, at: datetime, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[RecordingFileRow]:
        """Ours that may be too old, oldest first, page by page: finished ones that nobody
        holds, and those whose deletion was interrupted."""
        row = RecordingFileRow
        query = select(row).where(
            row.node.in_([self.node, UNKNOWN_NODE]), row.ended_at < at, row.held == 0,
            row.state.in_([FINISHED, DELETING]),
        )  # fmt: skip
        if after is not None:
            query = query.where(tuple_(row.ended_at, row.id) > tuple_(*after))
        return await self._rows(query.order_by(row.ended_at, row.id).limit(limit))

    async def sealed_otherwise(
        self, key_id: str, *, after: str = "", limit: int
    ) -> list[RecordingFileRow]:
        """Ours whose key is wrapped by another key than ``key_id``; those with ids above
        ``after``."""
        row = RecordingFileRow
        query = select(row).where(
            row.node.in_([self.node, UNKNOWN_NODE]), row.state == FINISHED, row.key_id.is_not(None),
            row.key_id != key_id, row.id > after,
        )  # fmt: skip
        return await self._rows(query.order_by(row.id).limit(limit))

    async def by_key(self) -> dict[str | None, int]:
        """How many recordings each key opens; None: those that are not sealed."""
        row = RecordingFileRow
        query = select(row.key_id, func.count()).where(row.state == FINISHED).group_by(row.key_id)
        async with self._begin() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: row[1] for row in rows}

    async def wrapped(self, recording_id: str, key_id: str) -> None:
        """Its key is wrapped by ``key_id`` now."""
        await self._set(recording_id, key_id=key_id)

    async def heard(self, recording_id: str, n: int) -> None:
        """What was heard up to number ``n`` is silenced in it, if it had to be."""
        await self._set(recording_id, heard_to=n)

    async def claim(self, recording_id: str) -> bool:
        """Before a file is deleted: whether it may be. From then on no hold saves it."""
        row = RecordingFileRow
        hold = exists().where(
            LegalHoldRow.contact_id == row.contact_id, LegalHoldRow.released_at.is_(None)
        )
        statement = (
            update(_table())
            .where(
                row.id == recording_id, row.state.in_([FINISHED, DELETING]), row.held == 0, ~hold
            )
            .values(state=DELETING)
        )
        async with self._begin() as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def deleted(self, recording_id: str, at: datetime, why: str) -> None:
        """The file is gone."""
        await self._set(recording_id, state=DELETED, deleted_at=at, deleted_why=why)

    async def _set(self, recording_id: str, **values: Any) -> None:
        async with self._begin() as connection:
            await connection.execute(
                update(_table()).where(RecordingFileRow.id == recording_id).values(**values)
            )

    async def _rows(self, query: Select[RecordingFileRow]) -> list[RecordingFileRow]:
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                return list((await session.scalars(query)).all())
        except _FAILURES as error:
            raise _unavailable(error) from error

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except _FAILURES as error:
            if is_of_rows(error):
                raise BadInput(f"The database refuses a recording: {describe(error)}.") from error
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The list of recordings cannot be reached: {describe(error)}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )


def _row(contact_id: str, recording: Mapping[str, Any], node: str) -> dict[str, Any]:
    def time(name: str) -> datetime | None:
        return None if recording.get(name) is None else from_epoch(float(recording[name]))

    return {
        "id": recording["id"],
        "contact_id": contact_id,
        "node": node,
        "kind": recording.get("kind") or "conversation",
        "state": recording["state"],
        "path": recording["path"],
        "queue": recording.get("queue"),
        "agent_id": recording.get("agent_id"),
        "started_at": time("started_at"),
        "ended_at": time("ended_at"),
        "seconds": recording.get("seconds"),
        "bytes": recording.get("bytes"),
        "key_id": recording.get("key_id"),
        "heard_to": int(recording.get("heard_to") or 0),
        "error": recording.get("error"),
        "levels": recording.get("levels") or {},
        "marks": recording.get("marks") or [],
        "silenced": recording.get("silenced") or [],
    }


def _conditions(wanted: RecordingFilter) -> list[ColumnElement[bool]]:
    row = RecordingFileRow
    found: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (row.contact_id, wanted.contact), (row.agent_id, wanted.agent),
            (row.queue, wanted.queue), (row.kind, wanted.kind), (row.state, wanted.state),
        )
        if value is not None
    ]  # fmt: skip
    if wanted.since is not None:
        found.append(row.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(row.started_at < wanted.until)
    if wanted.held is not None:
        found.append(row.held > 0 if wanted.held else row.held == 0)
    if wanted.sealed is not None:
        found.append(row.key_id.is_not(None) if wanted.sealed else row.key_id.is_(None))
    return found


def _cursor_of(row: RecordingFileRow) -> str:
    assert row.started_at is not None
    return f"{round(to_epoch(row.started_at) * 1_000_000)}.{row.id}"


def _cursor(text: str) -> tuple[datetime, str]:
    microseconds, dot, id_ = text.partition(".")
    try:
        if not dot:
            raise ValueError
        return from_epoch(int(microseconds) / 1_000_000), id_
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            f"{text!r} is no page of the list.", hint="Use the 'next' of the page before."
        ) from None


def _table() -> Table:
    assert isinstance(RecordingFileRow.__table__, Table)
    return RecordingFileRow.__table__
