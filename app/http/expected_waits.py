"""What one who enters a queue now has to expect, asked of the router now and then."""

from __future__ import annotations

from collections.abc import Sequence

from acd.router import Router
from core.errors import ParleyError
from core.log import get_logger

log = get_logger(__name__)


class ExpectedWaits:
    """Of all ``queues``, in whole seconds: more would pretend to know more."""

    def __init__(self, router: Router, queues: Sequence[str]) -> None:
        self._router = router
        self._queues = queues
        self._seconds: dict[str, float] = {}

    async def refresh(self) -> bool:
        """Ask again; whether anything changed. What cannot be said is not known."""
        found: dict[str, float] = {}
        for name in self._queues:
            try:
                seconds = await self._router.expected_wait(name)
            except ParleyError as error:
                log.warning("expected_waits.unknown", queue=name, code=error.code)
                continue
            if seconds is not None:
                found[name] = float(round(seconds))
        before, self._seconds = self._seconds, found
        return found != before

    def of(self, queue: str) -> float | None:
        """As last asked; None: not known."""
        return self._seconds.get(queue)
