"""Rows into the database, whole contacts at a time, on SQLite and PostgreSQL alike.

Each contact is guarded by its version: rows of an older version never replace
newer ones, and writing the same version twice changes nothing. Several writers
may work at once; the row of the contact, locked by its upsert, orders them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import DeclarativeBase

from acd.records.rows import Row, Rows
from acd.records.tables import ContactRow, DispositionRow, EventRow, RecordingRow, SegmentRow


async def store(engine: AsyncEngine, batch: Sequence[Rows]) -> None:
    """Write every contact of ``batch``, all in one transaction or none.

    Raises what SQLAlchemy and its drivers raise; :mod:`acd.records.faults` tells
    'the database is away' from 'these rows are impossible'.
    """
    if not batch:
        return
    # One order for everybody, so that two writers cannot wait for each other.
    ordered = sorted(batch, key=lambda rows: rows.id)
    async with engine.begin() as connection:
        current = await _contacts(connection, ordered)
        written = [rows for rows in ordered if rows.id in current]
        await _versioned(connection, SegmentRow, written, [r for o in written for r in o.segments])
        await _versioned(
            connection, RecordingRow, written, [r for o in written for r in o.recordings]
        )
        await _insert_new(connection, EventRow, (r for o in written for r in o.events))
        await _insert_new(connection, DispositionRow, (r for o in written for r in o.dispositions))


async def _contacts(connection: AsyncConnection, batch: Iterable[Rows]) -> set[str]:
    """Upsert the contacts; the ids of those that were not newer there already."""
    statement = _upsert(connection, ContactRow).returning(_table(ContactRow).c.id)
    result = await connection.execute(statement, [rows.contact for rows in batch])
    return set(result.scalars())


async def _versioned(
    connection: AsyncConnection,
    kind: type[DeclarativeBase],
    written: Sequence[Rows],
    rows: Sequence[Row],
) -> None:
    """Upsert ``rows`` and drop what the contacts of ``written`` no longer have."""
    if rows:
        await connection.execute(_upsert(connection, kind), rows)
    if written:
        table = _table(kind)
        stale = delete(table).where(
            table.c.contact_id == bindparam("of_contact"), table.c.version < bindparam("below")
        )
        await connection.execute(
            stale, [{"of_contact": one.id, "below": one.version} for one in written]
        )


async def _insert_new(
    connection: AsyncConnection, kind: type[DeclarativeBase], rows: Iterable[Row]
) -> None:
    """Insert the rows whose ids are not there yet."""
    if new := list(rows):
        statement = _insert(connection, kind).on_conflict_do_nothing(index_elements=["id"])
        await connection.execute(statement, new)


def _upsert(connection: AsyncConnection, kind: type[DeclarativeBase]) -> Any:
    table = _table(kind)
    statement = _insert(connection, kind)
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name != "id"}
    return statement.on_conflict_do_update(
        index_elements=["id"],
        set_=values,
        where=table.c.version <= statement.excluded.version,
    )


def _insert(connection: AsyncConnection, kind: type[DeclarativeBase]) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(_table(kind))


def _table(kind: type[DeclarativeBase]) -> Table:
    assert isinstance(kind.__table__, Table)
    return kind.__table__
