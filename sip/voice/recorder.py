"""Recordings of conversations: started, stopped, finished, and salvaged.

Asterisk writes the raw stereo itself, so a recording goes on while we are away.
When it is closed it becomes a wav file in a thread. The record of it is noted at
the start, so that a recording can never be without a contact.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core import ids
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.serial import KeyedWorker
from core.tasks import TaskOwner
from media.errors import NoAudio
from media.recording.finish import finalise
from sip import verbs
from sip.ami import AmiClient
from sip.voice.ears import Ears, NoEars
from sip.voice.legs import Leg, LegTable
from sip.voice.raw_file import wait_closed

log = get_logger(__name__)

_CLOSE_SECONDS = 10.0
_UNHOOK_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.01
_LEAST_SECONDS = 2.0  # a recording that ran longer and is empty has failed


class RecordingBook(Protocol):
    """Where recordings are noted."""

    async def note(self, contact_id: str, recording: dict[str, Any]) -> None:
        """Add the recording to the contact, or replace the one with its ``id``,
        also after the contact has ended."""
        ...


@dataclass(frozen=True, slots=True)
class RecorderFolders:
    """``raw`` is where Asterisk writes, ``finished`` where wav files are kept."""

    raw: Path
    finished: Path


class Recorder:
    """Keeps at most one running recording a contact.

    ``wanted(contact_id, agent_id)`` says whether a conversation is recorded; ``ears``
    listen to it beside.
    """

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        folders: RecorderFolders,
        book: RecordingBook,
        clock: Clock,
        worker: KeyedWorker,
        wanted: Callable[[str, str], Awaitable[bool]],
        ears: Ears | None = None,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._folders = folders
        self._book = book
        self._clock = clock
        self._worker = worker
        self._wanted = wanted
        self.ears: Ears = ears or NoEars()
        self._planned: dict[str, dict[str, Any]] = {}
        self._running: dict[str, dict[str, Any]] = {}
        self._finishing: set[str] = set()  # ids
        self._tasks = TaskOwner("recorder")
        for folder in (folders.raw, folders.finished):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(self, contact_id: str, *, agent_id: str) -> None:
        """Begin recording the conversation, after what is under way for the contact."""
        recording: dict[str, Any] = {
            "id": ids.new_id(ids.RECORDING), "agent_id": agent_id, "channels": 2,
            "sample_rate": 8000, "state": "recording",
        }  # fmt: skip
        recording["path"] = f"{contact_id}/{recording['id']}.wav"
        self._planned[contact_id] = recording
        self._worker.submit(contact_id, "record", lambda: self._start(contact_id, recording))

    async def _start(self, contact_id: str, recording: dict[str, Any]) -> None:
        try:
            await self.ears.parted(contact_id)
            if contact_id not in self._running and await self._wanted(
                contact_id, recording["agent_id"]
            ):
                await self._record(contact_id, recording)
        finally:
            if self._planned.get(contact_id) is recording:
                del self._planned[contact_id]
                # Not before: a tap is another thing that hangs on the channel.
                self.ears.joined(contact_id, recording["agent_id"])

    async def _record(self, contact_id: str, recording: dict[str, Any]) -> None:
        if (leg := self._legs.customer(contact_id)) is not None:
            with suppress(ParleyError):
                await self._unhooked(leg)
        recording["started_at"] = to_epoch(self._clock.now())
        try:
            # Noted first: a file without a note would be lost to its contact.
            await self._book.note(contact_id, recording)
            customer = self._legs.customer(contact_id)
            # Parted again meanwhile (:meth:`stop`): what they say now is not ours.
            if customer is None or self._planned.get(contact_id) is not recording:
                await self._book.note(contact_id, {**recording, "state": "empty"})
                return
            self._running[contact_id] = recording
            await verbs.record(self._ami, customer.target, self._raw(contact_id, recording))
            recording["started_at"] = to_epoch(self._clock.now())  # noted when it is finished
        except ParleyError as error:
            if self._running.get(contact_id) is recording:
                del self._running[contact_id]
            log.warning("recording.not_started", contact=contact_id, code=error.code)
            await self._note(contact_id, {**recording, "state": "failed"})

    async def _unhooked(self, leg: Leg) -> None:
        """Wait until the recording before is off the channel of ``leg``.

        What hangs on a channel shares one decoder a direction, which lives until
        nothing does. With the patch for concealing lost packets that Debian's Asterisk
        carries, a decoder takes packets with lower sequence numbers for late ones and
        drops them; those of another agent begin anywhere. A recording that began beside
        the one before would miss that agent, perhaps for minutes.
        """
        while time.monotonic() < leg.unhooks_until:
            if not await verbs.is_hooked(self._ami, leg.target):
                leg.unhooks_until = 0.0
                return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        if leg.unhooks_until:
            leg.unhooks_until = 0.0
            log.warning("recording.beside_another", contact=leg.contact_id, leg=leg.id)

    async def stop(self, contact_id: str) -> None:
        """Close the running recording, if any, and finish it; one that was to begin
        does not."""
        self._planned.pop(contact_id, None)
        if contact_id not in self._running:
            await self.ears.parted(contact_id)
            return
        customer = self._legs.customer(contact_id)
        if customer is None:
            await self.ears.parted(contact_id)
        else:
            await asyncio.gather(
                self.ears.parted(contact_id),
                verbs.stop_recording(self._ami, customer.target),
                return_exceptions=True,
            )
            customer.unhooks_until = time.monotonic() + _UNHOOK_SECONDS
        self.ended(contact_id)

    def ended(self, contact_id: str) -> None:
        """The recorded leg is gone or no longer recorded: finish the file."""
        self._planned.pop(contact_id, None)
        recording = self._running.pop(contact_id, None)
        if recording is not None:
            self._finishing.add(recording["id"])
            self._tasks.start(self._finish(contact_id, recording), name=f"finish:{recording['id']}")

    async def pause(self, contact_id: str, paused: bool) -> None:
        """Silence instead of speech while ``paused``. Raises NoSuchChannel."""
        customer = self._legs.customer(contact_id)
        if customer is None or contact_id not in self._running:
            raise verbs.NoSuchChannel("This contact is not being recorded.")
        await verbs.pause_recording(self._ami, customer.target, paused)

    def adopt(self, contact_id: str, recordings: Iterable[dict[str, Any]]) -> None:
        """After a restart of ours: a recording that was running still is."""
        for recording in recordings:
            if recording.get("state") == "recording" and contact_id not in self._planned:
                self._running.setdefault(contact_id, dict(recording))

    async def salvage(self) -> None:
        """Finish raw files that nobody writes any more (we or Asterisk were killed)."""
        for raw in await asyncio.to_thread(lambda: sorted(self._folders.raw.glob("con_*.raw"))):
            contact_id, _, recording_id = raw.stem.partition(".")
            ours = {r["id"] for r in (*self._running.values(), *self._planned.values())}
            if recording_id in ours | self._finishing or not ids.is_id(contact_id, ids.CONTACT):
                continue
            log.info("recording.salvaged", contact=contact_id, recording=recording_id)
            recording = {"id": recording_id, "path": f"{contact_id}/{recording_id}.wav"}
            self._finishing.add(recording_id)
            await self._finish(contact_id, recording)

    async def _finish(self, contact_id: str, recording: dict[str, Any]) -> None:
        try:
            await self._finish_noted(contact_id, recording)
        finally:
            self._finishing.discard(recording["id"])

    async def _finish_noted(self, contact_id: str, recording: dict[str, Any]) -> None:
        raw = self._raw(contact_id, recording)
        wav = self._folders.finished / recording["path"]
        now = to_epoch(self._clock.now())
        try:
            facts = await asyncio.to_thread(_finish_file, raw, wav)
        except (NoAudio, FileNotFoundError) as error:
            await asyncio.to_thread(raw.unlink, missing_ok=True)
            if not 0 <= now - recording.get("started_at", 0) < _LEAST_SECONDS:
                return await self._failed(contact_id, recording, error)
            # They hung up before a first block of sound was written.
            await self._note(
                contact_id, {**recording, "bytes": 0, "ended_at": now, "state": "empty"}
            )
            return None
        except (ParleyError, OSError) as error:
            return await self._failed(contact_id, recording, error)
        ended = recording["started_at"] + facts["seconds"] if "started_at" in recording else now
        noted = {**recording, **facts, "ended_at": ended, "state": "finished"}
        if await self._note(contact_id, noted):  # else the next start makes up for it
            await asyncio.to_thread(raw.unlink, missing_ok=True)
        return None

    async def _failed(self, contact_id: str, recording: dict[str, Any], error: Exception) -> None:
        log.error(
            "recording.failed", contact=contact_id, recording=recording["id"], error=str(error)
        )
        await self._note(contact_id, {**recording, "state": "failed"})

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

    def _raw(self, contact_id: str, recording: dict[str, Any]) -> Path:
        return self._folders.raw / f"{contact_id}.{recording['id']}.raw"

    async def close(self) -> None:
        """Wait for files that are being finished; running recordings go on."""
        await self._tasks.drain(_CLOSE_SECONDS)
        await self._tasks.close()


def _finish_file(raw: Path, wav: Path) -> dict[str, Any]:
    wait_closed(raw, seconds=_CLOSE_SECONDS)
    wav.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return finalise(raw, wav).facts()
