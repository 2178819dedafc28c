"""Callers of whom nothing is heard.

A caller whose side sends no audio at all (a firewall, a dead network) is hung up by Asterisk
after ``sip.rtp_timeout_seconds``. That is no caller who hung up: the record says so.
"""

from __future__ import annotations

from contextlib import suppress

from acd.errors import ContactNotFound
from acd.model import EndReason
from acd.router import Router
from core.log import get_logger
from sip.causes import Cause
from sip.voice.call_events import CallEvents
from sip.voice.legs import Leg, Role

log = get_logger(__name__)


class SilentCallers:
    """Notes why a caller's line was given up, before the contact ends."""

    def __init__(self, router: Router, events: CallEvents) -> None:
        self._router = router
        events.on_leaving.append(self._leaving)

    async def _leaving(self, leg: Leg) -> None:
        # The cause that Asterisk gives to a channel which it hangs up for want of audio; who
        # hangs up leaves with another.
        if leg.role is not Role.CUSTOMER or leg.ended_cause != Cause.CHANNEL_UNAVAILABLE:
            return
        log.warning("call.no_sound", contact=leg.contact_id)
        with suppress(ContactNotFound):
            await self._router.contacts.set_end_reason(leg.contact_id, EndReason.NO_SOUND)
