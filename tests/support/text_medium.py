"""A text medium in memory: an offer is a pop-up on a screen, taken over the API."""

from __future__ import annotations

from acd.driver import PartyMode
from acd.model import Agent, Contact, Offer, Target


class TextMedium:
    """Implements :class:`acd.driver.MediaDriver` for media without a device; it notes who
    is shown what."""

    def __init__(self) -> None:
        self.shown: dict[str, Offer] = {}  # offers on somebody's screen, by id
        self.with_agent: dict[str, str] = {}  # contact -> agent
        self.ended: list[str] = []

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self.shown[offer.id] = offer

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self.shown.pop(offer.id, None)

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self.shown.pop(offer.id, None)
        self.with_agent[contact.id] = agent.id

    async def hold(self, contact: Contact) -> None:
        """The customer is told to wait."""

    async def resume(self, contact: Contact) -> None:
        """...and that somebody is there again."""

    async def add_party(self, contact: Contact, device: str, mode: PartyMode) -> str:
        return f"{contact.id}/{device}"

    async def remove_party(self, contact: Contact, handle: str) -> None:
        """Whoever looked on looks elsewhere."""

    async def requeue(self, contact: Contact) -> None:
        self.with_agent.pop(contact.id, None)

    async def divert(self, contact: Contact, target: Target) -> None:
        """Whoever waited for too long is sent away."""

    async def end(self, contact: Contact) -> None:
        self.with_agent.pop(contact.id, None)
        self.ended.append(contact.id)
