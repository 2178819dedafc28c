"""A migrated database of each kind, with contacts that things may belong to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.model import Contact, Medium
from acd.records.rows import build
from acd.records.store import store
from app.hearing.transcripts import TranscriptStore
from app.migrate import upgrade
from core.database import create_engine
from core.ids import new_id

AT = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)

KnownContact = Callable[..., Awaitable[str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """DATABASE_URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/parley.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with all tables."""
    await upgrade(database_url)
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def transcripts(engine: AsyncEngine) -> TranscriptStore:
    return TranscriptStore(engine)


@pytest.fixture
def known_contact(engine: AsyncEngine) -> KnownContact:
    """``await known_contact(created_at)``: the id of a contact that the database has."""

    async def make(created_at: datetime = AT, contact_id: str | None = None) -> str:
        contact = Contact(
            id=contact_id or new_id("con"), medium=Medium.VOICE, channel="phone",
            direction="inbound", created_at=created_at, version=1,
        )  # fmt: skip
        await store(engine, [build(contact, [])])
        return contact.id

    return make
