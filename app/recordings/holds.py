"""Legal holds: contacts of which nothing may be deleted, whoever asks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import Exists, Table, exists, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from acd.records.faults import describe
from app.recordings.tables import LegalHoldRow, RecordingFileRow
from core import ids
from core.database import DatabaseUnavailable
from core.errors import Conflict

HOLD: Final = "hld"  # the kind of its ids
MOST: Final = 200  # of one contact, released ones too
_FAILURES = (DBAPIError, PoolTimeout, OSError)


class AlreadyHeld(Conflict):
    """The contact is held in this matter already."""

    code: ClassVar[str] = "already_held"


class NotHeld(Conflict):
    """The contact is not held in this matter."""

    code: ClassVar[str] = "not_held"


class HoldsFull(Conflict):
    """The contact was held as often as one may be."""

    code: ClassVar[str] = "holds_full"


class Holds:
    """Places and releases them. A contact is held while any of its holds stands. Raises
    :class:`~core.database.DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def place(
        self, contact_id: str, *, matter: str, reason: str, by: str, at: datetime
    ) -> None:
        """From now on nothing of the contact is deleted. Raises AlreadyHeld and
        HoldsFull."""
        try:
            async with self._engine.begin() as connection:
                # First of all, so that it waits for, or goes before, a deletion.
                await _count(connection, contact_id, 1)
                if (await connection.execute(select(_standing(contact_id, matter)))).scalar_one():
                    raise AlreadyHeld(
                        "This contact is held already.",
                        hint="Give another matter if there is another reason.",
                    )
                table = _holds()
                count = select(func.count()).where(table.c.contact_id == contact_id)
                if (await connection.execute(count)).scalar_one() >= MOST:
                    raise HoldsFull(
                        f"This contact was held {MOST} times.", hint="Released ones count."
                    )
                row = {
                    "id": ids.new_id(HOLD), "contact_id": contact_id, "matter": matter,
                    "reason": reason, "placed_by": by, "placed_at": at,
                }  # fmt: skip
                await connection.execute(_holds().insert(), [row])
        except _FAILURES as error:
            raise _unavailable(error) from error

    async def release(
        self, contact_id: str, *, matter: str, reason: str, by: str, at: datetime
    ) -> None:
        """This matter is over. Raises NotHeld."""
        table = _holds()
        try:
            async with self._engine.begin() as connection:
                done = await connection.execute(
                    update(table)
                    .where(
                        table.c.contact_id == contact_id, table.c.matter == matter,
                        table.c.released_at.is_(None),
                    )
                    .values(released_by=by, released_at=at, release_reason=reason)
                )  # fmt: skip
                if not done.rowcount:
                    raise NotHeld(
                        "This contact is not held.", hint="'parley recordings show' lists holds."
                    )
                await _count(connection, contact_id, -1)
        except _FAILURES as error:
            raise _unavailable(error) from error

    async def of(self, contact_id: str) -> list[LegalHoldRow]:
        """All that there ever were, oldest first."""
        query = select(LegalHoldRow).where(LegalHoldRow.contact_id == contact_id)
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                return list((await session.scalars(query.order_by(LegalHoldRow.id))).all())
        except _FAILURES as error:
            raise _unavailable(error) from error

    async def is_held(self, contact_id: str) -> bool:
        """Whether anything of the contact must stay."""
        return any(hold.released_at is None for hold in await self.of(contact_id))


async def _count(connection: AsyncConnection, contact_id: str, by: int) -> None:
    row = RecordingFileRow
    assert isinstance(row.__table__, Table)
    await connection.execute(
        update(row.__table__).where(row.contact_id == contact_id).values(held=row.held + by)
    )


def _standing(contact_id: str, matter: str) -> Exists:
    hold = LegalHoldRow
    return exists().where(
        hold.contact_id == contact_id, hold.matter == matter, hold.released_at.is_(None)
    )


def _holds() -> Table:
    assert isinstance(LegalHoldRow.__table__, Table)
    return LegalHoldRow.__table__


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"Legal holds cannot be reached: {describe(error)}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )
