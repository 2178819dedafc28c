"""Reading the history: lists of contacts, page by page, and one contact whole.

Lists are newest first and paged by key, so a page costs the same however deep it
lies, and contacts that arrive meanwhile neither shift nor repeat rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from acd.errors import ContactNotFound, RecordingNotFound
from acd.model import SegmentKind
from acd.records.faults import describe
from acd.records.tables import ContactRow, DispositionRow, EventRow, RecordingRow, SegmentRow
from core.clock import from_epoch, to_epoch
from core.database import DatabaseUnavailable
from core.errors import BadInput

MAX_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilter:
    """Which contacts; None means any.

    ``since`` <= created < ``until``. ``queue``: it waited there, or was refused
    there. ``agent``: they talked with it, or tried to. ``number``: the customer's or the dialled
    one, whole, or as ``*1234`` its last digits.
    """

    since: datetime | None = None
    until: datetime | None = None
    queue: str | None = None
    agent: str | None = None
    direction: str | None = None
    state: str | None = None
    end_reason: str | None = None
    number: str | None = None
    business: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the page after this one, None at the end."""

    contacts: list[ContactRow]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """Everything stored of one contact, each list in the order in which it happened."""

    contact: ContactRow
    segments: Sequence[SegmentRow]
    events: Sequence[EventRow]
    recordings: Sequence[RecordingRow]
    dispositions: Sequence[DispositionRow]


class ContactHistory:
    """The queries. All raise :class:`~core.database.DatabaseUnavailable` when the
    database does not answer; the rows they return are detached."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(
        self, wanted: ContactFilter | None = None, *, limit: int = 50, after: str | None = None
    ) -> Page:
        """Contacts by time of creation, newest first.

        ``after`` is the ``next`` of an earlier page. Raises :class:`BadInput` for a
        ``limit`` outside 1..1000 or a cursor that is none.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise BadInput(f"limit is {limit}.", hint=f"Allowed: 1 to {MAX_LIMIT}.")
        query = select(ContactRow).where(*_conditions(wanted or ContactFilter()))
        if after is not None:
            query = query.where(
                tuple_(ContactRow.created_at, ContactRow.id) < tuple_(*_read_cursor(after))
            )
        query = query.order_by(ContactRow.created_at.desc(), ContactRow.id.desc())
        # One more than asked tells whether there is a next page.
        rows = await self._rows(query.limit(limit + 1))
        page = rows[:limit]
        return Page(page, _cursor(page[-1]) if len(rows) > limit else None)

    async def get(self, contact_id: str) -> ContactRecord:
        """One contact whole; raises :class:`ContactNotFound`."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            try:
                contact = await session.get(ContactRow, contact_id)
                if contact is None:
                    raise ContactNotFound(
                        f"There is no contact {contact_id!r} in the history.",
                        hint="Ids look like con_01K... ; 'parley contacts' lists them.",
                    )

                async def of(kind: Any, *order: Any) -> Sequence[Any]:
                    query = select(kind).where(kind.contact_id == contact_id).order_by(*order)
                    return (await session.scalars(query)).all()

                return ContactRecord(
                    contact=contact,
                    segments=await of(SegmentRow, SegmentRow.position),
                    events=await of(EventRow, EventRow.seq, EventRow.at),
                    recordings=await of(RecordingRow, RecordingRow.started_at, RecordingRow.id),
                    dispositions=await of(DispositionRow, DispositionRow.at, DispositionRow.id),
                )
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise _unavailable(error) from error

    async def recording(self, recording_id: str) -> RecordingRow:
        """One recording; raises :class:`RecordingNotFound`."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            try:
                recording = await session.get(RecordingRow, recording_id)
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise _unavailable(error) from error
        if recording is None:
            raise RecordingNotFound(
                f"There is no recording {recording_id!r}.",
                hint="'parley contacts show' lists those of a contact.",
            )
        return recording

    async def _rows(self, query: Select[ContactRow]) -> list[ContactRow]:
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            try:
                return list(await session.scalars(query))
            except (DBAPIError, PoolTimeout, OSError) as error:
                raise _unavailable(error) from error


def _conditions(wanted: ContactFilter) -> list[ColumnElement[bool]]:
    row = ContactRow
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(row.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(row.created_at < wanted.until)
    if wanted.queue is not None:
        waited = _has_segment(SegmentRow.queue == wanted.queue)
        found.append(or_(row.queue == wanted.queue, waited))
    if wanted.agent is not None:
        kinds = (SegmentKind.TALK.value, SegmentKind.DIAL.value)
        talked = and_(SegmentRow.kind.in_(kinds), SegmentRow.agent_id == wanted.agent)
        found.append(or_(row.peer_agent_id == wanted.agent, _has_segment(talked)))
    if wanted.direction is not None:
        found.append(row.direction == wanted.direction)
    if wanted.state is not None:
        found.append(row.state == wanted.state)
    if wanted.end_reason is not None:
        found.append(row.end_reason == wanted.end_reason)
    if wanted.business is not None:
        found.append(row.business == wanted.business)
    if wanted.number is not None:
        found.append(_has_number(wanted.number))
    return found


def _has_segment(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(SegmentRow.contact_id == ContactRow.id, condition)


def _has_number(number: str) -> ColumnElement[bool]:
    columns = (ContactRow.customer_number, ContactRow.dialled_number)
    if number.startswith("*"):
        return or_(*(c.endswith(number[1:], autoescape=True) for c in columns))
    return or_(*(c == number for c in columns))


def _cursor(row: ContactRow) -> str:
    return f"{round(to_epoch(row.created_at) * 1_000_000)}.{row.id}"


def _read_cursor(text: str) -> tuple[datetime, str]:
    microseconds, dot, id_ = text.partition(".")
    try:
        if not dot:
            raise ValueError
        return from_epoch(int(microseconds) / 1_000_000), id_
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            f"{text!r} is no page of the list.", hint="Use the 'next' of the page before."
        ) from None


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The history cannot be read ({describe(error)}).",
        hint="Is the database running, and is DATABASE_URL right?",
    )
