"""What the web side needs of hearing, whether or not this process hears anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.hearing.agent_leg import AgentLeg
from app.hearing.calibration import CalibrationStore
from app.hearing.live_log import LiveLog
from config.model import Settings
from core.clock import Clock


@dataclass(frozen=True, slots=True)
class HearingParts:
    """``off`` gives a code that says why nobody is listened to, or ''."""

    live_log: LiveLog
    calibration: CalibrationStore
    agent_leg: AgentLeg
    off: Callable[[], str]

    @classmethod
    def of(
        cls, settings: Settings, engine: AsyncEngine, clock: Clock, live_log: LiveLog, *,
        off: Callable[[], str] = lambda: "",
    ) -> HearingParts:  # fmt: skip
        """As configured; not started."""
        wanted = settings.hearing.emotion
        calibration = CalibrationStore(
            engine, clock, alert_share=wanted.alert_share, precision=wanted.precision
        )
        return cls(live_log, calibration, AgentLeg(engine), off)

    def start(self) -> None:
        """Begin to follow the database, which has its tables by now."""
        self.calibration.start()
        self.agent_leg.start()

    async def close(self) -> None:
        """Store what was learnt. Nobody is heard any more."""
        await self.agent_leg.close()
        await self.calibration.close()
