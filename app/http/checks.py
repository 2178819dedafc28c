"""Checks of the parts that every installation has, for ``app.http.health``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.writer import RecordWriter
from app.audit.writer import AuditWriter
from app.http.health import Check
from core import metrics
from core import redis as redis_access
from core.database import DatabaseUnavailable
from core.errors import ParleyError, Unavailable
from core.redis import Keys, RedisRefuses, RedisUnavailable
from core.tasks import failing
from core.valkey_salvage import damaged

_LAG_SECONDS = 60.0


_CHANGES_NOTHING = text("DELETE FROM alembic_version WHERE version_num = 'probe'")
_READ_ONLY_TRANSACTION = "25006"  # SQLSTATE


class DatabaseReadOnly(DatabaseUnavailable):
    """The database answers and takes no writes."""

    code: ClassVar[str] = "database_read_only"


class RecordsBehind(Unavailable):
    """Contacts are not being stored as they should."""

    code: ClassVar[str] = "records_behind"


class AuditBehind(Unavailable):
    """What was changed by whom is not being stored."""

    code: ClassVar[str] = "audit_behind"


class TaskFailing(Unavailable):
    """A part of the app died and is started again."""

    code: ClassVar[str] = "task_failing"


def tasks_check() -> Check:
    """What is to run for ever runs."""

    async def check() -> None:
        dead = failing(asyncio.get_running_loop().time())
        if dead:
            names = ", ".join(sorted(f"{one.name} ({one.why})" for one in dead))
            raise TaskFailing(
                f"Parts of the app died and were started again: {names}.",
                hint="The log says why under task.died; please report it.",
                count=len(dead),
            )

    return check


def _is_read_only(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state == _READ_ONLY_TRANSACTION or "readonly database" in str(error.orig)


def redis_check(redis: Redis, keys: Keys) -> Check:
    """The Redis-protocol server answers, and takes a write: one that is out of memory, has
    a full disk or is a replica still answers."""

    async def check() -> None:
        metrics.redis_up.set(0)
        try:
            await redis_access.write_probe(redis, keys)
        except RedisRefuses:
            raise
        except RedisUnavailable:
            raise RedisUnavailable(
                "The Redis-protocol server does not answer.",
                hint="Is it running, and is REDIS_URL right?",
            ) from None  # without the address
        metrics.redis_up.set(1)

    return check


def database_check(engine: AsyncEngine, schema: Callable[[], None]) -> Check:
    """The database has the ``schema`` (else that raises), answers and takes writes.

    What is written changes nothing: no version is called that. It is refused all the
    same where the file, the disk or the server is read-only.
    """

    async def check() -> None:
        schema()
        try:
            async with engine.begin() as connection:
                await connection.execute(text("SELECT 1"))
                await connection.execute(_CHANGES_NOTHING)
        except (SQLAlchemyError, OSError) as error:
            if _is_read_only(error):
                raise DatabaseReadOnly(
                    "The database takes no writes. Calls go on; records wait in Redis.",
                    hint="Is it a replica, its disk mounted read-only, or its file not ours?",
                ) from None
            raise DatabaseUnavailable(
                f"The database does not answer ({type(error).__name__}).",
                hint="Is it running, and is DATABASE_URL right?",
            ) from None

    return check


def records_check(writer: RecordWriter) -> Check:
    """Ended contacts reach the database."""

    async def check() -> None:
        health = writer.health
        if not health.ok or health.lag > _LAG_SECONDS:
            raise RecordsBehind(
                f"{health.pending} contacts wait to be stored, {health.stuck} of them stuck, "
                f"the oldest for {health.lag:.0f} s.",
                hint="The log says why under records.*; nothing is lost meanwhile.",
            )

    return check


def audit_check(writer: AuditWriter) -> Check:
    """Who changed what reaches the database."""

    async def check() -> None:
        if writer.failing_for > _LAG_SECONDS:
            raise AuditBehind(
                f"The audit could not be stored for {writer.failing_for:.0f} s.",
                hint="The log says why under audit.*; it is kept in Redis meanwhile.",
            )

    return check


class RedisDamageKept(ParleyError):
    """Valkey's data was damaged once; the damaged files are still there."""

    code: ClassVar[str] = "redis_damage_kept"


def redis_damage_check(folder: Path) -> Check:
    """No damaged data of the embedded Valkey in ``folder`` waits to be looked at."""

    async def check() -> None:
        if found := await asyncio.to_thread(damaged, folder):
            raise RedisDamageKept(
                f"Valkey's data was damaged; what could not be read is in {found[-1].name}.",
                hint="Look into the cause (is the disk well?), then remove the folder.",
                count=len(found),
            )

    return check
