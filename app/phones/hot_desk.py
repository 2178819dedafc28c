"""Hot desking: an agent logs in at a shared phone with their number and a PIN."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable

from acd.agent_states import Presence
from acd.router import Router
from app.phones.pin_tries import PinTries, PinTry
from app.phones.places import Places
from config.model import Settings
from config.pin_strength import pin_weakness
from config.secrets import SecretMissing, Secrets, pin_secret
from core.clock import Clock
from core.events import Event
from core.log import get_logger

log = get_logger(__name__)


class HotDesk:
    """Logs agents in at phones and out again. ``tell`` is given the event
    ``hot_desk.blocked`` when there were too many wrong PINs."""

    def __init__(
        self, settings: Settings, router: Router, places: Places, secrets: Secrets,
        tries: PinTries, clock: Clock, tell: Callable[[Event], None],
    ) -> None:  # fmt: skip
        self._settings = settings
        self._router = router
        self._places = places
        self._secrets = secrets
        self._tries = tries
        self._clock = clock
        self._tell = tell

    async def log_in(self, device: str, number: str, pin: str) -> str | None:
        """The agent, who works at ``device`` from now on; None if number or PIN is wrong or
        there were too many wrong ones, at this phone or for this agent, of late. Whoever
        worked there is logged out; calls in progress stay."""
        person = self._settings.agent_of_extension(number)
        one = await self._tries.reserve(device, None if person is None else person.id)
        if one is None:
            log.warning("hot_desk.blocked", device=device)
            return None
        wanted = "" if person is None else await asyncio.to_thread(self._pin, person.extension)
        # Compared in any case, so that an unknown number takes as long as a known one.
        right = hmac.compare_digest(wanted.encode(), pin.encode())
        if person is None or not wanted or not right:
            log.warning("hot_desk.refused", device=device)
            self._wrong(one, device, None if person is None else person.id)
            return None
        await self._tries.succeeded(one)
        before = self._places.agent_at(device)
        if before is not None and before != person.id:
            await self._router.log_out(before, by=person.id)
        await self._router.move(person.id, device)
        if (await self._router.agents.get(person.id)).presence is Presence.LOGGED_OUT:
            await self._router.log_in(person.id)
        log.info("hot_desk.logged_in", agent=person.id, device=device)
        return person.id

    def _pin(self, extension: str) -> str:
        """The agent's PIN; '' where there is none, or one that everybody tries."""
        try:
            pin = self._secrets.get(pin_secret(extension)).reveal()
        except SecretMissing:
            return ""
        if (why := pin_weakness(pin, extension)) is not None:
            log.warning("hot_desk.weak_pin", secret=pin_secret(extension), why=why)
            return ""
        return pin

    def _wrong(self, one: PinTry, device: str, agent_id: str | None) -> None:
        if one.last_of:
            log.warning("hot_desk.limit_reached", device=device, agent=agent_id)
            data = {"device": device, "agent": agent_id, "blocked": list(one.last_of)}
            self._tell(Event(type="hot_desk.blocked", at=self._clock.now(), data=data))
