"""Recordings: ``/api/recordings/{recording_id}``, for supervisors.

Ranges work (RFC 9110, 14), so a player can jump.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from aiohttp import web

from acd.records.queries import ContactHistory
from app.http.routes import Call, Needs, Route
from core.errors import NotFound
from core.log import get_logger

log = get_logger(__name__)

_TYPES = {".wav": "audio/wav", ".ogg": "audio/ogg", ".mp3": "audio/mpeg", ".flac": "audio/flac"}


class RecordingGone(NotFound):
    """The record names a file that is not there (any more)."""

    code: ClassVar[str] = "recording_gone"


class RecordingsApi:
    """The route of recordings; ``folder`` is the installation's."""

    def __init__(self, history: ContactHistory, folder: Path) -> None:
        self._history = history
        self._folder = folder

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/recordings/{recording_id}", needs=Needs.SUPERVISOR,
                handler=self._download, summary="The sound of a recording", streams=True,
            )
        ]  # fmt: skip

    async def _download(self, call: Call) -> web.StreamResponse:
        return await sound_of(self._history, self._folder, call.part("recording_id"), call)


async def sound_of(
    history: ContactHistory, folder: Path, recording_id: str, call: Call
) -> web.StreamResponse:
    """The file of a recording, noted in the log with who reads it. Raises
    :class:`~acd.errors.RecordingNotFound` and :class:`RecordingGone`."""
    recording = await history.recording(recording_id)
    path = await asyncio.to_thread(_inside, folder, recording.path)
    if path is None:
        raise RecordingGone(
            "The file of this recording is not there.",
            hint="It may have been removed by the retention rules.",
        )
    log.info(
        "http.recording_read", contact=recording.contact_id, recording=recording.id,
        by=call.me.id,
    )  # fmt: skip
    name = f"{recording.id}{path.suffix}"
    headers = {
        "Content-Type": _TYPES.get(path.suffix, "application/octet-stream"),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return web.FileResponse(path, headers=headers)


def _inside(folder: Path, name: str) -> Path | None:
    """The file ``name`` if it lies within ``folder``, links followed."""
    root = folder.resolve()
    path = (root / name).resolve()
    return path if path.is_relative_to(root) and path.is_file() else None
