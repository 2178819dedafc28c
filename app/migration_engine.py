"""A connection on which only one process at a time changes the schema.

PostgreSQL: a transaction-level advisory lock. SQLite: the transaction begins
IMMEDIATE and so takes the write lock. In both all steps are one transaction: a
migration that fails leaves the database as it was.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.database import DatabaseUnavailable, async_url
from core.errors import BadInput, ParleyError

LOCK_SECONDS: Final = 60
_ADVISORY_LOCK: Final = 0x7061726C6579  # "parley"
_LOCK_NOT_AVAILABLE: Final = "55P03"


class MigrationFailed(ParleyError):
    """The schema could not be brought to the wanted version; nothing was changed."""

    code: ClassVar[str] = "migration_failed"


class MigrationLocked(DatabaseUnavailable):
    """Another process has been changing the schema for too long."""

    code: ClassVar[str] = "migration_locked"


def migration_engine(url: str, *, lock_seconds: int = LOCK_SECONDS) -> AsyncEngine:
    """An engine for schema changes, without a limit on how long a step may take.

    A SQLite file that does not exist is created, readable by its owner only; so is
    its folder. Raises :class:`BadInput` for another kind of database.
    """
    url = async_url(url)
    if not url.startswith("sqlite"):
        return create_async_engine(url, poolclass=NullPool, connect_args={"timeout": 10})
    path = make_url(url).database
    if not path or path == ":memory:" or path.startswith("file:"):
        raise BadInput(
            f"A SQLite database needs a file, found {path or 'none'!r}.",
            hint="e.g. DATABASE_URL=sqlite:////var/lib/parley/parley.db",
        )
    _create_private(Path(path))
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": lock_seconds})

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: DDL would escape them.
        connection.isolation_level = None
        cursor = connection.cursor()
        # A table that is copied and dropped must not take what refers to it along.
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _create_private(path: Path) -> None:
    """Records hold personal data: the file is the owner's. SQLite gives its
    companions (-wal, -shm) the same mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(
            f"The database file {path} cannot be created: {error.strerror}.",
            hint="Check DATABASE_URL and the permissions of its folder.",
        ) from error


@asynccontextmanager
async def locked(
    engine: AsyncEngine, *, lock_seconds: int = LOCK_SECONDS
) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds the lock; committed at the end of the block.

    Raises :class:`MigrationLocked` when the lock is not free in time and
    :class:`~core.database.DatabaseUnavailable` when nothing answers.
    """
    try:
        connection = await engine.connect().start()
    except (OSError, TimeoutError, DBAPIError) as error:
        raise _away(error) from error
    try:
        try:
            await connection.begin()
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"SET LOCAL lock_timeout = '{lock_seconds}s'"))
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
                await connection.execute(text("SET LOCAL lock_timeout = DEFAULT"))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE or (
                isinstance(error, OperationalError) and "locked" in str(error.orig)
            ):
                raise MigrationLocked(
                    f"Another process has held the schema for {lock_seconds} s.",
                    hint="Is a migration or a backup running? Wait for it and start again.",
                ) from error
            raise _away(error) from error
        yield connection
        await connection.commit()
    finally:  # closing takes back what was not committed
        await connection.close()


def _away(error: BaseException) -> DatabaseUnavailable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return DatabaseUnavailable(
        f"The database does not answer: {cause}.",
        hint="Is it running, and is DATABASE_URL right?",
    )
