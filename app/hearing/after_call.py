"""After the call: what there was no time for, recognised from the recording.

What is to be done stands in the database (``transcript_work``), so a restart forgets none
of it. One piece is done at a time, behind everything that is live, and only where it keeps
nobody waiting. Numbers are masked as in a live call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from acd.contact_states import ContactState
from acd.model import SegmentKind
from acd.records.queries import ContactHistory, ContactRecord
from app.hearing.live_log import LiveLog
from app.hearing.recorded_sound import RecordedSound
from app.hearing.tables import TranscriptWork
from app.hearing.transcripts import AFTER_CALL, Line, TranscriptStore
from app.recordings.files import RecordingFiles, RecordingGone
from app.recordings.ledger import FINISHED, UNKNOWN_NODE, Ledger
from app.recordings.tables import RecordingFileRow
from config.hearing import Side
from config.model import Settings
from core import metrics
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.hearing.masked_words import masked_words
from media.recognition.contract import Heard
from media.recognition.errors import RecognitionFailed
from media.recognition.listener import Listener
from media.understanding.masking import LegMasker, Masked, Policy, mask_alone, silences

log = get_logger(__name__)

LOOK_SECONDS: Final = 15.0
_RECORDING_SECONDS = 600.0  # after a call, for its recording to be finished
_LONGEST_WAIT = timedelta(hours=1)  # from then on it is done although people talk
_ATTEMPTS = 3
_SLACK = 0.5  # seconds by which the clocks of tap and recording may differ
_MUSIC_SECONDS = 0.2  # of music that is on its way when a hold ends


class Outcome(StrEnum):
    """What became of a piece of work."""

    DONE = "done"
    FAILED = "failed"
    UNRECORDED = "unrecorded"
    LATER = "later"


class AfterCallPass:
    """Works from :meth:`start` to :meth:`close`. ``policy`` says what is masked."""

    def __init__(
        self, settings: Settings, *, store: TranscriptStore, history: ContactHistory,
        ledger: Ledger, files: RecordingFiles, listener: Listener, policy: Policy, clock: Clock,
        look_seconds: float = LOOK_SECONDS, live_log: LiveLog | None = None,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._store = store
        self._history = history
        self._ledger = ledger
        self._files = files
        self._listener = listener
        self._policy = policy
        self._clock = clock
        self._look_seconds = look_seconds
        self._live_log = live_log
        self._tasks = TaskOwner("after-call")

    def start(self) -> None:
        """Begin, with what is still to be done."""
        self._tasks.keep(self._run, name="work")

    async def close(self) -> None:
        """Stop. What is not done is done after the next start."""
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except ParleyError as error:
                log.warning("after_call.waits", code=error.code)
            await asyncio.sleep(self._look_seconds)

    async def look(self) -> int:
        """Do what can be done by now; returns how many pieces that were."""
        done = 0
        later: list[int] = []
        metrics.transcripts_pending.set(await self._store.pending())
        while works := await self._store.work(limit=20, but_not=later):
            for work in works:
                outcome = await self._do(work)
                if outcome is Outcome.LATER:
                    later.append(work.id)
                    continue
                done += 1
                metrics.after_call_total.labels(outcome.value).inc()
                await self._store.worked(work.id, outcome.value)
            if len(later) >= 500:  # the others' turn comes when these are done
                break
        return done

    async def _do(self, work: TranscriptWork) -> Outcome:
        if self._others_first(work):
            return Outcome.LATER
        try:
            record = await self._history.get(work.contact_id)
            if record.contact.state != ContactState.ENDED:
                return Outcome.LATER
            recordings = await self._recordings(record)
            if recordings is None:
                return Outcome.LATER
            if work.leg:
                recordings = [r for r in recordings if _covers(r, work)]
            if not recordings:
                return Outcome.UNRECORDED
            language = (record.contact.language or "").partition("-")[0].lower() or None
            for recording in recordings:
                if work.leg:
                    await self._one(work, recording, language)
                else:
                    await self._whole(record, recording, language)
        except RecordingGone:
            return Outcome.UNRECORDED
        except RecognitionFailed as error:
            log.warning("after_call.failed", contact=work.contact_id, code=error.code)
            if work.attempts + 1 >= _ATTEMPTS:
                return Outcome.FAILED
            await self._store.worked(work.id, "pending")
            return Outcome.LATER
        return Outcome.DONE

    def _others_first(self, work: TranscriptWork) -> bool:
        """Whether it would keep people waiting who talk: a long utterance takes a process
        for seconds. With more than one process it may have one."""
        if self._clock.now() - work.noted_at > _LONGEST_WAIT:
            return False
        if self._listener.degraded is not None:
            return True
        return self._listener.pool.workers < 2 and self._listener.live > 0

    async def _recordings(self, record: ContactRecord) -> list[RecordingFileRow] | None:
        """The contact's recorded conversations; None while they are not there yet, or
        where they are another node's."""
        rows = await self._ledger.of(record.contact.id)
        known = {row.id for row in rows}
        begun = [row for row in record.recordings if row.id not in known]
        ended = record.contact.ended_at or record.contact.created_at
        young = (self._clock.now() - ended).total_seconds() < _RECORDING_SECONDS
        if young and (not rows or begun or any(row.state == "unfinished" for row in rows)):
            return None
        if rows and all(row.node not in (self._ledger.node, UNKNOWN_NODE) for row in rows):
            return None
        return [
            row for row in rows
            if row.state == FINISHED and row.kind == "conversation" and row.started_at is not None
        ]  # fmt: skip

    async def _one(
        self, work: TranscriptWork, recording: RecordingFileRow, language: str | None
    ) -> None:
        """One utterance that was put off."""
        assert recording.started_at is not None
        start = (work.started_at - recording.started_at).total_seconds()
        end = (work.ended_at - recording.started_at).total_seconds()
        async with self._files.opened(recording.id, recording.path) as sound:
            cut = await asyncio.to_thread(
                RecordedSound(sound).cut, _channel(work.leg), start - 1.0, end + 1.0
            )
        span = (start - cut.start, end - cut.start)
        for heard in await self._listener.transcribe(
            f"{work.leg_id}/{work.utterance}", cut.samples, cut.rate,
            language=work.language or language, spans=[span],
        ):  # fmt: skip
            masked = mask_alone(heard.text, self._policy)
            zero = recording.started_at + timedelta(seconds=cut.start)
            await self._tell_sensitive(work.contact_id, work.leg, heard, masked, zero)
            await self._store.add(
                Line(
                    contact_id=work.contact_id, leg=work.leg, leg_id=work.leg_id,
                    utterance=work.utterance, started_at=work.started_at,
                    ended_at=work.ended_at, text=masked.text, agent_id=work.agent_id,
                    language=heard.language, confidence=heard.confidence, engine=heard.engine,
                    source=AFTER_CALL,
                )
            )  # fmt: skip

    async def _whole(
        self, record: ContactRecord, recording: RecordingFileRow, language: str | None
    ) -> None:
        """All that is recorded, once more; it takes the place of what was heard live. What
        the customer hears on hold is no speech of the agent's."""
        contact_id, began = record.contact.id, recording.started_at
        assert began is not None
        for side in self._settings.hearing.legs:
            heard: list[Heard] = []
            async with self._files.opened(recording.id, recording.path) as sound:
                whole = RecordedSound(sound, {_channel(Side.AGENT): _holds(record, began)})
                at = 0.0
                while at < whole.seconds:
                    cut = await asyncio.to_thread(whole.piece, _channel(side), at)
                    for one in await self._listener.transcribe(
                        recording.id, cut.samples, cut.rate, language=language
                    ):
                        heard.append(_later(one, len(heard) + 1, cut.start))
                    at = cut.end
            shown = self._masked(heard)
            for one, masked in zip(heard, shown, strict=True):
                await self._tell_sensitive(contact_id, side.value, one, masked, began)
            lines = self._lines(contact_id, recording, side, heard, shown)
            await self._store.add(*lines)
            slack = timedelta(seconds=_SLACK)
            until = (recording.ended_at or self._clock.now()) + slack
            await self._store.supersede(contact_id, side, since=began - slack, until=until)

    async def _tell_sensitive(
        self, contact_id: str, leg: str, heard: Heard, masked: Masked, zero: datetime
    ) -> None:
        """What was masked only now was not silenced in the recording when it was finished:
        whoever keeps recordings hears of it. ``zero``: when the times of ``heard`` begin."""
        spans = silences(heard.text, masked, heard.words) if masked.spans else []
        if masked.spans and not spans:
            spans = [(heard.start, heard.end)]
        if self._live_log is None or not spans:
            return
        began = to_epoch(zero)
        await self._live_log.append(
            contact_id, "sensitive.found",
            {
                "leg": leg, "leg_id": AFTER_CALL, "at": 0.0, "utterance": heard.utterance,
                "kinds": sorted({span.kind for span in masked.spans}),
                "spans": [[round(a, 2), round(b, 2)] for a, b in spans],
                "from": round(began + spans[0][0], 2), "to": round(began + spans[-1][1], 2),
            },
        )  # fmt: skip

    def _masked(self, heard: Sequence[Heard]) -> list[Masked]:
        """All in the light of what was said after them."""
        masker = LegMasker(self._policy)
        shown = []
        for one in heard:
            final = masker.final(one.text, one.start, one.end)
            shown.append(final.masked)
            for correction in final.corrections:
                shown[correction.utterance] = correction.masked
        for correction in masker.settle():
            shown[correction.utterance] = correction.masked
        return shown

    def _lines(
        self, contact_id: str, recording: RecordingFileRow, side: Side, heard: Sequence[Heard],
        shown: Sequence[Masked],
    ) -> list[Line]:  # fmt: skip
        began = recording.started_at
        assert began is not None
        return [
            Line(
                contact_id=contact_id, leg=side.value, leg_id=f"{recording.id}/{side.value}",
                utterance=one.utterance, started_at=_moment(began, one.start),
                ended_at=_moment(began, one.end), text=masked.text,
                agent_id=recording.agent_id if side is Side.AGENT else None,
                language=one.language, confidence=one.confidence, engine=one.engine,
                words=masked_words(one.text, masked, one.words, self._policy),
                source=AFTER_CALL,
            )
            for one, masked in zip(heard, shown, strict=True)
        ]  # fmt: skip


def _channel(leg: str) -> int:
    """Recordings have the customer left and the agent right."""
    return 0 if leg == Side.CUSTOMER else 1


def _holds(record: ContactRecord, began: datetime) -> list[tuple[float, float]]:
    """When the customer heard music instead of the agent, in seconds since ``began``."""
    return [
        (
            (one.started_at - began).total_seconds(),
            (one.ended_at - began).total_seconds() + _MUSIC_SECONDS,
        )
        for one in record.segments
        if one.kind == SegmentKind.HOLD and one.ended_at is not None
    ]


def _covers(recording: RecordingFileRow, work: TranscriptWork) -> bool:
    slack = timedelta(seconds=_SLACK)
    began, ended = recording.started_at, recording.ended_at
    return (
        began is not None
        and began - slack <= work.started_at
        and (ended is None or work.ended_at <= ended + slack)
    )


def _moment(began: datetime, seconds: float) -> datetime:
    return began + timedelta(seconds=seconds)


def _later(heard: Heard, utterance: int, seconds: float) -> Heard:
    """``heard`` as the recording's utterance of that number, ``seconds`` later."""
    return replace(
        heard, utterance=utterance, start=round(heard.start + seconds, 2),
        end=round(heard.end + seconds, 2),
        words=tuple(word.shifted(seconds) for word in heard.words),
    )  # fmt: skip
