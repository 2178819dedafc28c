"""The recording pauses while a secret is asked for or said, and goes on by itself.

What hearing expects comes as ``sensitive.expected`` (on which leg, until when) and
``sensitive.over``. An agent's own pause is another one, and is not touched.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from core.clock import Clock
from core.errors import ParleyError
from core.events import Event, EventBus
from core.log import get_logger
from core.tasks import TaskOwner
from media.recording.silencing import Reason
from sip.voice.recorder import Recorder

log = get_logger(__name__)

EXPECTED: Final = "sensitive.expected"
OVER: Final = "sensitive.over"
_ENDS: Final = frozenset({OVER, "hearing.stopped", "hearing.failed"})

LONGEST_SECONDS: Final = 60.0
"""Whatever is expected: a recording that stays paused is lost."""

_GRACE_SECONDS = 1.0


class LivePauses:
    """Listens on the bus until :meth:`close`."""

    def __init__(self, recorder: Recorder, bus: EventBus, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._expected: dict[str, dict[str, float]] = {}  # contact -> leg -> until, monotonic
        self._changed: dict[str, asyncio.Event] = {}
        self._tasks = TaskOwner("live-pauses")
        self._closed = False
        bus.listen(self._on_event)

    async def close(self) -> None:
        """Stop; a pause that is left is lifted after the next start."""
        self._closed = True
        await self._tasks.close()

    def _on_event(self, event: Event) -> None:
        contact = event.contact_id
        if contact is None or self._closed:
            return
        leg = str(event.data.get("leg_id") or event.data.get("leg") or "")
        if event.type == EXPECTED and self._recorder.is_recording(contact):
            seconds = float(event.data.get("until", 0)) - float(event.data.get("at", 0))
            seconds = min(LONGEST_SECONDS, max(0.0, seconds)) + _GRACE_SECONDS
            known = contact in self._expected
            legs = self._expected.setdefault(contact, {})
            legs[leg] = self._clock.monotonic() + seconds
            self._tell(contact)
            if not known:
                self._tasks.start(self._pause(contact), name=contact)
        elif event.type in _ENDS and self._expected.get(contact, {}).pop(leg, None) is not None:
            self._tell(contact)

    def _tell(self, contact_id: str) -> None:
        if (changed := self._changed.get(contact_id)) is not None:
            changed.set()

    async def _pause(self, contact_id: str) -> None:
        changed = self._changed[contact_id] = asyncio.Event()
        legs = self._expected[contact_id]
        try:
            await self._recorder.pause(contact_id, True, reason=Reason.SECRET_EXPECTED)
            while left := [until - self._clock.monotonic() for until in legs.values()]:
                if max(left) <= 0:
                    break
                changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), max(left))
        except ParleyError as error:
            log.warning("recording.not_paused", contact=contact_id, code=error.code)
        finally:
            del self._expected[contact_id], self._changed[contact_id]
        with suppress(ParleyError):  # the recording is over
            await self._recorder.pause(contact_id, False, reason=Reason.SECRET_EXPECTED)
