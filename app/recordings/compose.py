"""The parts that have to do with recordings, put together."""

from __future__ import annotations

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.queries import ContactHistory
from acd.router import Router
from app.audit.trail import Trail
from app.calls.recording_book import RecordingNotes
from app.hearing.live_log import LiveLog
from app.http.health import Check
from app.http.legal_holds import LegalHoldsApi
from app.http.recording_care import RecordingCareApi
from app.http.recordings import RecordingsApi
from app.http.server import Api
from app.recordings.daily import Daily
from app.recordings.disk import disk_check
from app.recordings.files import RecordingFiles
from app.recordings.finisher import ConversationFinisher
from app.recordings.heard import Heard
from app.recordings.holds import Holds
from app.recordings.keys import RecordingKeys
from app.recordings.late import LateSilence
from app.recordings.ledger import Ledger
from app.recordings.live_pauses import LivePauses
from app.recordings.message_finisher import MessageFinisher
from app.recordings.retention import Retention
from app.recordings.rotation import Rotation
from app.recordings.sweep import Sweep
from config.media import PauseForSecrets
from config.model import Settings
from config.secrets import Secrets
from core.clock import Clock
from core.events import EventBus
from core.redis import Keys
from sip.ami import AmiClient
from sip.voice.finishing import Finishing
from sip.voice.keyed_rows import KeyedRows
from sip.voice.legs import LegTable
from sip.voice.recorder import Recorder


class Recordings:
    """Everything of recordings that one app process has."""

    def __init__(
        self, settings: Settings, secrets: Secrets, *, router: Router, engine: AsyncEngine,
        redis: Redis, keys: Keys, live_log: LiveLog, bus: EventBus, clock: Clock,
    ) -> None:  # fmt: skip
        wanted = settings.media.recording
        self.folder = settings.media.recording_folder(settings.server.state_dir)
        self.raw = self.folder / "raw"
        for folder in (self.folder, self.raw):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys = RecordingKeys(secrets, encrypted=wanted.encrypted)
        self.files = RecordingFiles(self.folder, self.keys)
        self.ledger = Ledger(engine, settings.server.node)
        self.holds = Holds(engine)
        self.notes = RecordingNotes(router, engine, self.ledger)
        self.retention = Retention(settings)
        silences = wanted.pause_for_secrets is not PauseForSecrets.OFF
        self.heard = Heard(live_log, clock) if silences else None
        finisher = ConversationFinisher(self.folder, self.keys, self.notes, self.heard, clock)
        self.messages = MessageFinisher(self.folder, self.keys, clock, silences=silences)
        self.finishing = Finishing(self.raw, self.notes, finisher, clock)
        trail = Trail(redis, keys)
        self.sweep = Sweep(
            self.ledger, self.files, self.notes, router, trail, self.retention, clock
        )
        self.rotation = Rotation(self.keys, self.ledger, self.files, clock)
        self.daily = Daily(self.sweep, self.rotation, redis, keys, settings.server.node, clock)
        self._bus = bus
        self._late: LateSilence | None = None
        if self.heard is not None:
            self._late = LateSilence(self.ledger, self.files, self.notes, self.heard, bus, clock)
            self.notes.on_over.append(self._late.soon)
        self._live: list[LivePauses | KeyedRows] = []
        self._least_free_mb = wanted.least_free_mb
        self._mode = wanted.pause_for_secrets
        self._router = router
        self._history = ContactHistory(engine)
        self._clock = clock

    @property
    def checks(self) -> dict[str, Check]:
        """For ``/health``."""
        return {"recordings": disk_check(self.folder, self.finishing, self._least_free_mb)}

    @property
    def apis(self) -> list[Api]:
        """The nouns of the API."""
        return [
            RecordingsApi(self._history, self.ledger, self.files, self.retention),
            LegalHoldsApi(self.holds, self._router, self._history, self._clock),
            RecordingCareApi(self.sweep, self.rotation),
        ]

    def attach(self, recorder: Recorder, ami: AmiClient, legs: LegTable) -> None:
        """Note keys and pause the conversations that ``recorder`` records, as configured."""
        live = self._mode is PauseForSecrets.LIVE
        if self._mode is not PauseForSecrets.OFF:
            self._live.append(KeyedRows(ami, legs, recorder, self._clock, live=live))
        if live:
            self._live.append(LivePauses(recorder, self._bus, self._clock))

    def start(self) -> None:
        """Begin what is done beside."""
        self.daily.start()
        if self._late is not None:
            self._late.start()

    async def close(self) -> None:
        """Stop it."""
        for one in self._live:
            await one.close()
        await self.daily.close()
        if self._late is not None:
            await self._late.close()
