"""Notes recordings on live contacts, and in the records of those that are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import ContactNotFound, RecordingNotFound
from acd.records.faults import describe, is_of_rows
from acd.records.queries import ContactHistory
from acd.records.recordings import complete_recording
from acd.records.tables import RecordingRow
from acd.router import Router
from app.recordings.ledger import OVER, Ledger
from core import metrics
from core.clock import to_epoch
from core.database import DatabaseUnavailable
from core.errors import BadInput, ParleyError
from core.log import get_logger

log = get_logger(__name__)

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 15.0
# What the driver raises while it connects comes as it is.
_OF_DATABASE: Final = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class RecordingNotes:
    """Implements :class:`sip.voice.finishing.RecordingBook`. Recordings that are over are
    also written into the ``ledger``."""

    def __init__(self, router: Router, engine: AsyncEngine, ledger: Ledger | None = None) -> None:
        self._router = router
        self._engine = engine
        self._history = ContactHistory(engine)
        self._ledger = ledger
        self.on_over: list[Callable[[str], None]] = []  # told the contact

    async def note(self, contact_id: str, recording: dict[str, Any]) -> None:
        """Note it. While Redis or the database is away this waits and tries again, for
        as long as we run: the file is made, and only the note leads to it.

        A recording that only begins is tried once: without a note it does not begin.
        Raises RecordingNotFound, and then ParleyErrors that are retryable.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._note(contact_id, recording)
            except ParleyError as error:
                if not error.retryable or recording.get("state") == "recording":
                    raise
                log.warning(
                    "recording.note_delayed", contact=contact_id, recording=recording["id"],
                    code=error.code, error=error.message, again_in=pause,
                )  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def known(self, contact_id: str, recording_id: str) -> dict[str, Any]:
        """What is noted of a recording, empty if nothing is. Raises what Redis and the
        database raise."""
        with suppress(ContactNotFound):
            contact = await self._router.contacts.get(contact_id)
            return next((dict(r) for r in contact.recordings if r.get("id") == recording_id), {})
        with suppress(RecordingNotFound):
            return as_noted(await self._history.recording(recording_id))
        return {}

    async def _note(self, contact_id: str, recording: dict[str, Any]) -> None:
        if self._ledger is not None and recording.get("state") in OVER:
            await self._ledger.keep(contact_id, recording)
            metrics.recordings_total.labels(str(recording["state"])).inc()
            for listener in self.on_over:
                listener(contact_id)
        try:
            await self._router.contacts.add_recording(contact_id, recording)
        except ContactNotFound:
            # A contact leaves Redis only after it was stored, so it is there.
            try:
                await complete_recording(self._engine, recording)
            except _OF_DATABASE as error:
                if is_of_rows(error):
                    raise BadInput(
                        f"The database refuses a recording's note: {describe(error)}."
                    ) from error
                raise DatabaseUnavailable(
                    f"The database did not take a recording's note: {describe(error)}.",
                    hint="It is tried again.",
                ) from error


def as_noted(row: RecordingRow) -> dict[str, Any]:
    """A stored recording as it was noted."""
    known = {
        "id": row.id, "path": row.path, "channels": row.channels, "sample_rate": row.sample_rate,
        "agent_id": row.agent_id,
        "started_at": to_epoch(row.started_at) if row.started_at is not None else None,
    }  # fmt: skip
    return {**row.details, **{name: value for name, value in known.items() if value is not None}}
