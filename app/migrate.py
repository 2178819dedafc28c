"""Brings the database's schema to the version this code works with.

:func:`upgrade` runs at every start of the app. Two processes may start at once:
the second waits for the first and then finds nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.migration_engine import MigrationFailed, locked, migration_engine
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)

HEAD: Final = "head"
BASE: Final = "base"


class DatabaseTooNew(ParleyError):
    """The database was written by a newer Parley than this one."""

    code: ClassVar[str] = "database_too_new"


class DatabaseDamaged(ParleyError):
    """Rows refer to rows that are not there."""

    code: ClassVar[str] = "database_damaged"


async def upgrade(url: str, revision: str = HEAD) -> str:
    """Apply what is missing up to ``revision``; returns the revision now in force.

    Runs in a thread of its own, the event loop stays free. Raises
    :class:`DatabaseTooNew`, :class:`MigrationFailed`, :class:`MigrationLocked` or
    :class:`~core.database.DatabaseUnavailable`.
    """
    return await asyncio.to_thread(upgrade_now, url, revision)


async def downgrade(url: str, revision: str) -> str:
    """Take changes back down to ``revision`` (``base`` for all): their data is lost."""
    return await asyncio.to_thread(downgrade_now, url, revision)


async def current(url: str) -> str:
    """The revision in force, ``base`` for a database without tables of ours."""
    return await asyncio.to_thread(lambda: asyncio.run(_with_lock(url, _current)))


def upgrade_now(url: str, revision: str = HEAD) -> str:
    """:func:`upgrade` for a thread without an event loop."""

    def work(connection: Connection, config: Config) -> None:
        command.upgrade(config, revision)

    return _change(url, work)


def downgrade_now(url: str, revision: str) -> str:
    """:func:`downgrade` for a thread without an event loop."""

    def work(connection: Connection, config: Config) -> None:
        command.downgrade(config, revision)

    return _change(url, work)


def newest() -> str:
    """The revision this code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _change(url: str, work: Callable[[Connection, Config], None]) -> str:
    def run(connection: Connection) -> str:
        config = _config()
        before = _current(connection)
        _refuse_newer(config, before)
        config.attributes["connection"] = connection
        work(connection, config)
        _check_references(connection)
        after = _current(connection)
        if after != before:
            log.info("database.migrated", before=before, after=after)
        return after

    return asyncio.run(_with_lock(url, run))


async def _with_lock(url: str, work: Callable[[Connection], str]) -> str:
    engine = migration_engine(url)
    try:
        async with locked(engine) as connection:
            return await connection.run_sync(work)
    except SQLAlchemyError as error:
        raise MigrationFailed(
            f"The schema could not be changed: {str(error).splitlines()[0]}",
            hint="Nothing was changed. Check the disk and the rights of the database user.",
        ) from error
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    # Percent signs have a meaning of their own in Alembic's configuration.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    return config


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or BASE


def _refuse_newer(config: Config, revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision != BASE and revision not in known:
        raise DatabaseTooNew(
            f"The database has revision {revision}, which this Parley does not know.",
            hint="Start the newer Parley that wrote it, or restore a backup from before.",
            revision=revision,
            newest=newest(),
        )


def _check_references(connection: Connection) -> None:
    """SQLite's foreign keys are off while its tables are copied: look afterwards."""
    if connection.dialect.name != "sqlite":
        return
    if broken := connection.execute(text("PRAGMA foreign_key_check")).all():
        tables = sorted({str(row[0]) for row in broken})
        raise DatabaseDamaged(
            f"After the change {len(broken)} rows in {', '.join(tables)} refer to nothing.",
            hint="Nothing was changed. Restore a backup or report this with the log.",
        )
