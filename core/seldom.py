"""Log lines that a stranger can cause, bounded in number."""

from __future__ import annotations

import time


class Seldom:
    """Says when something that may happen thousands of times is worth another log line.

    seldom = Seldom(10)
    if (before := seldom.due()) is not None:
        log.warning("...", unsaid=before)

    ``due`` is None within ``seconds`` of the last line; otherwise it is the number of
    times since then that went without a line.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: float | None = None
        self._unsaid = 0

    def due(self) -> int | None:
        """Call it once for each happening."""
        now = time.monotonic()
        if self._last is not None and now - self._last < self._seconds:
            self._unsaid += 1
            return None
        self._last, unsaid, self._unsaid = now, self._unsaid, 0
        return unsaid
