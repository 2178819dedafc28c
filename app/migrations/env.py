"""Alembic's environment, for SQLite and PostgreSQL.

:mod:`app.migrate` hands over an open connection on which it holds the lock. Run
by the ``alembic`` command, for writing a new migration, it opens the database
that ``DATABASE_URL`` names through the same code.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection

import app.audit.table
import app.hearing.tables
import app.recordings.tables  # noqa: F401  (likewise)
from app.migration_engine import locked, migration_engine
from core.database import Base, UtcDateTime
from core.errors import BadInput


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Types of ours as plain ones: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), 'postgresql')"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The index of words is each database's own (0003): no model describes it."""
    return kind not in ("table", "index") or not (name or "").startswith("transcript_search")


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter most things in place; Alembic then copies the table.
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        include_name=include_name,
        compare_type=True,
        compare_server_default=True,
    )
    context.run_migrations()


async def migrate_database_url() -> None:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise BadInput(
            "DATABASE_URL is not set.", hint="e.g. DATABASE_URL=sqlite:///parley.db alembic ..."
        )
    engine = migration_engine(url)
    try:
        async with locked(engine) as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise BadInput("Migrations need the database they change.", hint="Run alembic without --sql.")
if (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    asyncio.run(migrate_database_url())
