"""Customers whom the agent's phone left a moment after it was joined with them.

Nobody has talked with them, so they are not to be hung up. The dialplan asks
(``AGI(agi://.../parted)``) and reads the answer from PARLEY_NEXT: ``queue`` or ``over``.
Usually the router takes the customer back to the queue right out of the visit.
"""

from __future__ import annotations

import asyncio

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.router import Router
from core.errors import ParleyError
from core.log import get_logger
from sip.agi import AgiHangup, AgiSession, verbs
from sip.verbs import NoSuchChannel
from sip.voice.legs import CONTACT

log = get_logger(__name__)

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
_OVER = (ContactState.WRAP_UP, ContactState.ENDED)
_NEWS_SECONDS = 5.0  # in which the router hears that the agent's phone is gone
_LOOK_SECONDS = 0.05


class Parted:
    """The AGI route ``parted``."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def decide(self, session: AgiSession) -> None:
        """Wait until the router knows what the agent's hang-up means, and say it."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        try:
            goes = "queue" if await self._waits_on(contact_id) else "over"
            await verbs.set_variable(session, "PARLEY_NEXT", goes)
        except (AgiHangup, NoSuchChannel):
            pass  # taken back to the queue, or they hung up

    async def _waits_on(self, contact_id: str) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + _NEWS_SECONDS
        while loop.time() < until:
            try:
                contact = await self._router.contacts.get(contact_id)
            except ContactNotFound:
                return False
            except ParleyError as error:  # the dialplan asks again
                log.warning("parted.not_known", contact=contact_id, code=error.code)
                raise
            if contact.state in _OVER:
                return False
            if contact.state in _WAITING:
                return True
            await asyncio.sleep(_LOOK_SECONDS)
        log.warning("parted.undecided", contact=contact_id)
        return False
