"""The files of recordings: found, opened, judged whole, removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from app.recordings.keys import RecordingKeys
from core.errors import NotFound
from media.errors import NoAudio
from media.recording.finish import Recording, remake, remove
from media.recording.peaks import PER_SECOND
from media.recording.sealed import rewrap
from media.recording.silencing import Silenced
from media.recording.sound import Sound, open_sound

_STEP: Final = 1 << 20


class RecordingGone(NotFound):
    """The record names a file that is not there (any more)."""

    code: ClassVar[str] = "recording_gone"


class RecordingFiles:
    """Every recording below ``folder``. Names are relative to it and never lead out of it,
    also not by links. Raises RecordingGone, and what
    :mod:`media.recording.sound` raises."""

    def __init__(self, folder: Path, keys: RecordingKeys) -> None:
        self.folder = folder
        self._keys = keys

    @asynccontextmanager
    async def opened(self, recording_id: str, name: str) -> AsyncIterator[Sound]:
        """The sound of the recording in the file ``name``. Read it in threads."""
        sound = await asyncio.to_thread(self._open, recording_id, name)
        try:
            yield sound
        finally:
            await asyncio.to_thread(sound.close)

    def _open(self, recording_id: str, name: str) -> Sound:
        path = self._find(name)
        ring = self._keys.ring() if path.suffix != ".wav" else None
        try:
            return open_sound(path, ring, recording_id)
        except NoAudio:
            raise _gone() from None

    def _find(self, name: str) -> Path:
        root = self.folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise _gone()
        return path

    async def there(self, name: str) -> bool:
        """Whether the file is there."""

        def look() -> bool:
            try:
                return self._find(name).is_file()
            except RecordingGone:
                return False

        return await asyncio.to_thread(look)

    async def drawn(
        self, recording_id: str, name: str, points: int
    ) -> tuple[list[dict[str, Any]], float]:
        """Its waveform reduced to so many points, by channel, and its seconds."""

        def draw() -> tuple[list[dict[str, Any]], float]:
            sound = self._open(recording_id, name)
            try:
                peaks = sound.peaks()
                return peaks.reduced(points), len(peaks.outline) / PER_SECOND
            finally:
                sound.close()

        return await asyncio.to_thread(draw)

    async def check(self, recording_id: str, name: str) -> dict[str, Any]:
        """Read all of it: its size, and how much sound. Raises whatever is wrong."""

        def read() -> dict[str, Any]:
            sound = self._open(recording_id, name)
            try:
                for at in range(0, sound.size, _STEP):
                    sound.read(at, _STEP)
                windows = len(sound.peaks().outline)
                return {"bytes": sound.size, "seconds": windows / PER_SECOND}
            finally:
                sound.close()

        return await asyncio.to_thread(read)

    async def silence(
        self, recording_id: str, name: str, silenced: list[Silenced], silent: list[Silenced]
    ) -> Recording:
        """Write it once more with more silence."""

        def work() -> Recording:
            ring = self._keys.ring()
            path = self._find(name)
            return remake(
                path, recording_id=recording_id, silenced=silenced, silent=silent, ring=ring
            )

        return await asyncio.to_thread(work)

    async def rewrap(self, name: str) -> str:
        """Wrap its key by the key in use; the id of that key."""

        def work() -> str:
            ring = self._keys.ring()
            if ring is None:
                raise _gone()
            rewrap(self._find(name), ring)
            return ring.current

        return await asyncio.to_thread(work)

    async def remove(self, name: str) -> None:
        """Delete it and what lies beside it; no error if it is gone. Raises DiskFailed."""

        def work() -> None:
            root = self.folder.resolve()
            path = (root / name).resolve()
            if path.is_relative_to(root) and path != root and not path.is_dir():
                remove(path)

        await asyncio.to_thread(work)


def _gone() -> RecordingGone:
    return RecordingGone(
        "The file of this recording is not there.",
        hint="It may have been removed by the retention rules; its record says so.",
    )
