"""How long recordings are kept, as the configuration says."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.recordings.tables import RecordingFileRow
from config.model import Settings


class Retention:
    """A queue may say something else than the company; 0 days are for ever."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def days(self, queue: str | None) -> int:
        """For how many days recordings of ``queue`` are kept; 0: for ever."""
        own = self._settings.queues.get(queue or "")
        if own is not None and own.recordings_keep_days is not None:
            return own.recordings_keep_days
        return self._settings.media.recording.keep_days

    def until(self, row: RecordingFileRow) -> datetime | None:
        """When it is too old; None: never."""
        days = self.days(row.queue)
        return row.ended_at + timedelta(days=days) if days and row.ended_at is not None else None

    def shortest(self) -> int | None:
        """The fewest days that anything is kept; None if everything is kept for ever."""
        queues = self._settings.queues
        some = [days for days in (self.days(None), *map(self.days, queues)) if days]
        return min(some, default=None)
