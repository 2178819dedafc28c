"""Time, so that tests and simulations can own it.

Wall time is always an aware UTC :class:`~datetime.datetime`; durations and
deadlines inside one process use :meth:`Clock.monotonic` seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_NO_JUMP: Final = 0.02  # seconds; the difference between reading one clock and the other
_FASTER: Final = 0.1


class Clock(Protocol):
    """What a room needs to know about time."""

    def now(self) -> datetime:
        """Current wall time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean anything."""
        ...

    def not_before(self, at: datetime) -> None:
        """Never again say a time before ``at``, at which something is known to have been."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def not_before(self, at: datetime) -> None:
        """The machine's clocks are what they are."""


class SteadyClock:
    """Wall time that never jumps: when the machine's clock is set, this one follows slowly.

    Deadlines, waiting times and the order of things are compared with each other for hours;
    a clock that is set back by an hour would let a phone ring, and a wrap-up last, for an
    hour more. So time goes on as it passes (the machine's sleep included), at most a tenth
    faster or slower until it agrees with the machine's clock again. It never goes back. A
    new process begins with the machine's time, or with that of what was written last, if
    that is later (:meth:`not_before`): nothing that was written is in the future.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        passed: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._wall = wall
        self._passed = passed
        self._last = (passed(), wall())

    def now(self) -> datetime:
        return from_epoch(self._step()[1])

    def monotonic(self) -> float:
        return time.monotonic()

    def not_before(self, at: datetime) -> None:
        passed, now = self._step()
        self._last = (passed, max(now, to_epoch(at)))

    @property
    def behind(self) -> float:
        """Seconds that the machine's clock was set forward by, and that are not caught up
        yet; negative if it was set back."""
        return self._wall() - self._step()[1]

    def _step(self) -> tuple[float, float]:
        at, now = self._last
        passed = self._passed()
        elapsed = max(0.0, passed - at)
        now += elapsed
        apart = self._wall() - now
        if 0 < apart <= _NO_JUMP:
            now, apart = now + apart, 0.0
        most = elapsed * _FASTER
        now += min(most, max(-most, apart))
        self._last = (passed, now)
        return self._last


class ManualClock:
    """A clock that moves only when told, for tests and simulated days."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def not_before(self, at: datetime) -> None:
        self._elapsed = max(self._elapsed, (at - self._start).total_seconds())

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


STEADY: Final = SteadyClock()
"""The clock of this process; what shows times beside its own must use it too."""
