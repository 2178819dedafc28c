"""The day's results of the queues, read again only after something happened."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.service_level import QueueResult, queue_results
from app.http.views import DayView
from config.model import Settings
from core.clock import Clock
from core.log import get_logger

log = get_logger(__name__)

NOTHING: Final[DayView] = {"answered": 0, "abandoned": 0, "service_level": None}
_TIMEOUT = 10.0


class QueueDays:
    """Results since midnight in the company's time zone, from the database."""

    def __init__(self, engine: AsyncEngine, settings: Settings, clock: Clock) -> None:
        self._engine = engine
        self._zone = ZoneInfo(settings.company.time_zone)
        self._targets = {
            name: float(queue.service_level.seconds) for name, queue in settings.queues.items()
        }
        self._clock = clock
        self._results: dict[str, QueueResult] = {}

    async def refresh(self) -> bool:
        """Read them again; False (and the old ones stay) when the database is away."""
        local = self._clock.now().astimezone(self._zone)
        midnight = datetime(local.year, local.month, local.day, tzinfo=self._zone)
        try:
            async with asyncio.timeout(_TIMEOUT):
                self._results = await queue_results(self._engine, midnight, self._targets)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("queue_days.unreadable", error=type(error).__name__)
            return False
        return True

    def of(self, queue: str) -> DayView:
        """As last read."""
        result = self._results.get(queue)
        if result is None:
            return NOTHING
        level = result.service_level
        return {
            "answered": result.answered,
            "abandoned": result.abandoned,
            "service_level": None if level is None else round(level, 4),
        }
