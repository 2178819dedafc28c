"""The transcript store: lines that are kept, corrected, read and searched.

Texts and words come masked. Every write may be repeated without harm. All methods raise
:class:`~core.database.DatabaseUnavailable` when the database does not answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy import ColumnElement, delete, exists, func, literal_column, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from acd.records.faults import describe, is_of_rows
from acd.records.tables import ContactRow
from app.hearing.search_text import marks_of, phrase_of, tokens_of
from app.hearing.tables import EmotionMark, HeardFact, TranscriptLine, TranscriptWork
from app.recordings.tables import LegalHoldRow
from core.database import Base, DatabaseUnavailable
from core.errors import BadInput

MOST: Final = 500
LIVE: Final = "live"
AFTER_CALL: Final = "after_call"

_OF_DATABASE: Final = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_PURGED_AT_ONCE = 500
_OWN: Final[Mapping[type[Base], tuple[str, ...]]] = {
    TranscriptLine: ("contact_id", "leg_id", "utterance", "source"),
    EmotionMark: ("contact_id", "n"),
    HeardFact: ("contact_id", "leg", "kind", "value"),
    TranscriptWork: ("contact_id", "leg_id", "utterance"),
}
"""What makes a row the same as one before."""
_ONCE: Final = (EmotionMark, TranscriptWork)  # a verdict, or work done, is not overwritten

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An utterance to be kept, see :class:`~app.hearing.tables.TranscriptLine`."""

    contact_id: str
    leg: str
    leg_id: str
    utterance: int
    started_at: datetime
    ended_at: datetime
    text: str
    n: int = 0
    agent_id: str | None = None
    language: str = ""
    words: Sequence[Any] = field(default=())
    confidence: float = 0.0
    engine: str = ""
    source: str = LIVE

    def values(self) -> dict[str, Any]:
        """As the row has it."""
        return {
            "contact_id": self.contact_id, "leg": self.leg, "leg_id": self.leg_id,
            "utterance": self.utterance, "started_at": self.started_at,
            "ended_at": self.ended_at, "text": self.text, "n": self.n,
            "agent_id": self.agent_id, "language": self.language, "words": list(self.words),
            "confidence": self.confidence, "engine": self.engine, "source": self.source,
            "superseded": False, "tokens": tokens_of(self.text),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correction:
    """The text of an earlier line as it is from now on."""

    contact_id: str
    leg_id: str
    utterance: int
    text: str
    words: Sequence[Any] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A line that has the phrase; ``marks`` are its places in ``text``."""

    contact_id: str
    leg: str
    agent_id: str | None
    started_at: datetime
    text: str
    marks: list[tuple[int, int]]


class TranscriptStore:
    """Over the installation's database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, *lines: Line) -> None:
        """Keep ``lines``; one that is kept already is replaced."""
        await self.write([(TranscriptLine, line.values()) for line in lines])

    async def correct(self, *corrections: Correction) -> None:
        """Texts (and words) of earlier live lines, as they are from now on."""
        await self.write([], corrections)

    async def write(
        self,
        rows: Sequence[tuple[type[Base], Mapping[str, Any]]],
        corrections: Sequence[Correction] = (),
    ) -> None:
        """Rows and then corrections, all or none. Raises BadInput for rows that the
        database refuses, such as those of a contact that it does not know."""
        async with self._begin() as connection:
            for table, values in rows:
                await connection.execute(self._upsert(table, values))
            for one in corrections:
                changed: dict[str, Any] = {"text": one.text, "tokens": tokens_of(one.text)}
                if one.words is not None:
                    changed["words"] = list(one.words)
                await connection.execute(
                    update(TranscriptLine)
                    .where(
                        TranscriptLine.contact_id == one.contact_id,
                        TranscriptLine.leg_id == one.leg_id,
                        TranscriptLine.utterance == one.utterance,
                        TranscriptLine.source == LIVE,
                    )
                    .values(**changed)
                )

    async def lines(self, contact_id: str, *, superseded: bool = False) -> list[TranscriptLine]:
        """What was said, in the order of speaking; also what was ``superseded``, if
        asked for."""
        query = select(TranscriptLine).where(TranscriptLine.contact_id == contact_id)
        if not superseded:
            query = query.where(~TranscriptLine.superseded)
        return await self._all(query.order_by(TranscriptLine.started_at, TranscriptLine.id))

    async def facts(self, contact_id: str) -> list[HeardFact]:
        """Key facts, in the order in which they were heard."""
        return await self._all(
            select(HeardFact).where(HeardFact.contact_id == contact_id).order_by(HeardFact.n)
        )

    async def marks(self, contact_id: str) -> list[EmotionMark]:
        """When the customer became tense and calmed."""
        return await self._all(
            select(EmotionMark).where(EmotionMark.contact_id == contact_id).order_by(EmotionMark.n)
        )

    async def search(
        self,
        query: str,
        *,
        after: datetime | None = None,
        before: datetime | None = None,
        leg: str | None = None,
        limit: int = 50,
    ) -> list[Found]:
        """Lines with the words (or characters) of ``query`` as a phrase, the newest first:
        said at or after ``after`` and before ``before``, at most ``limit`` (500).

        Raises BadInput for a query without a word.
        """
        phrase = phrase_of(query)
        if not phrase:
            raise BadInput(
                "There is no word to look for.", hint="Give a word, or Chinese characters."
            )
        line = TranscriptLine
        conditions: list[ColumnElement[bool]] = [~line.superseded, self._has(" ".join(phrase))]
        if after is not None:
            conditions.append(line.started_at >= after)
        if before is not None:
            conditions.append(line.started_at < before)
        if leg is not None:
            conditions.append(line.leg == leg)
        wanted = (
            select(line)
            .where(*conditions)
            .order_by(line.started_at.desc(), line.id.desc())
            .limit(max(1, min(limit, MOST)))
        )
        return [
            Found(
                row.contact_id, row.leg, row.agent_id, row.started_at, row.text,
                marks_of(row.text, phrase),
            )
            for row in await self._all(wanted)
        ]  # fmt: skip

    async def supersede(
        self, contact_id: str, leg: str, *, since: datetime, until: datetime
    ) -> int:
        """What was recognised live of ``leg`` in that time is there better now; returns
        how many lines that were."""
        async with self._begin() as connection:
            done = await connection.execute(
                update(TranscriptLine)
                .where(
                    TranscriptLine.contact_id == contact_id, TranscriptLine.leg == leg,
                    TranscriptLine.source == LIVE, TranscriptLine.started_at >= since,
                    TranscriptLine.started_at < until,
                )
                .values(superseded=True)
            )  # fmt: skip
        return int(done.rowcount)

    async def purge(self, before: datetime) -> int:
        """Forget what was heard of contacts that began before ``before`` and that nobody
        wants kept (a legal hold); returns how many lines went. In pieces, so that nobody
        waits for long."""
        gone = 0
        hold = exists().where(
            LegalHoldRow.contact_id == ContactRow.id, LegalHoldRow.released_at.is_(None)
        )
        old = select(ContactRow.id).where(ContactRow.created_at < before, ~hold)
        for table in (TranscriptLine, EmotionMark, HeardFact, TranscriptWork):
            key: Any = table.__table__.c
            while True:
                async with self._begin() as connection:
                    page = select(key.id).where(key.contact_id.in_(old)).limit(_PURGED_AT_ONCE)
                    ids = list((await connection.execute(page)).scalars())
                    if ids:
                        await connection.execute(delete(table).where(key.id.in_(ids)))
                gone += len(ids) if table is TranscriptLine else 0
                if len(ids) < _PURGED_AT_ONCE:
                    break
        return gone

    # What is still to be recognised.

    async def work(self, *, limit: int = 20, but_not: Sequence[int] = ()) -> list[TranscriptWork]:
        """What is pending, oldest first."""
        query = select(TranscriptWork).where(TranscriptWork.state == "pending")
        if but_not:
            query = query.where(TranscriptWork.id.not_in(but_not))
        return await self._all(query.order_by(TranscriptWork.id).limit(limit))

    async def worked(self, work_id: int, state: str, *, tried: bool = True) -> None:
        """What became of a piece of work."""
        values: dict[str, Any] = {"state": state}
        if tried:
            values["attempts"] = TranscriptWork.attempts + 1
        async with self._begin() as connection:
            await connection.execute(
                update(TranscriptWork).where(TranscriptWork.id == work_id).values(**values)
            )

    async def pending(self) -> int:
        """How much is still to be recognised."""
        query = select(func.count()).where(TranscriptWork.state == "pending")
        async with self._begin() as connection:
            return int((await connection.execute(query)).scalar_one())

    def _upsert(self, table: type[Base], values: Mapping[str, Any]) -> Any:
        """Insert, or replace what the same row said before."""
        insert: Any = (
            postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        )(table).values(**values)
        own = _OWN[table]
        if table in _ONCE:
            return insert.on_conflict_do_nothing(index_elements=own)
        kept = {*own, "superseded"}
        changed = {name: insert.excluded[name] for name in values if name not in kept}
        return insert.on_conflict_do_update(index_elements=own, set_=changed)

    def _has(self, phrase: str) -> ColumnElement[bool]:
        """That a line has the tokens in a row. They are ASCII letters and digits."""
        if self._engine.dialect.name == "postgresql":
            # As the index has it: an expression that is written otherwise does not use it.
            vector: Any = func.to_tsvector(literal_column("'simple'"), TranscriptLine.tokens)
            condition: ColumnElement[bool] = vector.op("@@")(
                func.phraseto_tsquery(literal_column("'simple'"), phrase)
            )
            return condition
        found = text("SELECT rowid FROM transcript_search WHERE tokens MATCH :phrase")
        return TranscriptLine.id.in_(found.bindparams(phrase=f'"{phrase}"').columns(
            TranscriptLine.id
        ))  # fmt: skip

    async def _all(self, query: Any) -> list[Any]:
        try:
            async with AsyncSession(self._engine) as session:
                return list((await session.execute(query)).scalars())
        except _OF_DATABASE as error:
            raise _unavailable(error) from error

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except _OF_DATABASE as error:
            if is_of_rows(error):
                raise BadInput(
                    f"The database refuses what was heard: {describe(error)}."
                ) from error
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The transcript store does not answer: {describe(error)}.",
        hint="Is the database running, and is its disk full?",
    )
