"""The parts of calls out, put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from redis.asyncio import Redis

from config.model import Settings
from core.clock import Clock
from core.redis import Keys
from sip import verbs
from sip.ami import AmiClient
from sip.outbound.meter import TrunkMeter
from sip.outbound.service import Outbound
from sip.outbound.usage import Usage


@dataclass(frozen=True, slots=True)
class OutboundParts:
    """``service`` decides, ``meter`` follows what trunks talk."""

    service: Outbound
    meter: TrunkMeter

    @classmethod
    def of(
        cls, settings: Settings, redis: Redis, keys: Keys, clock: Clock, ami: AmiClient
    ) -> OutboundParts:
        """As ``settings`` say."""
        usage = Usage(redis, keys, clock, settings.company.time_zone)
        meter = TrunkMeter(ami, usage, settings.trunks)
        service = Outbound(settings, usage, meter, partial(verbs.calls_on, ami))
        return cls(service, meter)

    async def close(self) -> None:
        await self.meter.close()
