"""Finishes messages that callers left, as conversations are finished."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.recordings.keys import RecordingKeys
from core.clock import Clock
from media import message
from media.errors import DiskFailed
from media.recording.finish import discard
from sip.voice.raw_file import wait_closed

_CLOSE_SECONDS = 10.0


class MessageFinisher:
    """``silences``: whether keys in a row are made silent."""

    def __init__(self, folder: Path, keys: RecordingKeys, clock: Clock, *, silences: bool) -> None:
        self._folder = folder
        self._keys = keys
        self._clock = clock
        self._silences = silences

    async def finish(self, contact_id: str, recording_id: str, raw: Path) -> dict[str, Any]:
        """What became of it, for its note. Raises NoAudio where nothing is said, and
        DiskFailed; ``raw`` stays."""

        def work() -> dict[str, Any]:
            with suppress(FileNotFoundError):  # finalise says so
                wait_closed(raw, seconds=_CLOSE_SECONDS)
            target = self._folder / contact_id / f"{recording_id}.wav"
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise DiskFailed(f"{target.parent} cannot be made: {error.strerror}.") from error
            ring = self._keys.for_new(self._clock.now())
            made = message.finalise(
                raw, target, recording_id=recording_id, keys=self._silences, ring=ring
            )
            path = str(made.recording.path.relative_to(self._folder))
            return {**made.facts(), "path": path, "error": None}

        return await asyncio.to_thread(work)

    async def clear(self, raw: Path) -> None:
        """Remove ``raw``; where recordings are sealed it is overwritten first."""
        await asyncio.to_thread(discard, raw, wiped=self._keys.encrypted)
