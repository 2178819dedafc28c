"""Checks of the parts that every installation has, for ``app.http.health``."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.writer import RecordWriter
from app.audit.writer import AuditWriter
from app.http.health import Check
from core import metrics
from core import redis as redis_access
from core.database import DatabaseUnavailable
from core.errors import Unavailable
from core.redis import RedisUnavailable
from core.tasks import failing

_LAG_SECONDS = 60.0


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


def redis_check(redis: Redis) -> Check:
    """The Redis-protocol server answers."""

    async def check() -> None:
        metrics.redis_up.set(0)
        try:
            await redis_access.ping(redis)
        except RedisUnavailable:
            raise RedisUnavailable(
                "The Redis-protocol server does not answer.",
                hint="Is it running, and is REDIS_URL right?",
            ) from None  # without the address
        metrics.redis_up.set(1)

    return check


def database_check(engine: AsyncEngine) -> Check:
    """The database answers."""

    async def check() -> None:
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
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
