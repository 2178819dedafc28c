"""How quickly one person (or an address, where nobody is known) may send requests.

Whoever sends thousands a second keeps everybody else waiting, calls too. Each change is
noted for ever besides (the audit), so it would fill the disk.
"""

from __future__ import annotations

from collections.abc import Callable

from app.http.identity import OPERATOR
from core.errors import Full

_BURST_SECONDS = 10.0
_MOST_KNOWN = 10_000
_OPERATORS = 4  # the machine's own programs share one name


class Pace:
    """``rate`` of ``what`` a second from each, and so many more at once as come together in
    ten seconds. ``clock`` is monotonic."""

    def __init__(self, rate: float, clock: Callable[[], float], what: str = "changes") -> None:
        self._rate = rate
        self._what = what
        self._clock = clock
        self._look_at = _MOST_KNOWN
        self._full: dict[str, float] = {}  # when each would have all of their burst again

    def take(self, person: str) -> None:
        """Count one of ``person``. Raises :class:`~core.errors.Full`."""
        rate = self._rate * (_OPERATORS if person == OPERATOR else 1)
        now = self._clock()
        if len(self._full) > self._look_at:
            self._full = {who: at for who, at in self._full.items() if at > now}
            self._look_at = max(_MOST_KNOWN, 2 * len(self._full))
        at = max(now, self._full.get(person, now)) + 1 / rate
        if at - now > _BURST_SECONDS:
            raise Full(
                f"More than {rate:g} {self._what} a second of yours.",
                hint="Send fewer, or wait a moment.",
                seconds=1,
            )
        self._full[person] = at
