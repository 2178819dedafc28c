"""What becomes of what was heard: stored, completed after the call, forgotten in time, and
what it means for routing. Runs whether or not this process hears anybody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.records.queries import ContactHistory
from acd.router import Router
from app.hearing.live_log import LiveLog
from app.hearing.moods_at_work import MoodsAtWork
from app.hearing.transcript_writer import TranscriptWriter
from app.hearing.transcripts import TranscriptStore
from app.recordings.files import RecordingFiles
from app.recordings.ledger import Ledger
from config.hearing import AfterCall
from config.model import Settings
from core.clock import Clock
from core.errors import ParleyError
from core.events import EventBus
from core.log import get_logger
from core.tasks import TaskOwner
from media.understanding.settings import policy_of

if TYPE_CHECKING:
    from app.hearing.after_call import AfterCallPass
    from app.hearing.service import Hearing

log = get_logger(__name__)

PURGE_SECONDS: Final = 3600.0
_DRAIN_SECONDS = 5.0


class Keeping:
    """``hearing`` is None where nobody listens; then nothing is recognised after calls."""

    def __init__(
        self, settings: Settings, *, live_log: LiveLog, engine: AsyncEngine, bus: EventBus,
        router: Router, ledger: Ledger, files: RecordingFiles, hearing: Hearing | None,
        clock: Clock,
    ) -> None:  # fmt: skip
        wanted = settings.hearing.transcripts
        self.store = TranscriptStore(engine)
        self.writer: TranscriptWriter | None = None
        self.after_call: AfterCallPass | None = None
        self._keep_days = wanted.keep_days
        self._clock = clock
        self._moods = MoodsAtWork(router, bus, weight=settings.hearing.emotion.raise_priority)
        self._tasks = TaskOwner("keeping")
        if not wanted.store:
            return
        self.writer = TranscriptWriter(live_log, self.store, clock, after_call=wanted.after_call)
        bus.listen(self.writer.on_event)
        if hearing is not None and wanted.after_call is not AfterCall.NOTHING:
            # Needs packages that an installation may do without.
            from app.hearing.after_call import AfterCallPass

            self.after_call = AfterCallPass(
                settings, store=self.store, history=ContactHistory(engine), ledger=ledger,
                files=files, listener=hearing.listener, policy=policy_of(settings.understanding),
                clock=clock, live_log=live_log,
            )  # fmt: skip

    def start(self) -> None:
        """Begin. Raises nothing: what is away is waited for."""
        if self.writer is not None:
            self.writer.start()
        if self.after_call is not None:
            self.after_call.start()
        if self._keep_days:
            self._tasks.keep(self._purge, name="purge")

    async def close(self) -> None:
        """Store what is there, for some seconds, and stop."""
        await self._tasks.close()
        if self.after_call is not None:
            await self.after_call.close()
        if self.writer is not None:
            if not await self.writer.drain(_DRAIN_SECONDS):
                log.warning("transcripts.left_in_redis")
            await self.writer.close()
        await self._moods.close()

    async def _purge(self) -> None:
        while True:
            try:
                gone = await self.store.purge(self._clock.now() - timedelta(days=self._keep_days))
                if gone:
                    log.info("transcripts.purged", lines=gone)
            except ParleyError as error:
                log.warning("transcripts.not_purged", code=error.code)
            await asyncio.sleep(PURGE_SECONDS)
