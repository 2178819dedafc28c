"""How quickly one person may change things.

Each change is noted for ever (the audit), so whoever sends thousands a second would fill
the disk by it, and keep everybody else waiting.
"""

from __future__ import annotations

from collections.abc import Callable

from app.http.identity import OPERATOR
from core.errors import Full

_BURST_SECONDS = 10.0
_MOST_KNOWN = 10_000
_OPERATORS = 4  # the machine's own programs share one name


class Pace:
    """``rate`` changes a second of each person, and so many more at once as come together
    in ten seconds. ``clock`` is monotonic."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._full: dict[str, float] = {}  # when each would have all of their burst again

    def take(self, person: str) -> None:
        """Count a change of ``person``. Raises :class:`~core.errors.Full`."""
        rate = self._rate * (_OPERATORS if person == OPERATOR else 1)
        now = self._clock()
        if len(self._full) > _MOST_KNOWN:
            self._full = {who: at for who, at in self._full.items() if at > now}
        at = max(now, self._full.get(person, now)) + 1 / rate
        if at - now > _BURST_SECONDS:
            raise Full(
                f"More than {rate:g} changes a second of yours.",
                hint="Send fewer, or wait a moment.",
                seconds=1,
            )
        self._full[person] = at
