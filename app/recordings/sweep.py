"""Deletes recordings that are too old: the file, and in the record that it was.

What is held is never deleted. Each deletion is in the audit before it is made, and is
completed after a kill at any moment: a claim in the ledger, then the file, then the record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from acd.errors import ContactNotFound, RecordingNotFound
from acd.router import Router
from app.audit.entry import DONE, Entry
from app.audit.trail import Trail
from app.calls.recording_book import RecordingNotes
from app.recordings.files import RecordingFiles
from app.recordings.ledger import DELETED, UNKNOWN_NODE, Ledger
from app.recordings.retention import Retention
from app.recordings.tables import RecordingFileRow
from core import ids
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)

RETENTION: Final = "retention"
_PAGE = 200
_SHOWN = 500
_VOICEMAIL = "voicemail"


@dataclass(slots=True)
class Swept:
    """What a sweep did, or would do."""

    dry_run: bool
    deleted: int = 0
    failed: int = 0
    kept_back: int = 0
    """Too old, but a message that nobody has dealt with, or on another node."""

    bytes: int = 0
    recordings: list[str] | None = None
    """Ids of the first :data:`_SHOWN`."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "dry_run": self.dry_run, "deleted": self.deleted, "failed": self.failed,
            "kept_back": self.kept_back, "bytes": self.bytes,
            "recordings": self.recordings or [],
        }  # fmt: skip


class Sweep:
    """One look over everything that is ours, at a time."""

    def __init__(
        self, ledger: Ledger, files: RecordingFiles, notes: RecordingNotes, router: Router,
        trail: Trail, retention: Retention, clock: Clock,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._files = files
        self._notes = notes
        self._router = router
        self._trail = trail
        self._retention = retention
        self._clock = clock
        self._lock = asyncio.Lock()

    async def run(self, *, dry_run: bool = False) -> Swept:
        """Delete what is too old now; with ``dry_run`` only say what. Raises what reading
        the ledger raises; one recording that cannot be deleted does not keep the others."""
        swept = Swept(dry_run, recordings=[])
        async with self._lock:
            now = self._clock.now()
            async for row in self._too_old(now):
                if not await self._may_go(row):
                    swept.kept_back += 1
                    continue
                try:
                    gone = dry_run or await self._delete(row, now)
                except ParleyError as error:
                    swept.failed += 1
                    log.error("recording.not_deleted", contact=row.contact_id, recording=row.id,
                              code=error.code)  # fmt: skip
                    continue
                if gone:
                    swept.deleted += 1
                    swept.bytes += row.bytes or 0
                    if swept.recordings is not None and len(swept.recordings) < _SHOWN:
                        swept.recordings.append(row.id)
        if not dry_run:
            log.info("recordings.swept", deleted=swept.deleted, failed=swept.failed,
                     kept_back=swept.kept_back)  # fmt: skip
        return swept

    async def _too_old(self, now: datetime) -> AsyncIterator[RecordingFileRow]:
        shortest = self._retention.shortest()
        if shortest is None:
            return
        after: tuple[datetime, str] | None = None
        while True:
            limit = now - timedelta(days=shortest)
            rows = await self._ledger.ended_before(limit, after=after, limit=_PAGE)
            for row in rows:
                until = self._retention.until(row)
                if until is not None and until <= now:
                    yield row
            if len(rows) < _PAGE:
                return
            assert rows[-1].ended_at is not None
            after = (rows[-1].ended_at, rows[-1].id)

    async def _may_go(self, row: RecordingFileRow) -> bool:
        if row.node == UNKNOWN_NODE and not await self._files.there(row.path):
            return False
        if row.kind != _VOICEMAIL:
            return True
        task = ids.CONTACT + row.id.removeprefix(ids.RECORDING)
        try:
            await self._router.contacts.get(task)
        except ContactNotFound:
            return True
        return False  # somebody is still to hear it

    async def _delete(self, row: RecordingFileRow, now: datetime) -> bool:
        """Whether it was deleted: a hold may have come in between."""
        entry = Entry(
            at=self._clock.now(), who="parley", via="program", address="",
            action="recording.delete_by_retention", target_kind="contact",
            target_id=row.contact_id,
            asked={"recording": row.id, "keep_days": self._retention.days(row.queue)},
        )  # fmt: skip
        await self._trail.begin(entry)
        outcome = "internal"
        try:
            if not await self._ledger.claim(row.id):
                outcome = "held"
                return False
            await self._files.remove(row.path)
            await self._ledger.deleted(row.id, now, RETENTION)
            await self._mark(row, now)
            outcome = DONE
        except ParleyError as error:
            outcome = error.code
            raise
        finally:
            after = {"state": DELETED} if outcome == DONE else {"state": row.state}
            await self._trail.finish(
                entry.over(self._clock.now(), outcome, {"state": row.state}, after)
            )
        return True

    async def _mark(self, row: RecordingFileRow, now: datetime) -> None:
        """In the contact's record."""
        note = {
            "id": row.id, "path": row.path, "state": DELETED, "deleted_at": to_epoch(now),
            "deleted_why": RETENTION,
        }  # fmt: skip
        try:
            await self._notes.note(row.contact_id, note)
        except RecordingNotFound:
            log.info("recording.without_contact", contact=row.contact_id, recording=row.id)
