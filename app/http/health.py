"""Health: ``/health`` says of each part whether it works, and since when it does not.

200 when everything that is needed does, 503 otherwise; ``/health/live`` only says
that this process answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web
from typing_extensions import TypedDict

from app.http.routes import Call, Needs, Route
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_CHECK_SECONDS: Final = 3.0
_FRESH_SECONDS: Final = 1.0

Check = Callable[[], Awaitable[None]]
"""Returns when the part works; raises (a ParleyError that says what is wrong) if not."""


class PartView(TypedDict):
    """A part; ``since`` (epoch seconds) is when it became as it is."""

    ok: bool
    since: float
    code: str | None
    message: str | None
    hint: str | None


class HealthView(TypedDict):
    """``status`` is ok or failing: whether everything works that is needed."""

    status: str
    parts: dict[str, PartView]


@dataclass(slots=True)
class _Part:
    check: Check
    since: datetime
    error: ParleyError | None = None
    needed: bool = True


class PartFailed(ParleyError):
    """A part raised something that it should not."""

    code = "part_failed"


class HealthApi:
    """Asks the parts every ``every`` seconds from :meth:`start` to :meth:`close`, so
    that 'since when' is known, and again when somebody asks. Without the parts ``spare``
    calls go on, so that they fail alone."""

    def __init__(
        self, checks: Mapping[str, Check], clock: Clock, *,
        spare: Mapping[str, Check] | None = None, every: float = 5.0,
    ) -> None:  # fmt: skip
        self._parts = {name: _Part(check, clock.now()) for name, check in checks.items()}
        for name, check in (spare or {}).items():
            self._parts[name] = _Part(check, clock.now(), needed=False)
        self._clock = clock
        self._every = every
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._tasks = TaskOwner("health")

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/health", needs=Needs.NOBODY, handler=self._show,
                summary="Whether each part works", returns=HealthView, tags=("health",),
            ),
            Route(
                method="GET", path="/health/live", needs=Needs.NOBODY, handler=self._live,
                summary="Whether this process answers", tags=("health",),
            ),
        ]  # fmt: skip

    def start(self) -> None:
        """Begin to ask."""
        self._tasks.keep(self._run, name="ask")

    async def close(self) -> None:
        """Stop asking."""
        await self._tasks.close()

    async def report(self) -> HealthView:
        """How every part is now (at most a second ago)."""
        async with self._lock:
            if self._clock.monotonic() - self._asked_at >= _FRESH_SECONDS:
                await asyncio.gather(*(self._ask(name) for name in self._parts))
                self._asked_at = self._clock.monotonic()
        parts = {name: _view(part) for name, part in self._parts.items()}
        failing = any(part.needed and part.error is not None for part in self._parts.values())
        return {"status": "failing" if failing else "ok", "parts": parts}

    async def _run(self) -> None:
        while True:
            await self.report()
            await asyncio.sleep(self._every)

    async def _ask(self, name: str) -> None:
        part = self._parts[name]
        error: ParleyError | None = None
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await part.check()
        except ParleyError as failure:
            error = failure
        except TimeoutError:
            error = PartFailed(f"No answer in {_CHECK_SECONDS:g} s.")
        except Exception as failure:
            log.error("health.check_failed", part=name, exc_info=failure)
            error = PartFailed("The check itself failed.", hint="The log says why.")
        if (error is None) != (part.error is None):
            part.since = self._clock.now()
            if error is not None:
                log.warning("health.failing", part=name, code=error.code)
            else:
                log.info("health.recovered", part=name)
        part.error = error

    async def _show(self, _call: Call) -> web.Response:
        report = await self.report()
        return web.json_response(report, status=200 if report["status"] == "ok" else 503)

    async def _live(self, _call: Call) -> dict[str, str]:
        return {"status": "ok"}


def _view(part: _Part) -> PartView:
    error = part.error
    return {
        "ok": error is None,
        "since": to_epoch(part.since),
        "code": error.code if error else None,
        "message": error.message if error else None,
        "hint": error.hint if error else None,
    }
