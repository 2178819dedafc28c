"""Hot desking: an agent logs in at a shared phone with their number and a PIN."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from datetime import datetime, timedelta

from acd.agent_states import Presence
from acd.router import Router
from app.phones.places import Places
from config.model import Settings
from config.secrets import SecretMissing, Secrets, pin_secret
from core.clock import Clock
from core.log import get_logger

log = get_logger(__name__)

_LEAST_DIGITS = 4
_MOST_WRONG = 5
_WITHIN = timedelta(minutes=15)
_MOST_KEPT = 1000


class HotDesk:
    """Logs agents in at phones and out again."""

    def __init__(
        self, settings: Settings, router: Router, places: Places, secrets: Secrets, clock: Clock
    ) -> None:
        self._settings = settings
        self._router = router
        self._places = places
        self._secrets = secrets
        self._clock = clock
        self._wrong: dict[str, deque[datetime]] = {}

    async def log_in(self, device: str, number: str, pin: str) -> str | None:
        """The agent, who works at ``device`` from now on; None if number or PIN is wrong or
        there were too many wrong ones, at this phone or for this agent, of late. Whoever
        worked there is logged out; calls in progress stay."""
        person = self._settings.agent_of_extension(number)
        names = (f"phone {device}", f"agent {number}")
        if any(self._blocked(name) for name in names):
            log.warning("hot_desk.blocked", device=device)
            return None
        for name in names:  # counted before it is looked at: tries side by side all count
            self._count(name)
        wanted = "" if person is None else await asyncio.to_thread(self._pin, person.extension)
        # Compared in any case, so that an unknown number takes as long as a known one.
        right = hmac.compare_digest(wanted.encode(), pin.encode())
        if person is None or len(wanted) < _LEAST_DIGITS or not right:
            log.warning("hot_desk.refused", device=device)
            return None
        for name in names:
            self._wrong.pop(name, None)
        before = self._places.agent_at(device)
        if before is not None and before != person.id:
            await self._router.log_out(before, by=person.id)
        await self._router.move(person.id, device)
        if (await self._router.agents.get(person.id)).presence is Presence.LOGGED_OUT:
            await self._router.log_in(person.id)
        log.info("hot_desk.logged_in", agent=person.id, device=device)
        return person.id

    def _pin(self, extension: str) -> str:
        try:
            return self._secrets.get(pin_secret(extension)).reveal()
        except SecretMissing:
            return ""

    def _blocked(self, name: str) -> bool:
        tries = self._wrong.get(name, deque())
        while tries and tries[0] < self._clock.now() - _WITHIN:
            tries.popleft()
        return len(tries) >= _MOST_WRONG

    def _count(self, name: str) -> None:
        if len(self._wrong) >= _MOST_KEPT:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong.setdefault(name, deque(maxlen=_MOST_WRONG)).append(self._clock.now())
