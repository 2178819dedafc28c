"""Reading the audit, newest first, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from acd.records.faults import describe
from app.audit.table import AuditRow
from core.clock import from_epoch, to_epoch
from core.database import DatabaseUnavailable
from core.errors import BadInput

MAX_LIMIT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; None means any. ``since`` <= began < ``until``. An ``action`` may
    end in a star."""

    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None
    action: str | None = None
    target: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """``next`` is the cursor of the page after this one, None at the end."""

    rows: Sequence[AuditRow]
    next: str | None


class Audit:
    """The queries; :class:`~core.database.DatabaseUnavailable` if it does not answer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(
        self, wanted: AuditFilter, *, limit: int = 50, after: str | None = None
    ) -> AuditPage:
        """Entries by when they began, newest first. Raises :class:`BadInput` for a cursor
        that is none."""
        query = select(AuditRow).where(*_conditions(wanted))
        if after is not None:
            query = query.where(tuple_(AuditRow.at, AuditRow.id) < tuple_(*_cursor(after)))
        query = query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit + 1)
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                rows = list((await session.scalars(query)).all())
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise DatabaseUnavailable(
                f"The audit cannot be read: {describe(error)}.",
                hint="Is the database running, and is DATABASE_URL right?",
            ) from error
        more = len(rows) > limit
        rows = rows[:limit]
        return AuditPage(rows, _cursor_of(rows[-1]) if more else None)


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditRow.at < wanted.until)
    if wanted.action is not None and wanted.action.endswith("*"):
        found.append(AuditRow.action.startswith(wanted.action[:-1], autoescape=True))
    elif wanted.action is not None:
        found.append(AuditRow.action == wanted.action)
    for column, value in (
        (AuditRow.who, wanted.who),
        (AuditRow.target_id, wanted.target),
        (AuditRow.outcome, wanted.outcome),
    ):
        if value is not None:
            found.append(column == value)
    return found


def _cursor_of(row: AuditRow) -> str:
    return f"{round(to_epoch(row.at) * 1_000_000)}.{row.id}"


def _cursor(text: str) -> tuple[datetime, str]:
    microseconds, dot, id_ = text.partition(".")
    try:
        if not dot:
            raise ValueError
        return from_epoch(int(microseconds) / 1_000_000), id_
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            f"{text!r} is no page of the audit.", hint="Use the 'next' of the page before."
        ) from None
