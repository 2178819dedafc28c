"""The web side in one piece, from the parts that the application is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.dispositions import LateDispositions
from acd.records.queries import ContactHistory
from acd.records.writer import RecordWriter
from acd.router import Router
from acd.why import Explanations
from app.audit.queries import Audit
from app.audit.trail import Trail
from app.audit.writer import AuditWriter
from app.hearing.marks import Marks
from app.hearing.moods import Moods
from app.hearing.parts import HearingParts
from app.hearing.transcripts import TranscriptStore
from app.http import checks, operator
from app.http.access import Access
from app.http.agents import AgentsApi
from app.http.audit import AuditApi
from app.http.audited import Audited
from app.http.calls import CallsApi
from app.http.codes import Codes
from app.http.contacts import ContactsApi
from app.http.desk import CallDesk
from app.http.emotion import EmotionApi
from app.http.health import Check, HealthApi
from app.http.heard import HeardApi
from app.http.history import HistoryApi
from app.http.listen import ListenApi
from app.http.live import LiveApi
from app.http.metrics import MetricsApi
from app.http.offers import OffersApi
from app.http.passwords import Passwords
from app.http.queue_days import QueueDays
from app.http.queues import QueuesApi
from app.http.routers import RoutersApi
from app.http.server import Api, HttpServer
from app.http.session import SessionApi
from app.http.sessions import Sessions
from app.http.states import StatesApi
from app.http.static import StaticFiles
from app.http.supervision import SupervisionApi
from app.http.throttle import Throttle
from app.http.transcripts import TranscriptsApi
from app.http.wall import Wall
from app.http.why import WhyApi
from app.recordings.compose import Recordings
from config.model import Settings
from config.secrets import Secrets
from config.server import MetricsAccess
from core import descriptors
from core.clock import Clock
from core.event_log import EventLog
from core.events import EventBus
from core.redis import Keys
from sip.voice.devices import PhoneDevices

_OTHER_DESCRIPTORS = 200


@dataclass(frozen=True, slots=True)
class Web:
    """The started and stopped parts of the web side."""

    server: HttpServer
    wall: Wall
    health: HealthApi
    live: LiveApi
    listen: ListenApi
    moods: Moods
    passwords: Passwords
    audit: AuditWriter
    trail: Trail
    logins: tuple[str, ...]

    async def start(self) -> None:
        """Raises :class:`~core.ports.PortTaken` and what reading the state raises."""
        await self.passwords.load(self.logins)
        self.moods.start()
        await self.wall.start()
        self.audit.start()
        self.health.start()
        await self.server.start()

    async def close(self) -> None:
        """Let everybody go and stop."""
        await self.wall.close()
        await self.live.close()
        await self.listen.close()
        await self.moods.close()
        await self.server.close()
        await self.passwords.close()
        await self.audit.close()
        await self.health.close()


def compose_web(
    settings: Settings,
    secrets: Secrets,
    *,
    redis: Redis,
    keys: Keys,
    clock: Clock,
    bus: EventBus,
    router: Router,
    engine: AsyncEngine,
    desk: CallDesk,
    schema: Callable[[], None] = lambda: None,
    hearing: HearingParts,
    recordings: Recordings,
    writer: RecordWriter | None = None,
    further_checks: Mapping[str, Check] | None = None,
    spare_checks: Mapping[str, Check] | None = None,
    further_apis: Iterable[Api] = (),
    devices: PhoneDevices | None = None,
) -> Web:
    """Everything under ``app.http``, not started yet.

    ``further_checks`` are parts that health asks beside Redis, the database and the
    writer of records: Asterisk, the sweeper; without the ``spare_checks`` all is well too.
    ``further_apis`` are nouns of other rooms. ``devices`` knows agents' phones.
    """
    token = operator.new_token()
    throttle = Throttle(redis, keys, clock)
    passwords = Passwords(secrets, throttle)
    sessions = Sessions(redis, keys, clock, stamp=passwords.stamp, node=settings.server.node)
    codes = Codes(settings)
    days = QueueDays(engine, settings, clock)
    moods = Moods(redis, keys, bus)
    wall = Wall(router, settings, bus, EventLog(redis, keys), days, moods)
    parts: dict[str, Check] = {
        "redis": checks.redis_check(redis, keys),
        "database": checks.database_check(engine, schema),
        "tasks": checks.tasks_check(),
    }
    trail = Trail(redis, keys)
    audit_writer = AuditWriter(trail, engine, clock)
    parts["audit"] = checks.audit_check(audit_writer)
    if writer is not None:
        parts["records"] = checks.records_check(writer)
    parts |= recordings.checks
    health = HealthApi(parts | dict(further_checks or {}), clock, spare=spare_checks)
    history = ContactHistory(engine)
    late = LateDispositions(engine)
    live = LiveApi(wall, sessions)
    access = Access(sessions, settings, router, late, operator_token=token)
    live_log, store = hearing.live_log, TranscriptStore(engine)
    listen = ListenApi(live_log, router, history, bus, sessions, access, off=hearing.off)
    emotion = EmotionApi(
        store=store, marks=Marks(engine), moods=moods, live_log=live_log,
        calibration=hearing.calibration, agent_leg=hearing.agent_leg, router=router,
        history=history, clock=clock,
    )  # fmt: skip
    explanations = Explanations(router, redis)
    apis: list[Api] = [
        SessionApi(sessions, passwords, throttle, settings),
        codes,
        AgentsApi(router, settings, codes, devices),
        ContactsApi(router, codes, explanations),
        CallsApi(router, desk, settings),
        SupervisionApi(router, settings),
        WhyApi(explanations, history, settings, clock),
        OffersApi(router),
        QueuesApi(wall),
        StatesApi(),
        RoutersApi(router, redis),
        HistoryApi(history, late, codes, clock),
        AuditApi(Audit(engine), trail),
        *recordings.apis,
        live,
        HeardApi(live_log, router, history),
        listen,
        emotion,
        TranscriptsApi(store, router, history, engine),
        health,
        MetricsApi(wall, local=settings.server.web.metrics is MetricsAccess.LOCAL),
        StaticFiles(),
        *further_apis,
    ]
    server = HttpServer(
        access, apis, settings,
        operator_token=token, version=metadata.version("parley"),
        audited=Audited(trail, router, clock), reserve=_reserve(settings),
    )  # fmt: skip
    return Web(
        server, wall, health, live, listen, moods, passwords, audit_writer, trail,
        tuple(settings.agents),
    )  # fmt: skip


def _reserve(settings: Settings) -> int:
    """File descriptors that the web leaves alone: a FastAGI session each for so many
    callers, two legs of sound for each contact, and what stores and files need. A small
    machine that has not so many gives the web at most half."""
    limits = settings.server.limits
    wanted = limits.ivr_sessions + 2 * limits.contacts + _OTHER_DESCRIPTORS
    return min(wanted, descriptors.limit() // 2)
