"""Recordings that are over: finished, noted, and tried again while the disk is full.

A raw file is removed only when its recording is finished and noted. What could not be
finished stays, and is finished when there is room again or after the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Protocol

from core import ids
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.errors import DiskFailed, NoAudio
from media.recording.finish import RAW_SUFFIX

log = get_logger(__name__)

_CLOSE_SECONDS = 10.0
_LEAST_SECONDS = 2.0  # a recording that ran longer and is empty has failed
_AGAIN_SECONDS = 15.0


class RecordingBook(Protocol):
    """Where recordings are noted."""

    async def note(self, contact_id: str, recording: dict[str, Any]) -> None:
        """Add the recording to the contact, or replace the one with its ``id``,
        also after the contact has ended."""
        ...


class Finisher(Protocol):
    """Makes recordings of raw files."""

    async def finish(self, contact_id: str, recording: dict[str, Any], raw: Path) -> dict[str, Any]:
        """What became of it, for its note: ``path`` (relative to the folder of finished
        recordings), ``seconds``, ``bytes``, ``ended_at``... Raises NoAudio where nothing was
        recorded, FileNotFoundError, DiskFailed and further ParleyErrors; ``raw`` stays."""
        ...

    async def clear(self, raw: Path) -> None:
        """Remove ``raw``, which is not needed any more. Raises DiskFailed."""
        ...


class Finishing:
    """Finishes recordings in tasks of its own; ``raw`` is the folder of raw files."""

    def __init__(
        self, raw: Path, book: RecordingBook, finisher: Finisher, clock: Clock, *,
        again_seconds: float = _AGAIN_SECONDS,
    ) -> None:  # fmt: skip
        self._folder = raw
        self._book = book
        self._finisher = finisher
        self._clock = clock
        self.again_seconds = again_seconds
        """How long after a try that found no room there is another."""
        self._under_way: set[str] = set()  # ids
        self._unfinished: dict[str, tuple[str, dict[str, Any]]] = {}
        self._waits: asyncio.Task[None] | None = None
        self._tasks = TaskOwner("finishing")

    @property
    def unfinished(self) -> int:
        """How many wait for room on the disk."""
        return len(self._unfinished)

    def raw_file(self, contact_id: str, recording: dict[str, Any]) -> Path:
        """Where Asterisk writes it."""
        return self._folder / f"{contact_id}.{recording['id']}{RAW_SUFFIX}"

    def begin(self, contact_id: str, recording: dict[str, Any]) -> None:
        """The recording is over: finish it."""
        self._under_way.add(recording["id"])
        over = {**recording, "stopped_at": to_epoch(self._clock.now())}
        self._tasks.start(self._finish(contact_id, over), name=f"finish:{recording['id']}")

    async def salvage(self, *, but_not: Callable[[], Collection[str]]) -> None:
        """Finish raw files that nobody writes any more (we or Asterisk were killed).
        ``but_not`` gives the ids of recordings that run."""
        for raw in await asyncio.to_thread(lambda: sorted(self._folder.glob("con_*.raw"))):
            contact_id, _, recording_id = raw.stem.partition(".")
            taken = {*but_not(), *self._under_way, *self._unfinished}
            if recording_id in taken or not ids.is_id(contact_id, ids.CONTACT):
                continue
            log.info("recording.salvaged", contact=contact_id, recording=recording_id)
            recording = {"id": recording_id, "path": f"{contact_id}/{recording_id}.wav"}
            await self._finish(contact_id, recording)

    async def _finish(self, contact_id: str, recording: dict[str, Any]) -> None:
        """Finish it; if there is no room for it, say so once and remember it."""
        id_ = recording["id"]
        self._under_way.add(id_)
        try:
            await self._finish_noted(contact_id, recording)
            self._unfinished.pop(id_, None)
        except DiskFailed as error:
            first = id_ not in self._unfinished
            self._unfinished[id_] = (contact_id, recording)
            if self._waits is None or self._waits.done():
                self._waits = self._tasks.start(self._try_again(), name="again")
            if first:
                log.error(
                    "recording.unfinished", contact=contact_id, recording=id_, error=str(error)
                )
                waiting = {**recording, "state": "unfinished", "error": error.code}
                await self._note(contact_id, waiting)
        finally:
            self._under_way.discard(id_)

    async def _try_again(self) -> None:
        while self._unfinished:
            await asyncio.sleep(self.again_seconds)
            for contact_id, recording in list(self._unfinished.values()):
                try:
                    await self._finish(contact_id, recording)
                except Exception as error:  # the others must not wait for ever
                    log.error("recording.try_failed", contact=contact_id, exc_info=error)

    async def _finish_noted(self, contact_id: str, recording: dict[str, Any]) -> None:
        """Raises DiskFailed, and then the raw file is there."""
        raw = self.raw_file(contact_id, recording)
        try:
            facts = await self._finisher.finish(contact_id, recording, raw)
        except (NoAudio, FileNotFoundError) as error:
            await self._clear(contact_id, raw)
            now = to_epoch(self._clock.now())
            if not 0 <= now - recording.get("started_at", 0) < _LEAST_SECONDS:
                await self._failed(contact_id, recording, error)
                return
            # They hung up before a first block of sound was written.
            empty = {**recording, "bytes": 0, "ended_at": now, "state": "empty"}
            await self._note(contact_id, empty)
            return
        except DiskFailed:
            raise
        except (ParleyError, OSError) as error:
            await self._failed(contact_id, recording, error)
            return
        noted = {**recording, **facts, "state": "finished"}
        if await self._note(contact_id, noted):  # else the next start makes up for it
            await self._clear(contact_id, raw)

    async def _clear(self, contact_id: str, raw: Path) -> None:
        try:
            await self._finisher.clear(raw)
        except ParleyError as error:
            log.error("recording.raw_not_removed", contact=contact_id, code=error.code)

    async def _failed(self, contact_id: str, recording: dict[str, Any], error: Exception) -> None:
        log.error(
            "recording.failed", contact=contact_id, recording=recording["id"], error=str(error)
        )
        code = error.code if isinstance(error, ParleyError) else DiskFailed.code
        await self._note(contact_id, {**recording, "state": "failed", "error": code})

    async def _note(self, contact_id: str, recording: dict[str, Any]) -> bool:
        try:
            await self._book.note(contact_id, recording)
            return True
        except ParleyError as error:
            log.error(
                "recording.not_noted", contact=contact_id, recording=recording["id"],
                code=error.code,
            )  # fmt: skip
            return False

    async def close(self) -> None:
        """Wait for files that are being finished; those without room wait for the next
        start."""
        if self._waits is not None:
            self._waits.cancel()
        await self._tasks.drain(_CLOSE_SECONDS)
        await self._tasks.close()
