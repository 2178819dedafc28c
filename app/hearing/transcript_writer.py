"""Carries what was heard from the live log to the database, until it is there.

The log is the queue: which contacts have something to be stored stands in Redis, written
together with it, and how far each one is. So what was shown is kept already, and neither a
crash of ours nor a database that is away loses any of it for a day. Everything may be
written twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from app.hearing.live_log import STORED, LiveLog
from app.hearing.tables import EmotionMark, HeardFact, TranscriptLine, TranscriptWork
from app.hearing.transcripts import Correction, Line, TranscriptStore
from config.hearing import AfterCall
from core.clock import Clock, from_epoch
from core.database import Base
from core.errors import BadInput, ParleyError
from core.events import Event
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

_LINGER = 0.2  # seconds in which what belongs together gathers
_SWEEP = 30.0
_PAGE = 500
_BACKOFF: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_PATIENCE = 600.0  # seconds for a contact to appear in the database

Row = tuple[type[Base], Mapping[str, Any]]


class TranscriptWriter:
    """One a process; several processes may write the same without harm."""

    def __init__(
        self, live_log: LiveLog, store: TranscriptStore, clock: Clock, *,
        after_call: AfterCall = AfterCall.DEFERRED,
    ) -> None:  # fmt: skip
        self._log = live_log
        self._store = store
        self._clock = clock
        self._after_call = after_call
        self._epochs: dict[str, float] = {}
        self._touched: set[str] = set()
        self._refused: dict[str, float] = {}  # since when the database has refused them
        self._wake = asyncio.Event()
        self._tasks = TaskOwner("transcripts")
        self._lock = asyncio.Lock()
        self.failures = 0
        """Passes in a row that came to nothing; 0 when it works."""

    def start(self) -> None:
        """Begin, with what an earlier life left."""
        self._tasks.keep(self._run, name="write")

    def on_event(self, event: Event) -> None:
        """For :class:`core.events.EventBus`."""
        if event.type in STORED and event.contact_id is not None:
            self._touched.add(event.contact_id)
            self._wake.set()

    async def drain(self, seconds: float) -> bool:
        """Store everything; False if that took longer than ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                while not (await self._pass(whole=True) and not await self._log.unstored()):
                    await asyncio.sleep(_BACKOFF[0])
        except (TimeoutError, ParleyError):
            return False
        return True

    async def close(self) -> None:
        """Stop. What is not stored is named in Redis for the next start."""
        await self._tasks.close()

    async def _run(self) -> None:
        whole = True
        while True:
            if not await self._pass(whole=whole):
                await asyncio.sleep(_BACKOFF[min(self.failures, len(_BACKOFF)) - 1])
                whole = True
                continue
            whole = False
            try:
                async with asyncio.timeout(_SWEEP):
                    await self._wake.wait()
            except TimeoutError:
                whole = True
            await asyncio.sleep(_LINGER)
            self._wake.clear()

    async def _pass(self, *, whole: bool) -> bool:
        """Store what is known to wait, with ``whole`` what others left too; False when
        something was away."""
        async with self._lock:
            contacts, self._touched = self._touched, set()
            try:
                contacts |= await self._log.unstored() if whole else set()
                for contact_id in sorted(contacts):
                    await self._carry(contact_id)
            except ParleyError as error:
                self._touched |= contacts
                self.failures += 1
                if self.failures == 1:
                    log.warning("transcripts.not_written", code=error.code, error=error.message)
                return False
            if self.failures:
                log.info("transcripts.written_again", attempts=self.failures)
            self.failures = 0
            return True

    async def _carry(self, contact_id: str) -> None:
        """Store all of one contact that is not stored."""
        n = await self._log.stored_until(contact_id)
        while events := await self._log.read(contact_id, after=n, count=_PAGE):
            last = int(events[-1].data["n"])
            if not await self._write(contact_id, events):
                return
            n = last
            await self._log.note_stored(contact_id, n)
        if not events:
            await self._log.note_stored(contact_id, n)
        if len(self._epochs) > _PAGE:
            self._epochs.clear()

    async def _write(self, contact_id: str, events: Sequence[Event]) -> bool:
        """False if it has to wait: the contact itself is not in the database yet."""
        epoch = await self._epoch(contact_id, events)
        rows: list[Row] = []
        corrections: list[Correction] = []
        for event in events:
            rows += self._rows(event, epoch)
            if event.type == "transcript.corrected":
                data = event.data
                corrections.append(
                    Correction(
                        contact_id, data["leg_id"], data["utterance"], data["text"],
                        data.get("words"),
                    )
                )  # fmt: skip
        if not rows and not corrections:
            return True
        try:
            await self._store.write(rows, corrections)
        except BadInput as error:
            since = self._refused.setdefault(contact_id, self._clock.monotonic())
            if self._clock.monotonic() - since < _PATIENCE:
                self._touched.add(contact_id)
                return False
            log.error("transcripts.given_up", contact=contact_id, error=error.message)
        self._refused.pop(contact_id, None)
        return True

    async def _epoch(self, contact_id: str, events: Sequence[Event]) -> float:
        """When the conversation's clock began: the first event says it."""
        known = self._epochs.get(contact_id)
        if known is None:
            first = events[0]
            if int(first.data["n"]) != 1:
                found = await self._log.read(contact_id, count=1)
                first = found[0] if found else first
            known = first.data.get("epoch")
            if known is None:  # it lies too far back: the event's own time is near enough
                known = first.at.timestamp() - float(first.data.get("at", 0.0))
            self._epochs[contact_id] = known
        return float(known)

    def _rows(self, event: Event, epoch: float) -> list[Row]:
        data = event.data
        shared = {"contact_id": event.contact_id, "n": data["n"], "leg": data.get("leg", "")}

        def at(seconds: float) -> datetime:
            return from_epoch(epoch) + timedelta(seconds=seconds)

        match event.type:
            case "transcript.final" if data["text"]:
                line = Line(
                    **shared, leg_id=data["leg_id"], utterance=data["utterance"],
                    agent_id=event.agent_id, started_at=at(data["start"]),
                    ended_at=at(data["end"]), text=data["text"], words=data["words"],
                    language=data["language"], confidence=data["confidence"],
                    engine=data["engine"],
                )  # fmt: skip
                return [(TranscriptLine, line.values())]
            case "transcript.deferred" if self._after_call is AfterCall.DEFERRED:
                return [(TranscriptWork, self._work(event, at(data["start"]), at(data["end"])))]
            case "hearing.stopped" if self._after_call is AfterCall.WHOLE:
                return [(TranscriptWork, self._work(event, at(0.0), at(data["at"])))]
            case "emotion.crossed" | "emotion.calmed":
                reasons = {name: data[name] for name in ("reasons", "words", "text")}
                mark = {
                    **shared, "at": at(data["at"]), "kind": event.type.partition(".")[2],
                    "score": data["score"], "reasons": reasons,
                }  # fmt: skip
                return [(EmotionMark, mark)]
            case "facts.found":
                return [
                    (
                        HeardFact,
                        {
                            **shared, "at": at(data["at"]), "kind": fact["kind"],
                            "value": fact["value"], "valid": fact["valid"],
                            "confidence": fact["confidence"], "data": fact["data"],
                        },
                    )
                    for fact in data["facts"]
                ]  # fmt: skip
        return []

    def _work(self, event: Event, start: datetime, end: datetime) -> dict[str, Any]:
        """What is to be recognised; of the whole conversation one piece."""
        data = event.data
        whole = event.type == "hearing.stopped"
        return {
            "contact_id": event.contact_id, "n": data["n"],
            "leg": "" if whole else data["leg"], "leg_id": "" if whole else data["leg_id"],
            "utterance": 0 if whole else data["utterance"],
            "agent_id": None if whole else event.agent_id,
            "language": data.get("language") or "", "started_at": start, "ended_at": end,
            "state": "pending", "attempts": 0, "noted_at": self._clock.now(),
        }  # fmt: skip
