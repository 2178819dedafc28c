"""The test suite's own PostgreSQL: a fresh database for each test."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.database import create_engine


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_an_empty_database(postgres_url: str, turn: int) -> None:
    engine = create_engine(postgres_url)
    async with engine.begin() as connection:
        version = (await connection.execute(text("SHOW server_version"))).scalar_one()
        assert int(version.split(".")[0]) >= 16
        await connection.execute(text("CREATE TABLE left_behind (turn int)"))
    await engine.dispose()
