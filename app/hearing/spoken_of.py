"""Whose words they are: a few columns of the contacts in which something was found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.faults import describe
from acd.records.tables import ContactRow
from core.database import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Whose:
    """``customer_number`` is whole: mask it before it is shown."""

    customer_number: str
    queue: str | None


async def whose(engine: AsyncEngine, contact_ids: Collection[str]) -> dict[str, Whose]:
    """By contact. Raises :class:`~core.database.DatabaseUnavailable`."""
    row = ContactRow
    query = select(row.id, row.customer_number, row.queue).where(row.id.in_(set(contact_ids)))
    try:
        async with engine.connect() as connection:
            found = (await connection.execute(query)).all()
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise DatabaseUnavailable(
            f"The contacts cannot be read: {describe(error)}.",
            hint="Is the database running, and is DATABASE_URL right?",
        ) from error
    return {one.id: Whose(one.customer_number, one.queue) for one in found}
