"""What is unusual at this site, kept in the database.

Each process learns from the calls that it hears, and every process's supervisors judge
alerts. What was learnt is added to the stored state, not written over it, so nobody's is
lost; what others added is taken over at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.faults import describe
from app.hearing.learning import LearningCalibration, observe
from app.hearing.tables import SiteCalibrationRow
from core.clock import Clock
from core.database import DatabaseUnavailable
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.emotion.calibration import SiteCalibration
from media.emotion.errors import BadCalibration

log = get_logger(__name__)

SITE: Final = "site"
_EVERY_SECONDS: Final = 30.0
_TRIES: Final = 20  # against others who write at the same time
_LAST_SECONDS: Final = 5.0

Row = tuple[int, SiteCalibration]


class CalibrationStore:
    """The calibration of one ``scope``. Every method but :meth:`of` raises
    :class:`~core.database.DatabaseUnavailable` when the database does not answer."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, *, alert_share: float, precision: float,
        scope: str = SITE, every: float = _EVERY_SECONDS,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._clock = clock
        self._share, self._precision = alert_share, precision
        self._scope = scope
        self._every = every
        self._site = LearningCalibration(alert_share=alert_share, precision=precision)
        self._lock = asyncio.Lock()
        self._tasks = TaskOwner("calibration")

    def of(self, queue: str) -> SiteCalibration:
        """That of ``queue``: the site's, until queues have enough calls of their own."""
        return self._site

    def start(self) -> None:
        """Load, and store what is learnt now and then, until :meth:`close`."""
        self._tasks.keep(self._keep, name="keep")

    async def close(self) -> None:
        """Store what was learnt, if the database answers soon."""
        await self._tasks.close()
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self.learn()
        except (ParleyError, TimeoutError):
            log.warning("calibration.not_stored")

    async def load(self) -> SiteCalibration:
        """The stored one, from now on also what :meth:`of` gives."""
        async with self._lock:
            _, stored = await self._read()
            self._site.adopt(stored.as_dict())
        return self._site

    async def learn(self) -> None:
        """Store what was observed since the last time; nothing to do if nothing was."""
        if self._site.learnt:
            await self._change(lambda _: None)

    async def verdict(self, *, right: bool) -> None:
        """A supervisor says of an alert that it was right or wrong."""
        await self._change(lambda site: site.judge(right=right))

    async def miss(self) -> None:
        """A supervisor says that a customer was tense and no alert came."""
        await self._change(lambda site: site.miss())

    async def _change(self, change: Callable[[SiteCalibration], None]) -> None:
        async with self._lock:
            seen = self._site.take()
            try:
                for _ in range(_TRIES):
                    version, site = await self._read()
                    for kind, value in seen:
                        observe(site, kind, value)
                    change(site)
                    if await self._write(version, site):
                        self._site.adopt(site.as_dict())
                        return
                raise DatabaseUnavailable(
                    "The calibration is written by too many at once.", hint="Try again."
                )
            except BaseException:
                self._site.put_back(seen)
                raise

    async def _read(self) -> Row:
        table = SiteCalibrationRow
        try:
            async with self._engine.connect() as connection:
                query = select(table.version, table.state).where(table.scope == self._scope)
                row = (await connection.execute(query)).first()
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        site = SiteCalibration(alert_share=self._share, precision=self._precision)
        if row is None:
            return 0, site
        try:
            site.restore(row.state)
        except BadCalibration as error:
            log.error("calibration.damaged", message=error.message)
            site = SiteCalibration(alert_share=self._share, precision=self._precision)
        site.alert_share, site.precision = self._share, self._precision  # as configured now
        return int(row.version), site

    async def _write(self, version: int, site: SiteCalibration) -> bool:
        """False if somebody else wrote after ``version``."""
        table = SiteCalibrationRow
        values: dict[str, Any] = {
            "version": version + 1, "updated_at": self._clock.now(), "state": site.as_dict(),
        }  # fmt: skip
        try:
            async with self._engine.begin() as connection:
                if version == 0:
                    await connection.execute(insert(table).values(scope=self._scope, **values))
                    return True
                mine = (table.scope == self._scope) & (table.version == version)
                return bool(
                    (await connection.execute(update(table).where(mine).values(**values))).rowcount
                )
        except IntegrityError:
            return False
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error

    async def _keep(self) -> None:
        loaded = False
        while True:
            try:
                if not loaded:
                    await self.load()
                    loaded = True
                await self.learn()
            except ParleyError as error:
                log.warning("calibration.not_kept", code=error.code)
            await asyncio.sleep(self._every)


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The calibration cannot be read or stored: {describe(error)}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )
