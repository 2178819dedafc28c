"""Whether the mood of agents may be inferred from their voices: who decided it, and when.

By default it may not: in the European Union it is prohibited (Regulation (EU) 2024/1689,
Article 5(1)(f)). Where it is lawful somebody has to decide it, by name and with a reason,
and the audit has it; the id of the audit's entry is what :mod:`media.emotion.leg_policy`
wants to see.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.faults import describe
from acd.records.rows import clean
from app.hearing.tables import AgentLegDecision
from core.database import DatabaseUnavailable
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_EVERY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``id`` is that of the audit's entry."""

    id: str
    at: datetime
    decided_by: str
    allowed: bool
    reason: str


class AgentLeg:
    """The decision that holds. Methods raise
    :class:`~core.database.DatabaseUnavailable` when the database does not answer."""

    def __init__(self, engine: AsyncEngine, *, every: float = _EVERY_SECONDS) -> None:
        self._engine = engine
        self._every = every
        self._holds: Decision | None = None
        self._tasks = TaskOwner("agent_leg")

    def start(self) -> None:
        """Read it now and then, for it may be decided in another process."""
        self._tasks.keep(self._keep, name="keep")

    async def close(self) -> None:
        """Read it no more."""
        await self._tasks.close()

    @property
    def allowed_by(self) -> str:
        """The audit's entry by which it is allowed; '' if it is not. As last read."""
        return self._holds.id if self._holds is not None and self._holds.allowed else ""

    async def load(self) -> Decision | None:
        """Read the decision that holds; None if nobody ever decided."""
        table = AgentLegDecision
        query = select(
            table.id, table.at, table.decided_by, table.allowed, table.reason
        ).order_by(table.at.desc(), table.id.desc())  # fmt: skip
        try:
            async with self._engine.connect() as connection:
                row = (await connection.execute(query.limit(1))).first()
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        self._holds = None if row is None else Decision(**row._mapping)
        return self._holds

    async def decide(self, decision: Decision) -> None:
        """From now on."""
        values: dict[str, Any] = {
            "id": decision.id, "at": decision.at, "decided_by": decision.decided_by,
            "allowed": decision.allowed, "reason": clean(decision.reason),
        }  # fmt: skip
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(AgentLegDecision).values(**values))
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise _unavailable(error) from error
        self._holds = decision
        log.warning(
            "emotion.agent_leg_decided", allowed=decision.allowed, audit=decision.id,
            by=decision.decided_by,
        )  # fmt: skip

    async def _keep(self) -> None:
        while True:
            try:
                await self.load()
            except ParleyError as error:
                log.warning("emotion.agent_leg_unknown", code=error.code)
                self._holds = None  # what is not known is not allowed
            await asyncio.sleep(self._every)


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The decision about agents' voices cannot be read or stored: {describe(error)}.",
        hint="Is the database running, and is DATABASE_URL right?",
    )
