"""Finishes conversations: silenced where they must be, sealed if they are to be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from app.recordings import spans
from app.recordings.heard import Heard
from app.recordings.keys import RecordingKeys
from app.recordings.spans import TimeLine
from core.clock import Clock
from core.events import Event
from media.errors import DiskFailed
from media.recording.finish import Recording, discard, finalise
from media.tones import RATE
from sip.voice.raw_file import wait_closed

_CLOSE_SECONDS = 10.0
AT_ONCE: Final = 2
"""Recordings that are made at the same time: each takes a core for a moment."""

INCOMPLETE: Final = "incomplete"
"""The mark of a recording that is so much shorter than its conversation: the disk was
full, Asterisk was killed, or nothing came from either side."""

_FRAME_BYTES = 4
_LOST_SECONDS = 3.0


class Notes(Protocol):
    """Where recordings are noted."""

    async def known(self, contact_id: str, recording_id: str) -> dict[str, Any]:
        """What is noted of a recording; empty if nothing is."""
        ...


class ConversationFinisher:
    """Implements :class:`sip.voice.finishing.Finisher`. ``heard`` is None where nothing
    is to be silenced."""

    def __init__(
        self, folder: Path, keys: RecordingKeys, notes: Notes, heard: Heard | None, clock: Clock
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._notes = notes
        self._heard = heard
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)

    async def finish(self, contact_id: str, recording: dict[str, Any], raw: Path) -> dict[str, Any]:
        """See there."""
        known: dict[str, Any] = {}
        if "started_at" not in recording:  # salvaged: all we have is the file
            known = await self._notes.known(contact_id, recording["id"])
            recording = {**known, **recording}
        await asyncio.to_thread(wait_closed, raw, seconds=_CLOSE_SECONDS)
        events = await self._heard.settled(contact_id) if self._heard is not None else []
        async with self._room:
            made = await asyncio.to_thread(self._make, contact_id, recording, raw, events)
        return {**known, **made}

    def _make(
        self, contact_id: str, recording: Mapping[str, Any], raw: Path, events: list[Event]
    ) -> dict[str, Any]:
        written = raw.stat()
        seconds = written.st_size // _FRAME_BYTES / RATE
        started_at = float(recording.get("started_at", written.st_mtime - seconds))
        asked_at = recording.get("asked_at")
        line = TimeLine.of(started_at, written.st_mtime, seconds, asked_at=asked_at)
        silenced = []
        if self._heard is not None:
            silenced = [*spans.from_heard(events, line), *spans.from_keys(recording, line)]
        target = self._folder / contact_id / f"{recording['id']}.wav"
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DiskFailed(
                f"{target.parent} cannot be made: {error.strerror}.", hint="Is the disk full?"
            ) from error
        made = finalise(
            raw,
            target,
            recording_id=recording["id"],
            silenced=silenced,
            silent=spans.from_pauses(recording, line, written.st_mtime),
            keys=self._heard is not None,
            ring=self._keys.for_new(self._clock.now()),
        )
        return self._facts(made, recording, line, written.st_mtime, events)

    def _facts(
        self, made: Recording, recording: Mapping[str, Any], line: TimeLine, written: float,
        events: list[Event],
    ) -> dict[str, Any]:  # fmt: skip
        facts = made.facts()
        ended = float(recording.get("stopped_at", written))
        lost = ended - line.started_at - made.seconds
        if lost > _LOST_SECONDS:
            facts["marks"].append(INCOMPLETE)
            facts["missing_seconds"] = round(lost, 1)
        # By so much the place of a time in the file is uncertain.
        facts["gap_seconds"] = round(line.missing, 2)
        facts["early_seconds"] = round(line.early, 2)
        facts["path"] = str(made.path.relative_to(self._folder))
        facts["started_at"] = line.started_at
        facts["ended_at"] = line.started_at + made.seconds
        facts["heard_to"] = max((int(event.data.get("n", 0)) for event in events), default=0)
        facts["error"] = None
        facts["pauses"], facts["keyed"] = [], []  # in 'silenced' now
        return facts

    async def clear(self, raw: Path) -> None:
        """Remove ``raw``; where recordings are sealed it is overwritten first."""
        await asyncio.to_thread(discard, raw, wiped=self._keys.encrypted)
