"""Recordings that were finished after their contact had ended and been stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import RecordingNotFound
from acd.records.rows import recording_columns
from acd.records.tables import RecordingRow


async def complete_recording(engine: AsyncEngine, recording: Mapping[str, Any]) -> None:
    """Add what became known of the recording with the ``id`` in ``recording``: what
    it names replaces what is stored, the rest stays. Raises RecordingNotFound."""
    table = RecordingRow.__table__
    assert isinstance(table, Table)
    values = recording_columns(recording)
    details = values.pop("details")
    mine = table.c.id == recording["id"]
    async with engine.begin() as connection:
        stored = (await connection.execute(select(table.c.details).where(mine))).first()
        if stored is None:
            raise RecordingNotFound(f"There is no recording {recording['id']}.")
        known = {name: value for name, value in values.items() if value is not None}
        await connection.execute(
            update(table).where(mine).values(**known, details={**stored.details, **details})
        )
