"""Recordings: ``/api/recordings``, for supervisors.

Ranges work (RFC 9110, 14), so a player can jump, also within sealed ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from acd.errors import RecordingNotFound
from acd.records.queries import ContactHistory
from app.http.routes import Call, Needs, Query, Route
from app.http.sound import send_sound
from app.recordings.files import RecordingFiles
from app.recordings.ledger import Ledger, RecordingFilter
from app.recordings.retention import Retention
from app.recordings.tables import RecordingFileRow
from core.clock import to_epoch
from core.log import get_logger

log = get_logger(__name__)


class Wanted(Query):
    """``since`` <= began < ``until`` (RFC 3339 with a zone); ``state`` is finished,
    unfinished, failed or deleted; ``after`` is the ``next`` of the page before."""

    contact: str | None = Field(default=None, max_length=64)
    agent: str | None = Field(default=None, max_length=64)
    queue: str | None = Field(default=None, max_length=64)
    kind: str | None = Field(default=None, max_length=32)
    state: str | None = Field(default=None, max_length=32)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    held: bool | None = None
    sealed: bool | None = None
    limit: int = Field(default=50, ge=1, le=500)
    after: str | None = Field(default=None, max_length=100)


class Points(Query):
    """How many points a side has at most."""

    points: int = Field(default=800, ge=1, le=20_000)


class RecordingView(TypedDict):
    """A recording that is over; times in epoch seconds. ``levels`` by side (caller, agent),
    ``marks`` say what is wrong (``agent_silent``...), ``silenced`` which stretches are
    silent and why; ``keep_until`` null: for ever."""

    id: str
    contact_id: str
    kind: str
    state: str
    queue: str | None
    agent_id: str | None
    started_at: float | None
    ended_at: float | None
    seconds: float | None
    bytes: int | None
    sealed: bool
    key_id: str | None
    held: bool
    error: str | None
    levels: dict[str, Any]
    marks: list[str]
    silenced: list[dict[str, Any]]
    keep_until: float | None
    deleted_at: float | None
    deleted_why: str | None


class RecordingsView(TypedDict):
    """``next`` is null on the last page."""

    recordings: list[RecordingView]
    next: str | None


class PeaksView(TypedDict):
    """The waveform of ``seconds`` of sound: by channel (caller, agent; one for a message)
    ``least`` and ``greatest`` of each point, from -128 to 127."""

    id: str
    seconds: float
    points: int
    channels: list[dict[str, list[int]]]


class CheckView(TypedDict):
    """A recording that was read whole and is as it was written."""

    id: str
    bytes: int
    seconds: float


class RecordingsApi:
    """The routes of recordings."""

    def __init__(
        self, history: ContactHistory, ledger: Ledger, files: RecordingFiles, retention: Retention
    ) -> None:
        self._history = history
        self._ledger = ledger
        self._files = files
        self._retention = retention

    @property
    def routes(self) -> list[Route]:
        one = "/api/recordings/{recording_id}"
        return [
            Route(
                method="GET", path="/api/recordings", needs=Needs.SUPERVISOR,
                handler=self._list, summary="Recordings, newest first", query=Wanted,
                returns=RecordingsView,
            ),
            Route(
                method="GET", path=one, needs=Needs.SUPERVISOR,
                handler=self._download, summary="The sound of a recording", streams=True,
            ),
            Route(
                method="GET", path=f"{one}/details", needs=Needs.SUPERVISOR,
                handler=self._details, summary="What is known of a recording",
                returns=RecordingView,
            ),
            Route(
                method="GET", path=f"{one}/peaks", needs=Needs.SUPERVISOR,
                handler=self._peaks, summary="The waveform of a recording", query=Points,
                returns=PeaksView,
            ),
            Route(
                method="GET", path=f"{one}/check", needs=Needs.SUPERVISOR,
                handler=self._check, summary="Read all of it: is it whole and unchanged?",
                returns=CheckView,
            ),
        ]  # fmt: skip

    async def _list(self, call: Call) -> RecordingsView:
        want = call.query_as(Wanted)
        wanted = RecordingFilter(**want.model_dump(exclude={"limit", "after"}))
        page = await self._ledger.find(wanted, limit=want.limit, after=want.after)
        return {"recordings": [self._view(row) for row in page.rows], "next": page.next}

    async def _download(self, call: Call) -> web.StreamResponse:
        id_ = call.part("recording_id")
        return await sound_of(self._history, self._ledger, self._files, id_, call)

    async def _details(self, call: Call) -> RecordingView:
        return self._view(await self._ledger.get(call.part("recording_id")))

    async def _peaks(self, call: Call) -> PeaksView:
        id_, points = call.part("recording_id"), call.query_as(Points).points
        _, path = await _place(self._history, self._ledger, id_)
        channels, seconds = await self._files.drawn(id_, path, points)
        count = len(channels[0]["least"]) if channels else 0
        return {"id": id_, "seconds": seconds, "points": count, "channels": channels}

    async def _check(self, call: Call) -> CheckView:
        id_ = call.part("recording_id")
        _, path = await _place(self._history, self._ledger, id_)
        found = await self._files.check(id_, path)
        return {"id": id_, "bytes": found["bytes"], "seconds": found["seconds"]}

    def _view(self, row: RecordingFileRow) -> RecordingView:
        return {
            "id": row.id,
            "contact_id": row.contact_id,
            "kind": row.kind,
            "state": row.state,
            "queue": row.queue,
            "agent_id": row.agent_id,
            "started_at": _epoch(row.started_at),
            "ended_at": _epoch(row.ended_at),
            "seconds": row.seconds,
            "bytes": row.bytes,
            "sealed": row.key_id is not None,
            "key_id": row.key_id,
            "held": row.held > 0,
            "error": row.error,
            "levels": row.levels,
            "marks": row.marks,
            "silenced": row.silenced,
            "keep_until": _epoch(self._retention.until(row)),
            "deleted_at": _epoch(row.deleted_at),
            "deleted_why": row.deleted_why,
        }


async def sound_of(
    history: ContactHistory, ledger: Ledger, files: RecordingFiles, recording_id: str, call: Call
) -> web.StreamResponse:
    """The file of a recording, noted in the log with who reads it. Raises
    :class:`~acd.errors.RecordingNotFound`, :class:`~app.recordings.files.RecordingGone` and
    what is wrong with a sealed one."""
    contact_id, path = await _place(history, ledger, recording_id)
    if "Range" not in call.request.headers or call.request.headers["Range"].startswith("bytes=0-"):
        log.info("http.recording_read", contact=contact_id, recording=recording_id, by=call.me.id)
    return await send_sound(files, recording_id, path, call)


async def _place(history: ContactHistory, ledger: Ledger, recording_id: str) -> tuple[str, str]:
    """Whose it is, and its file. Of those that are over the ledger knows, of others the
    record of their contact."""
    try:
        row = await ledger.get(recording_id)
    except RecordingNotFound:
        stored = await history.recording(recording_id)
        return stored.contact_id, stored.path
    return row.contact_id, row.path


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else to_epoch(at)
