"""The parts of calls out, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from redis.asyncio import Redis

from app.audit.entry import DONE, Entry
from app.audit.trail import Trail
from config.model import Settings
from core.clock import Clock
from core.errors import ParleyError
from core.events import Event
from core.log import get_logger
from core.metrics import outbound_calls_total
from core.redis import Keys
from core.tasks import TaskOwner
from sip import verbs
from sip.ami import AmiClient, AmiEvent
from sip.outbound.meter import TrunkMeter
from sip.outbound.plan import Plan
from sip.outbound.service import Outbound
from sip.outbound.usage import Usage
from sip.trunks import TrunkStates

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OutboundParts:
    """``service`` decides, ``meter`` follows what trunks talk, ``news`` is what the dialplan
    tells of calls out."""

    service: Outbound
    meter: TrunkMeter
    news: OutboundNews

    @classmethod
    def of(
        cls, settings: Settings, redis: Redis, keys: Keys, clock: Clock, ami: AmiClient,
        trunks: TrunkStates, publish: Callable[[Event], None],
        agent_at: Callable[[str], str | None],
    ) -> OutboundParts:  # fmt: skip
        """As ``settings`` say. ``agent_at`` tells who works at a channel's phone."""
        usage = Usage(redis, keys, clock, settings.company.time_zone)
        meter = TrunkMeter(ami, usage, settings.trunks)
        service = Outbound(
            settings, usage, meter, partial(verbs.calls_on, ami),
            is_down=lambda trunk: trunk in trunks and not trunks[trunk].usable,
        )  # fmt: skip
        news = OutboundNews(settings, service, ami, Trail(redis, keys), publish, clock, agent_at)
        return cls(service, meter, news)

    async def close(self) -> None:
        await self.news.close()
        await self.meter.close()


class OutboundNews:
    """Counts what the dialplan tries by itself, and tells of emergency calls: a log line,
    an event, a metric and an entry of the audit."""

    def __init__(
        self, settings: Settings, service: Outbound, ami: AmiClient, trail: Trail,
        publish: Callable[[Event], None], clock: Clock, agent_at: Callable[[str], str | None],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._service = service
        self._trail = trail
        self._publish = publish
        self._clock = clock
        self._agent_at = agent_at
        self._tasks = TaskOwner("outbound")
        ami.on("UserEvent", self._told)
        service.on_emergency.append(self._planned)

    async def close(self) -> None:
        await self._tasks.drain(2.0)
        await self._tasks.close()

    def _told(self, event: AmiEvent) -> None:
        kind = event.get("UserEvent")
        if kind == "ParleyNextWay" and event.get("Trunk") in self._settings.trunks:
            self._tasks.start(self._count(event.get("Trunk")), name="count")
        elif kind == "ParleyEmergency":
            outbound_calls_total.labels("emergency").inc()
            channel = event.get("Dialled")
            phone = channel.removeprefix("PJSIP/").rpartition("-")[0]
            number = event.get("Number")
            if number in self._settings.outbound.emergency.numbers:
                self._emergency(number, self._agent_at(channel) or phone)

    def _planned(self, plan: Plan) -> None:
        self._emergency(plan.ways[0].number, plan.wanted.agent_id or "parley")

    def _emergency(self, number: str, who: str) -> None:
        log.warning("outbound.emergency_call", dialled=number, agent=who)
        now = self._clock.now()
        data = {"agent": who, "dialled": number}
        self._publish(Event(type="outbound.emergency_call", at=now, data=data))
        entry = Entry(
            at=now, who=who, via="phone", address="", action="call.emergency",
            target_kind="emergency", target_id=number, outcome=DONE, finished_at=now,
        )  # fmt: skip
        self._tasks.start(self._trail.finish(entry), name="audit")

    async def _count(self, trunk: str) -> None:
        try:
            await self._service.count(trunk)
        except ParleyError as error:
            log.warning("outbound.not_counted", trunk=trunk, code=error.code)
