"""Numbers that are found out after their recording was finished are silenced in it then.

The words of the last seconds, corrections, and what is recognised once more after the
call come late. What came while we did not run is looked for after the start: the live log
keeps a day.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from app.calls.recording_book import RecordingNotes
from app.recordings import spans
from app.recordings.files import RecordingFiles
from app.recordings.finisher import INCOMPLETE
from app.recordings.heard import Heard
from app.recordings.ledger import FINISHED, Ledger, RecordingFilter
from app.recordings.spans import TimeLine
from app.recordings.tables import RecordingFileRow
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.events import Event, EventBus
from core.log import get_logger
from core.serial import KeyedWorker
from media.recording.silencing import Reason, Silenced

log = get_logger(__name__)

_LINGER_SECONDS = 2.0  # several come together
_AGAIN_SECONDS = 10.0
_DAY: Final = timedelta(hours=24)
_PAGE = 100
_SILENT = frozenset({Reason.AGENT_PAUSE, Reason.SECRET_EXPECTED})


class LateSilence:
    """Listens on the bus from :meth:`start` to :meth:`close`."""

    def __init__(
        self, ledger: Ledger, files: RecordingFiles, notes: RecordingNotes, heard: Heard,
        bus: EventBus, clock: Clock, *, linger_seconds: float = _LINGER_SECONDS,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._files = files
        self._notes = notes
        self._heard = heard
        self._clock = clock
        self._linger_seconds = linger_seconds
        self._worker = KeyedWorker("late-silence")
        self._waiting: set[str] = set()
        self._one = asyncio.Semaphore(1)  # it takes a core
        self._closed = False
        bus.listen(self._on_event)

    def start(self) -> None:
        """Look for what came while we did not run."""
        self._worker.submit("", "missed", self._look_back)

    async def close(self) -> None:
        """Stop; the next start looks back."""
        self._closed = True
        await self._worker.close()

    def _on_event(self, event: Event) -> None:
        if event.type == spans.FOUND and event.contact_id:
            self.soon(event.contact_id)

    def soon(self, contact_id: str) -> None:
        """Look at the contact's recordings in a moment: something was found, or one was
        finished while it was."""
        if contact_id not in self._waiting and not self._closed:
            self._waiting.add(contact_id)
            self._worker.submit(contact_id, "silence", lambda: self._later(contact_id))

    async def _later(self, contact_id: str) -> None:
        await asyncio.sleep(self._linger_seconds)
        self._waiting.discard(contact_id)
        while True:
            try:
                async with self._one:
                    await self.look(contact_id)
                return
            except ParleyError as error:
                log.warning("recording.silence_delayed", contact=contact_id, code=error.code)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _look_back(self) -> None:
        while True:
            try:
                await self._look_at_the_last_day()
                return
            except ParleyError as error:
                log.warning("recordings.look_back_delayed", code=error.code)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _look_at_the_last_day(self) -> None:
        since, after = self._clock.now() - _DAY, None
        contacts: dict[str, None] = {}
        while True:
            wanted = RecordingFilter(state=FINISHED, since=since)
            page = await self._ledger.find(wanted, limit=_PAGE, after=after)
            contacts |= {row.contact_id: None for row in page.rows}
            after = page.next
            if after is None:
                break
        for contact in contacts:
            self.soon(contact)

    async def look(self, contact_id: str) -> None:
        """Silence what was found in the contact's finished recordings since each was looked
        at. One that cannot be changed is logged."""
        for row in await self._ledger.of(contact_id):
            if row.state != FINISHED or row.node != self._ledger.node:
                continue
            events = await self._heard.after(contact_id, row.heard_to)
            if not events:
                continue
            try:
                await self._silence(row, events)
            except ParleyError as error:
                if error.retryable:
                    raise
                log.error("recording.not_silenced", contact=contact_id, recording=row.id,
                          code=error.code)  # fmt: skip

    async def _silence(self, row: RecordingFileRow, events: list[Event]) -> None:
        assert row.started_at is not None
        known = [Silenced.from_dict(one) for one in row.silenced]
        noted = await self._notes.known(row.contact_id, row.id)
        missing, early = (float(noted.get(f"{one}_seconds") or 0.0) for one in ("gap", "early"))
        line = TimeLine(to_epoch(row.started_at), missing, early)
        more = [
            span
            for span in spans.from_heard(events, line)
            if span.end > 0 and span.start < (row.seconds or 0) and not _within(span, known)
        ]
        heard_to = int(events[-1].data["n"])
        if not more:
            await self._ledger.heard(row.id, heard_to)
            return
        silent = [span for span in known if span.reason in _SILENT]
        silenced = [span for span in known if span.reason not in _SILENT]
        made = await self._files.silence(row.id, row.path, [*silenced, *more], silent)
        kept = [mark for mark in row.marks if mark == INCOMPLETE]
        facts: dict[str, Any] = made.facts()
        facts["marks"] += kept
        note = {**noted, **facts, "id": row.id, "path": row.path, "state": FINISHED}
        await self._notes.note(row.contact_id, {**note, "queue": row.queue, "heard_to": heard_to})
        log.info("recording.silenced_late", contact=row.contact_id, recording=row.id,
                 spans=len(more))  # fmt: skip


def _within(span: Silenced, known: list[Silenced]) -> bool:
    """Whether all of ``span`` is silent already."""
    return any(
        one.start <= max(0.0, span.start) + 0.01 and one.end >= span.end - 0.01
        and one.side in (span.side, "both")
        for one in known
    )  # fmt: skip
