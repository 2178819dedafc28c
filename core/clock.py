"""Time, so that tests and simulations can own it.

Wall time is always an aware UTC :class:`~datetime.datetime`; durations and
deadlines inside one process use :meth:`Clock.monotonic` seconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What a room needs to know about time."""

    def now(self) -> datetime:
        """Current wall time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told, for tests and simulated days."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move forward; raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._elapsed += seconds


def to_epoch(at: datetime) -> float:
    """Seconds since 1970-01-01 UTC, with microseconds, of an aware time."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone has no epoch")
    return at.timestamp()


def from_epoch(seconds: float) -> datetime:
    """The inverse of :func:`to_epoch`; always aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
