"""Customers and agents who answer at once: a medium that costs next to nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from acd.driver import PartyMode
from acd.model import Agent, Contact, Offer, Target
from acd.router import Router


class People:
    """Implements :class:`acd.driver.MediaDriver`. Whoever is rung accepts at once;
    ``talked`` is called with the contact's id when the two are joined."""

    def __init__(self, talked: Callable[[str], None]) -> None:
        self.router: Router | None = None
        self.awaited: dict[str, float] = {}  # contact or agent -> since when (perf_counter)
        self.claims: list[float] = []  # seconds from there to the ringing
        self._talked = talked

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        for who in (contact.id, agent.id):
            if (since := self.awaited.pop(who, None)) is not None:
                self.claims.append(time.perf_counter() - since)
        assert self.router is not None
        await self.router.agent_answered(offer.id)

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        asyncio.get_running_loop().call_soon(self._talked, contact.id)

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None: ...

    async def hold(self, contact: Contact) -> None: ...

    async def resume(self, contact: Contact) -> None: ...

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        return device

    async def remove_party(self, contact: Contact, handle: str) -> None: ...

    async def requeue(self, contact: Contact) -> None: ...

    async def divert(self, contact: Contact, target: Target) -> None: ...

    async def end(self, contact: Contact) -> None: ...
