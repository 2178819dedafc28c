"""A PostgreSQL server for a row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.ports import PortBlock
from tests.support.postgres import PostgresServer


@asynccontextmanager
async def postgres() -> AsyncIterator[tuple[PostgresServer, str]]:
    """A running server, and the address of an empty database of it."""
    block = PortBlock.reserve()
    server = PostgresServer(block.take())
    try:
        await server.start()
        yield server, server.url(await server.create_database())
    finally:
        await server.stop()
        block.release()
