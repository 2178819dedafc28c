"""Dispositions given after the contact had ended and been stored.

While a contact lives its dispositions come with its events; once it is stored, an
agent who needed a moment longer than the wrap-up adds theirs here.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import SegmentKind
from acd.records.rows import clean
from acd.records.tables import ContactRow, DispositionRow, SegmentRow
from core import ids
from core.database import DatabaseUnavailable
from core.errors import Conflict

MOST: Final = 200


class DispositionsFull(Conflict):
    """As many dispositions as a contact may have."""

    code: ClassVar[str] = "dispositions_full"


class LateDispositions:
    """Adds dispositions to the history. Both methods raise
    :class:`~core.database.DatabaseUnavailable` when the database does not answer."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def served(self, contact_id: str, agent_id: str) -> bool:
        """Whether the agent talked with the customer of a stored contact."""
        try:
            return await self._served(contact_id, agent_id)
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error

    async def add(
        self, contact_id: str, code: str, *, by: str, at: datetime, note: str = ""
    ) -> None:
        """Add one, which is then the one that counts. Raises
        :class:`~acd.errors.ContactNotFound` if no such contact has ended and been stored,
        and :class:`DispositionsFull`."""
        try:
            await self._add(contact_id, code, by, at, note)
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error

    async def _served(self, contact_id: str, agent_id: str) -> bool:
        segment = SegmentRow.__table__
        assert isinstance(segment, Table)
        query = select(segment.c.id).where(
            segment.c.contact_id == contact_id,
            segment.c.agent_id == agent_id,
            segment.c.kind == SegmentKind.TALK.value,
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    async def _add(self, contact_id: str, code: str, by: str, at: datetime, note: str) -> None:
        contact, dispositions = ContactRow.__table__, DispositionRow.__table__
        assert isinstance(contact, Table)
        assert isinstance(dispositions, Table)
        ended = (contact.c.id == contact_id) & (contact.c.state == ContactState.ENDED.value)
        async with self._engine.begin() as connection:
            # SQLite takes its write lock here, before anything is read.
            changed = await connection.execute(
                update(contact).where(ended).values(disposition=code)
            )
            if changed.rowcount == 0:
                raise ContactNotFound(
                    f"No stored contact {contact_id!r} has ended.",
                    hint="While it lasts, give the disposition to the contact itself.",
                )
            mine = dispositions.c.contact_id == contact_id
            count = select(func.count()).select_from(dispositions).where(mine)
            if (await connection.execute(count)).scalar_one() >= MOST:
                raise DispositionsFull(
                    f"This contact has {MOST} dispositions already.", hint="The last one counts."
                )
            row = {
                "id": ids.new_id(ids.EVENT), "contact_id": contact_id, "code": code,
                "agent_id": by, "at": at, "note": clean(note),
            }  # fmt: skip
            await connection.execute(insert(dispositions).values(row))


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The history does not answer: {type(error).__name__}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )
