"""Keys that are pressed during a recorded conversation.

Several in a row are taken for a secret (a card, a PIN). Only when they were pressed is
known here, and noted with the recording: never which.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from core.clock import Clock, to_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.recording.keyed import GAP_SECONDS, LEAST_KEYS
from media.recording.silencing import Reason, Side
from sip.ami import AmiClient, AmiEvent
from sip.voice.legs import LegTable, Role
from sip.voice.recorder import Recorder

log = get_logger(__name__)

_SIDES: Final = {Role.CUSTOMER: Side.CALLER, Role.AGENT: Side.AGENT}
_KEY_SECONDS = 0.25  # a key without a beginning began so long before its end


@dataclass(slots=True)
class _Row:
    """Keys in a row, in epoch seconds."""

    first: float
    last: float
    count: int = 0


class KeyedRows:
    """Listens to AMI. With ``live`` the recording pauses as soon as a row is a secret,
    until no more keys come; they are silenced afterwards in any case."""

    def __init__(
        self, ami: AmiClient, legs: LegTable, recorder: Recorder, clock: Clock, *, live: bool
    ) -> None:
        self._legs = legs
        self._recorder = recorder
        self._clock = clock
        self._live = live
        self._rows: dict[str, _Row] = {}  # by leg
        self._begun: dict[str, float] = {}
        self._paused: set[str] = set()  # legs
        self._tasks = TaskOwner("keyed-rows")
        ami.on(("DTMFBegin", "DTMFEnd"), self._key)
        ami.on("Hangup", self._hangup)

    async def close(self) -> None:
        """Stop; a pause that is left is lifted after the next start."""
        await self._tasks.close()

    def _key(self, event: AmiEvent) -> None:
        leg = self._legs.of_event(event)
        if leg is None or leg.role not in _SIDES or event.get("Direction") != "Received":
            return
        if not self._recorder.is_recording(leg.contact_id):
            return
        now = to_epoch(self._clock.now())
        if event.name == "DTMFBegin":
            self._begun[leg.id] = now
            return
        began = self._begun.pop(leg.id, now - _KEY_SECONDS)
        row = self._rows.get(leg.id)
        if row is None or began - row.last > GAP_SECONDS:
            row = self._rows[leg.id] = _Row(began, now)
        row.last = now
        row.count += 1
        if row.count >= LEAST_KEYS:
            self._recorder.keyed(leg.contact_id, _SIDES[leg.role], row.first, row.last)
            if self._live and leg.id not in self._paused:
                self._paused.add(leg.id)
                self._tasks.start(self._pause(leg.contact_id, leg.id), name=f"pause:{leg.id}")

    async def _pause(self, contact_id: str, leg_id: str) -> None:
        try:
            await self._recorder.pause(contact_id, True, reason=Reason.KEYED)
            while (row := self._rows.get(leg_id)) is not None:
                left = row.last + GAP_SECONDS - to_epoch(self._clock.now())
                if left <= 0:
                    break
                await asyncio.sleep(left)
        except ParleyError as error:
            log.warning("recording.not_paused", contact=contact_id, code=error.code)
        finally:
            self._paused.discard(leg_id)
        with suppress(ParleyError):  # the recording is over
            await self._recorder.pause(contact_id, False, reason=Reason.KEYED)

    def _hangup(self, event: AmiEvent) -> None:
        self._rows.pop(event.get("Uniqueid"), None)
        self._begun.pop(event.get("Uniqueid"), None)
