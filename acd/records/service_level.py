"""How the queues have done since a time: answered, abandoned, within the target.

A stay in a queue counts for that queue when it ended: *answered* by an agent or
*abandoned* by the customer; moving on to another queue is neither. The service
level is (answered within the target) / (answered + abandoned).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.model import SegmentKind
from acd.records.tables import SegmentRow

_DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class QueueResult:
    """Counts of ended stays; ``within`` of the answered ones met the target."""

    answered: int = 0
    abandoned: int = 0
    within: int = 0

    @property
    def service_level(self) -> float | None:
        """0..1; None when nothing was answered or abandoned."""
        counted = self.answered + self.abandoned
        return self.within / counted if counted else None


async def queue_results(
    engine: AsyncEngine, since: datetime, target_seconds: Mapping[str, float]
) -> dict[str, QueueResult]:
    """For each queue of ``target_seconds`` its stays that began at ``since`` or later.

    Raises what SQLAlchemy and its drivers raise.
    """
    if not target_seconds:
        return {}
    seconds = _seconds(engine.dialect.name)
    target = case(dict(target_seconds), value=SegmentRow.queue, else_=0.0)
    within = func.sum(case((seconds <= target, 1), else_=0))
    query = (
        select(SegmentRow.queue, SegmentRow.outcome, func.count(), within)
        .where(
            SegmentRow.kind == SegmentKind.QUEUE.value,
            SegmentRow.queue.in_(list(target_seconds)),
            SegmentRow.started_at >= since,
            SegmentRow.outcome.in_(["answered", "abandoned"]),
        )
        .group_by(SegmentRow.queue, SegmentRow.outcome)
    )
    counts: dict[str, dict[str, int]] = {queue: {} for queue in target_seconds}
    async with engine.connect() as connection:
        for queue, outcome, count, quick in await connection.execute(query):
            counts[queue][outcome] = count
            if outcome == "answered":
                counts[queue]["within"] = int(quick)
    return {queue: QueueResult(**found) for queue, found in counts.items()}


def _seconds(dialect: str) -> ColumnElement[Any]:
    """Length of a stay in seconds, as each database computes it."""
    if dialect == "sqlite":
        days = func.julianday(SegmentRow.ended_at) - func.julianday(SegmentRow.started_at)
        return func.round(days * _DAY_SECONDS, 3)
    return func.extract("epoch", SegmentRow.ended_at - SegmentRow.started_at)
