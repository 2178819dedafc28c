"""What supervisors say of marks, that is of alerts: right or wrong."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.faults import describe
from app.hearing.tables import EmotionMark
from core.database import DatabaseUnavailable
from core.errors import NotFound


class MarkNotFound(NotFound):
    """The contact has no alert of that number."""

    code: ClassVar[str] = "mark_not_found"


class Marks:
    """Judges what :class:`~app.hearing.transcripts.TranscriptStore` keeps."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def judge(self, contact_id: str, n: int, *, right: bool, by: str, at: datetime) -> bool:
        """Note the verdict on the alert that is number ``n`` of the live log; whether it is
        another than before. Raises :class:`MarkNotFound`."""
        mark = EmotionMark
        verdict = "right" if right else "wrong"
        same = (mark.contact_id == contact_id) & (mark.n == n) & (mark.kind == "crossed")
        new = same & (mark.verdict.is_(None) | (mark.verdict != verdict))
        values = {"verdict": verdict, "verdict_by": by, "verdict_at": at}
        try:
            async with self._engine.begin() as connection:
                changed = await connection.execute(update(mark).where(new).values(**values))
                if changed.rowcount:
                    return True
                found = (await connection.execute(select(mark.id).where(same))).first()
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        if found is None:
            raise MarkNotFound(
                f"Contact {contact_id!r} has no alert {n}.",
                hint="GET /api/contacts/{id}/emotion lists its marks.",
            )
        return False


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The verdict cannot be stored: {describe(error)}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )
