"""Access to the database: SQLite by default, PostgreSQL by ``DATABASE_URL``.

Table definitions live with the room that owns them and share :class:`Base`;
the schema changes only through Alembic (``app/migrations``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, MetaData, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from core.errors import BadInput, Unavailable


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""

    code: ClassVar[str] = "database_unavailable"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time in every database. SQLite has no zones, so it is stored
    there as naive UTC and made aware again; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraints get predictable names so that Alembic can
    drop them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


def async_url(url: str) -> str:
    """``postgres://...`` or ``sqlite:///...`` with the asyncio driver named.

    Raises :class:`BadInput` for another database.
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.partition("+")[0]
    if not separator or scheme not in _DRIVERS:
        raise BadInput(
            f"DATABASE_URL has the scheme {scheme!r}.",
            hint="Allowed: sqlite:///path or postgresql://user@host/name.",
        )
    return f"{_DRIVERS[scheme]}://{rest}"


class Gate:
    """Keeps an engine from connecting until :meth:`open`: whoever uses it meanwhile gets
    what they get from a database that is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.is_open = False
        event.listen(engine.sync_engine, "do_connect", self._connect)

    def open(self) -> None:
        """From now on."""
        self.is_open = True

    def _connect(self, *_: Any) -> None:
        if not self.is_open:
            refused = ConnectionRefusedError("the database is not ready")
            raise OperationalError("connect", None, refused)


def create_engine(url: str) -> AsyncEngine:
    """An engine for ``url``; SQLite gets WAL, foreign keys and a busy time-out."""
    url = async_url(url)
    if not url.startswith("sqlite"):
        return create_async_engine(
            url, pool_size=5, max_overflow=5, pool_timeout=10, pool_pre_ping=True,
            hide_parameters=True,  # they are personal, and errors are logged
            connect_args={"timeout": 10, "command_timeout": 30},
        )  # fmt: skip
    engine = create_async_engine(url, connect_args={"timeout": 10}, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
