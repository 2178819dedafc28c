"""Messages that callers leave: recorded, kept with their contact, and handed to the
agents of a queue as a task.

Asterisk writes the file, so what was said before a hang-up, or before we were killed, is
there. The queue it is for is part of the recording's note: what was left behind is made
good after the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from acd.contact_states import ContactState
from acd.errors import ContactNotFound, QueueFull, UnknownSkill, VersionConflict
from acd.model import Contact, EndReason, Medium
from acd.records.queries import ContactHistory
from acd.router import Router
from app.calls.recording_book import RecordingNotes, as_noted
from app.recordings.message_finisher import MessageFinisher
from core import ids
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from ivr.outcome import ToVoicemail
from media.errors import DiskFailed, NoAudio
from sip.agi import AgiHangup, AgiSession, verbs

log = get_logger(__name__)

CHANNEL = "voicemail"  # of the task
MESSAGE, OF_CONTACT = "message", "message_of"  # its attributes: the recording, whose it is
_OWN = frozenset({MESSAGE, OF_CONTACT, "seconds"})
_TAKING = "taking"  # the recording's state until it is finished
_SUFFIX = "sln"  # without a header, so that it is whole wherever it ends
_AGAIN_SECONDS = 15.0
_SILENCE_SECONDS = 8  # nobody speaks any more


class Voicemails:
    """``raw`` is where Asterisk writes; ``beep`` is the sound after which one speaks."""

    def __init__(
        self,
        router: Router,
        notes: RecordingNotes,
        history: ContactHistory,
        clock: Clock,
        finisher: MessageFinisher,
        *,
        raw: Path,
        beep: str,
    ) -> None:
        self._router = router
        self._notes = notes
        self._history = history
        self._clock = clock
        self._raw = raw
        self._finisher = finisher
        self._again: asyncio.Task[None] | None = None
        self._beep = beep
        self._open: set[str] = set()  # ids of recordings under way
        self._tasks = TaskOwner("voicemail")

    async def take(
        self, session: AgiSession, contact: Contact, wanted: ToVoicemail, requires: str
    ) -> bool:
        """Record what the caller says, until '#', until they hang up or are silent for
        long; whether they said something. ``requires`` is the canonical text of what the
        flow asks of agents. Raises :class:`~sip.agi.AgiHangup` when they have hung up;
        the message is kept then as well."""
        recording: dict[str, Any] = {
            "id": ids.new_id(ids.RECORDING), "channels": 1, "sample_rate": 8000, "state": _TAKING,
            "started_at": to_epoch(self._clock.now()), "kind": CHANNEL, "queue": wanted.queue,
            "skills": dict(wanted.skills), "requires": requires, "priority": wanted.priority,
        }  # fmt: skip
        recording["path"] = f"{contact.id}/{recording['id']}.wav"
        self._open.add(recording["id"])
        try:
            await self._router.contacts.set_end_reason(contact.id, EndReason.LEFT_MESSAGE)
            # Noted first: a file without a note would be lost to its contact.
            await self._notes.note(contact.id, recording)
            raw = self._raw_file(contact.id, recording["id"])
            try:
                await verbs.stream_file(session, self._beep)
                await verbs.record_file(
                    session, raw.with_suffix(""), _SUFFIX, escape_digits="#",
                    seconds=wanted.longest_seconds, silence=_SILENCE_SECONDS,
                )  # fmt: skip
            except AgiHangup:
                await self._finish(contact, recording)
                raise
            return await self._finish(contact, recording)
        finally:
            self._open.discard(recording["id"])

    def salvage(self) -> None:
        """Make good, in the background, what an earlier run left behind."""
        self._tasks.start(self._salvage(), name="salvage")

    async def close(self) -> None:
        await self._tasks.close()

    async def _finish(self, contact: Contact, recording: Mapping[str, Any]) -> bool:
        raw = self._raw_file(contact.id, recording["id"])
        try:
            facts = await self._finisher.finish(contact.id, recording["id"], raw)
        except NoAudio:
            log.info("voicemail.empty", contact=contact.id)
            with suppress(ContactNotFound):  # it is over
                await self._router.contacts.set_end_reason(contact.id, EndReason.ABANDONED_IN_IVR)
            await self._notes.note(contact.id, {**recording, "bytes": 0, "state": "empty"})
            await self._finisher.clear(raw)
            return False
        except DiskFailed as error:
            log.error("voicemail.unfinished", contact=contact.id, code=error.code)
            waiting = {**recording, "state": "unfinished", "error": error.code}
            await self._notes.note(contact.id, waiting)
            if self._again is None or self._again.done():
                self._again = self._tasks.start(self._try_again(), name="again")
            return True  # it was said, and is kept
        await self._hand_on(contact, recording, facts["seconds"])
        ended_at = recording["started_at"] + facts["seconds"]
        await self._notes.note(
            contact.id, {**recording, **facts, "ended_at": ended_at, "state": "finished"}
        )
        await self._finisher.clear(raw)
        return True

    async def _try_again(self) -> None:
        """Until what could not be finished is."""
        while await asyncio.to_thread(lambda: list(self._raw.glob(f"con_*.{_SUFFIX}"))):
            await asyncio.sleep(_AGAIN_SECONDS)
            try:
                await self._salvage()
            except Exception as error:  # what was said is there still: try again
                log.error("voicemail.try_failed", exc_info=error)

    async def _hand_on(
        self, contact: Contact, recording: Mapping[str, Any], seconds: float
    ) -> None:
        """A task for the agents of the queue; it has the message's id in its own, so that
        there is one a message whatever happens in between."""
        task_id = ids.CONTACT + recording["id"].removeprefix(ids.RECORDING)
        router = self._router
        try:
            await router.contacts.open(
                contact_id=task_id,
                medium=Medium.TASK,
                channel=CHANNEL,
                business=contact.business,
                customer=contact.customer,
                customer_number=contact.customer_number,
                dialled_number=contact.dialled_number,
                language=contact.language,
                attributes={  # first what the task cannot do without, should they not all fit
                    MESSAGE: recording["id"], OF_CONTACT: contact.id, "seconds": seconds,
                    **{k: v for k, v in contact.attributes.items() if k not in _OWN},
                },
            )  # fmt: skip
        except VersionConflict:
            if (await router.contacts.get(task_id)).state is not ContactState.ARRIVED:
                return  # it was handed on before
        enqueue = partial(
            router.enqueue, task_id, recording["queue"], priority=recording["priority"],
            if_closed=True, if_long=True,
        )  # fmt: skip
        try:
            try:
                asks = recording["requires"] or None
                await enqueue(skills=recording["skills"], asks=asks)
            except UnknownSkill as error:  # it was configured when the message was left
                log.warning("voicemail.skill_gone", contact=contact.id, skill=error.data["skill"])
                await enqueue()
        except QueueFull:
            # The recording is there and is found with the call; nobody is told of it.
            log.error("voicemail.queue_full", contact=contact.id, queue=recording["queue"])
            await router.finish(task_id, EndReason.QUEUE_FULL)

    async def _salvage(self) -> None:
        files = await asyncio.to_thread(lambda: sorted(self._raw.glob(f"con_*.{_SUFFIX}")))
        for raw in files:
            contact_id, _, recording_id = raw.stem.partition(".")
            if recording_id in self._open or not ids.is_id(contact_id, ids.CONTACT):
                continue
            try:
                contact, recordings = await self._contact(contact_id)
                note = next(one for one in recordings if one["id"] == recording_id)
                await self._finish(contact, note)
                log.info("voicemail.salvaged", contact=contact_id, recording=recording_id)
            except (ParleyError, StopIteration, OSError) as error:
                log.error("voicemail.not_salvaged", contact=contact_id, exc_info=error)

    async def _contact(self, contact_id: str) -> tuple[Contact, list[dict[str, Any]]]:
        """The contact, live or from the history, and its recordings."""
        with suppress(ContactNotFound):
            contact = await self._router.contacts.get(contact_id)
            return contact, contact.recordings
        record = await self._history.get(contact_id)
        row = record.contact
        contact = Contact(
            id=row.id, medium=Medium(row.medium), channel=row.channel, direction=row.direction,
            created_at=row.created_at, business=row.business, language=row.language,
            customer_number=row.customer_number, dialled_number=row.dialled_number,
            attributes=dict(row.attributes),
        )  # fmt: skip
        return contact, [{"started_at": 0.0, **as_noted(one)} for one in record.recordings]

    def _raw_file(self, contact_id: str, recording_id: str) -> Path:
        return self._raw / f"{contact_id}.{recording_id}.{_SUFFIX}"
