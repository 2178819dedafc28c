"""The database's schema is brought up to date at the start, or as soon as it can be.

Calls come first: when the database is away, damaged, read-only or too new, the app starts
without it. Until the schema is as this code needs it nothing is read or written there
(the gate is closed): contacts, audit and words wait in Redis. It is tried again all the
time, so that nobody has to start anything again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

from app.migrate import upgrade
from core.database import DatabaseUnavailable, Gate
from core.errors import BadInput, ParleyError
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_BACKOFF: Final = (0.5, 1.0, 2.0, 5.0)
_PATIENCE: Final = 5.0  # seconds that a start waits for a database that is slow


class DatabaseNotReady(DatabaseUnavailable):
    """The schema is not as this code needs it."""

    code: ClassVar[str] = "database_not_ready"


class Schema:
    """Opens ``gate`` when the schema is right, from :meth:`start` to :meth:`close`."""

    def __init__(
        self, url: str, gate: Gate, *,
        work: Callable[[str], Coroutine[Any, Any, str]] = upgrade, patience: float = _PATIENCE,
    ) -> None:  # fmt: skip
        self._url = url
        self._gate = gate
        self._work = work
        self._patience = patience
        self._tried = asyncio.Event()
        self._wrong: BadInput | None = None
        self._tasks = TaskOwner("schema")
        self.problem: ParleyError | None = None
        """Why it is not right yet; None while it is tried for the first time."""

    async def start(self) -> None:
        """Try; return when it is right, when it failed once, or after some seconds. Raises
        :class:`~core.errors.BadInput` for an address that can never be right."""
        self._tasks.keep(self._run, name="upgrade")
        try:
            async with asyncio.timeout(self._patience):
                await self._tried.wait()
        except TimeoutError:
            log.warning("database.slow", seconds=self._patience)
        if self._wrong is not None:
            raise self._wrong

    async def close(self) -> None:
        """Try no more."""
        await self._tasks.close()

    def check(self) -> None:
        """Raises :class:`DatabaseNotReady` while the schema is not right."""
        if self._gate.is_open:
            return
        why = self.problem.code if self.problem is not None else "slow"
        hint = self.problem.hint if self.problem is not None else "It has not answered yet."
        raise DatabaseNotReady(
            f"The database cannot be used ({why}). Calls go on; records wait in Redis.",
            hint=f"{hint} It is tried again all the time; the log says more under database.*.",
        )

    async def _run(self) -> None:
        failures = 0
        while not self._gate.is_open:
            try:
                await self._work(self._url)
            except BadInput as error:
                self._wrong = self.problem = error
            except ParleyError as error:
                if self.problem is None or self.problem.code != error.code:
                    log.error(
                        "database.not_ready", code=error.code, reason=error.message,
                        hint=error.hint,
                    )  # fmt: skip
                self.problem = error
            else:
                self._gate.open()
                if failures:
                    log.info("database.ready_again", attempts=failures + 1)
                self.problem = None
            self._tried.set()
            if not self._gate.is_open:
                await asyncio.sleep(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                failures += 1
        await asyncio.Event().wait()  # a kept task does not end
