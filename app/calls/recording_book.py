"""Notes recordings on live contacts, and in the records of those that are over."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import ContactNotFound
from acd.records.recordings import complete_recording
from acd.router import Router


class RecordingNotes:
    """Implements :class:`sip.voice.recorder.RecordingBook`."""

    def __init__(self, router: Router, engine: AsyncEngine) -> None:
        self._router = router
        self._engine = engine

    async def note(self, contact_id: str, recording: dict[str, Any]) -> None:
        try:
            await self._router.contacts.add_recording(contact_id, recording)
        except ContactNotFound:
            # A contact leaves Redis only after it was stored, so it is there.
            await complete_recording(self._engine, recording)
