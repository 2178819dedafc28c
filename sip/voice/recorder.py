"""Recordings of conversations: started, paused and stopped.

Asterisk writes the raw stereo itself, so a recording goes on while we are away. What
becomes of it when it is closed is in ``sip.voice.finishing``. The record of it is noted
at the start, so that a recording can never be without a contact.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from core import ids
from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.serial import KeyedWorker
from core.tasks import TaskOwner
from media.recording.silencing import Reason, Side
from sip import verbs
from sip.ami import AmiClient
from sip.voice.ears import Ears, NoEars
from sip.voice.finishing import Finishing, RecordingBook
from sip.voice.legs import Leg, LegTable
from sip.voice.pauses import AUTOMATIC, PAUSES, changed, pausing

log = get_logger(__name__)

_LIFT_SECONDS = 20.0
_UNHOOK_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.01


class Recorder:
    """Keeps at most one running recording a contact.

    ``wanted(contact_id, agent_id)`` says whether a conversation is recorded: what is to
    be noted with it (its queue), or None. ``ears`` listen to it beside.
    """

    def __init__(
        self,
        ami: AmiClient,
        legs: LegTable,
        book: RecordingBook,
        finishing: Finishing,
        clock: Clock,
        worker: KeyedWorker,
        wanted: Callable[[str, str], Awaitable[dict[str, Any] | None]],
        ears: Ears | None = None,
    ) -> None:
        self._ami = ami
        self._legs = legs
        self._book = book
        self._finishing = finishing
        self._clock = clock
        self._worker = worker
        self._wanted = wanted
        self.ears: Ears = ears or NoEars()
        self._planned: dict[str, dict[str, Any]] = {}
        self._running: dict[str, dict[str, Any]] = {}
        self._tasks = TaskOwner("recorder")

    def start(self, contact_id: str, *, agent_id: str) -> None:
        """Begin recording the conversation, after what is under way for the contact."""
        recording: dict[str, Any] = {
            "id": ids.new_id(ids.RECORDING), "agent_id": agent_id, "channels": 2,
            "sample_rate": 8000, "state": "recording",
        }  # fmt: skip
        recording["path"] = f"{contact_id}/{recording['id']}.wav"
        self._planned[contact_id] = recording
        self._worker.submit(contact_id, "record", lambda: self._start(contact_id, recording))

    async def _start(self, contact_id: str, recording: dict[str, Any]) -> None:
        try:
            await self.ears.parted(contact_id)
            if contact_id not in self._running:
                more = await self._wanted(contact_id, recording["agent_id"])
                if more is not None:
                    recording.update(more)
                    await self._record(contact_id, recording)
        finally:
            if self._planned.get(contact_id) is recording:
                del self._planned[contact_id]
                # Not before: a tap is another thing that hangs on the channel.
                self.ears.joined(contact_id, recording["agent_id"])

    async def _record(self, contact_id: str, recording: dict[str, Any]) -> None:
        if (leg := self._legs.customer(contact_id)) is not None:
            with suppress(ParleyError):
                await self._unhooked(leg)
        recording["started_at"] = to_epoch(self._clock.now())
        try:
            # Noted first: a file without a note would be lost to its contact.
            await self._book.note(contact_id, recording)
            customer = self._legs.customer(contact_id)
            # Parted again meanwhile (:meth:`stop`): what they say now is not ours.
            if customer is None or self._planned.get(contact_id) is not recording:
                await self._book.note(contact_id, {**recording, "state": "empty"})
                return
            self._running[contact_id] = recording
            raw = self._finishing.raw_file(contact_id, recording)
            recording["asked_at"] = to_epoch(self._clock.now())
            await verbs.record(self._ami, customer.target, raw)
            recording["started_at"] = to_epoch(self._clock.now())  # noted when it is finished
        except ParleyError as error:
            if self._running.get(contact_id) is recording:
                del self._running[contact_id]
            log.warning("recording.not_started", contact=contact_id, code=error.code)
            await self._note(contact_id, {**recording, "state": "failed"})

    async def _unhooked(self, leg: Leg) -> None:
        """Wait until the recording before is off the channel of ``leg``.

        What hangs on a channel shares one decoder a direction, which lives until
        nothing does. With the patch for concealing lost packets that Debian's Asterisk
        carries, a decoder takes packets with lower sequence numbers for late ones and
        drops them; those of another agent begin anywhere. A recording that began beside
        the one before would miss that agent, perhaps for minutes.
        """
        until, leg.unhooks_until = leg.unhooks_until, 0.0
        if time.monotonic() >= until:
            return  # long ago, or never
        while time.monotonic() < until:
            if not await verbs.is_hooked(self._ami, leg.target):
                return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        log.warning("recording.beside_another", contact=leg.contact_id, leg=leg.id)

    async def stop(self, contact_id: str) -> None:
        """Close the running recording, if any, and finish it; one that was to begin
        does not."""
        self._planned.pop(contact_id, None)
        if contact_id not in self._running:
            await self.ears.parted(contact_id)
            return
        customer = self._legs.customer(contact_id)
        if customer is None:
            await self.ears.parted(contact_id)
        else:
            await asyncio.gather(
                self.ears.parted(contact_id),
                verbs.stop_recording(self._ami, customer.target),
                return_exceptions=True,
            )
            customer.unhooks_until = time.monotonic() + _UNHOOK_SECONDS
        self.ended(contact_id)

    def ended(self, contact_id: str) -> None:
        """The recorded leg is gone or no longer recorded: finish the file."""
        self._planned.pop(contact_id, None)
        recording = self._running.pop(contact_id, None)
        if recording is not None:
            self._finishing.begin(contact_id, recording)

    def is_recording(self, contact_id: str) -> bool:
        """Whether a recording of the contact runs, paused or not."""
        return contact_id in self._running

    async def pause(
        self, contact_id: str, paused: bool, *, reason: Reason = Reason.AGENT_PAUSE
    ) -> None:
        """Silence instead of speech while anybody pauses: ``reason`` says who begins to
        or ends. Raises NoSuchChannel, and what AMI raises; then nothing has changed."""
        await self._worker.run(contact_id, "pause", lambda: self._pause(contact_id, paused, reason))

    async def _pause(self, contact_id: str, paused: bool, reason: Reason) -> None:
        recording, customer = self._running.get(contact_id), self._legs.customer(contact_id)
        if customer is None or recording is None:
            raise verbs.NoSuchChannel("This contact is not being recorded.")
        before, now = pausing(recording), to_epoch(self._clock.now())
        after = before | {reason} if paused else before - {reason}
        if after == before:
            return
        if bool(after) != bool(before):
            await verbs.pause_recording(self._ami, customer.target, bool(after))
        recording[PAUSES] = changed(recording, reason, paused, now)
        log.info("recording.paused" if after else "recording.resumed", contact=contact_id,
                 reason=reason.value, left=sorted(after))  # fmt: skip
        if self._running.get(contact_id) is recording:
            await self._note(contact_id, recording)

    def keyed(self, contact_id: str, side: Side, start: float, end: float) -> None:
        """Several keys were pressed in a row from ``start`` to ``end`` (epoch seconds), or
        more of the row that began at ``start``: that stretch will be silenced."""
        recording = self._running.get(contact_id)
        if recording is not None:
            rows = [row for row in recording.get("keyed", ()) if row["from"] != start]
            new = {"from": start, "to": end, "side": side.value}
            recording["keyed"] = [*rows, new]

    def adopt(self, contact_id: str, recordings: Iterable[dict[str, Any]]) -> None:
        """After a restart of ours: a recording that was running still is."""
        for recording in recordings:
            if recording.get("state") != "recording" or contact_id in self._planned:
                continue
            adopted = self._running.setdefault(contact_id, dict(recording))
            for reason in pausing(adopted) & AUTOMATIC:
                # Whoever would have ended it does not know of it any more.
                self._tasks.start(self._lift(contact_id, reason), name=f"lift:{contact_id}")

    async def _lift(self, contact_id: str, reason: Reason) -> None:
        await asyncio.sleep(_LIFT_SECONDS)
        with suppress(ParleyError):
            await self.pause(contact_id, False, reason=reason)

    async def salvage(self) -> None:
        """Finish raw files that nobody writes any more (we or Asterisk were killed)."""
        await self._finishing.salvage(
            but_not=lambda: {r["id"] for r in (*self._running.values(), *self._planned.values())}
        )

    async def _note(self, contact_id: str, recording: dict[str, Any]) -> bool:
        try:
            await self._book.note(contact_id, recording)
            return True
        except ParleyError as error:
            log.error(
                "recording.not_noted", contact=contact_id, recording=recording["id"],
                code=error.code,
            )  # fmt: skip
            return False

    async def close(self) -> None:
        """Wait for files that are being finished; running recordings go on."""
        await self._tasks.close()
        await self._finishing.close()
