"""The rows of the wall, as Redis has them now."""

from __future__ import annotations

from typing import Any, Final

from acd.contact_states import ContactState
from acd.errors import AgentNotFound
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from acd.router import Router
from app.hearing.moods import Moods, MoodView
from app.http.queue_views import QueueView
from app.http.views import (
    AgentView,
    ContactView,
    OfferView,
    agent_view,
    contact_view,
    offer_view,
)
from config.model import Settings

TABLES: Final = ("contacts", "heard", "agents", "offers")  # the queues follow from these
_STANDS: Final = frozenset({OfferState.PENDING, OfferState.ACCEPTED})

Row = ContactView | AgentView | OfferView | QueueView | MoodView
Change = tuple[str, str, Row | None]


class WallRows:
    """Each reading raises :class:`~core.redis.RedisUnavailable`."""

    def __init__(self, router: Router, settings: Settings, moods: Moods) -> None:
        self._router = router
        self._settings = settings
        self._moods = moods

    async def contact(self, contact_id: str, offer_id: str | None) -> list[Change]:
        """A contact, and the offer by which it rings; it was shown with ``offer_id``."""
        scene = await self._router.store.scene("contact", contact_id)
        contact, changes = scene.contact, list[Change]()
        live = contact is not None and contact.state is not ContactState.ENDED
        offer = scene.offer if contact is not None and _shown(contact, scene.offer) else None
        if offer_id is not None and (offer is None or offer.id != offer_id):
            changes.append(("offers", offer_id, None))
        if offer is not None:
            changes.append(("offers", offer.id, offer_view(offer)))
        row = contact_view(contact) if contact is not None and live else None
        mood = self._moods.rows.get(contact_id) if live else None
        return [*changes, ("contacts", contact_id, row), ("heard", contact_id, mood)]

    async def agent(self, agent_id: str) -> list[Change]:
        """An agent; no row for who is configured no more, or takes no contacts."""
        try:
            row = self._agent_row(await self._router.agents.get(agent_id))
        except AgentNotFound:
            row = None
        return [("agents", agent_id, row)]

    async def tables(self) -> dict[str, Any]:
        """All rows, by table and id."""
        live = await self._router.contacts.live()
        ringing = [c.offer_id for c in live if c.state is ContactState.OFFERED and c.offer_id]
        offers = await self._router.store.offers(ringing)
        of_contact = {c.id: offers.get(c.offer_id or "") for c in live}
        agents = {a.id: self._agent_row(a) for a in await self._router.agents.all()}
        rows = self._moods.rows
        return {
            "contacts": {c.id: contact_view(c) for c in live},
            "heard": {c.id: rows[c.id] for c in live if c.id in rows},
            "agents": {id_: row for id_, row in agents.items() if row is not None},
            "offers": {
                offer.id: offer_view(offer)
                for c in live
                if (offer := of_contact[c.id]) is not None and _shown(c, offer)
            },
        }

    def _agent_row(self, agent: Agent) -> AgentView | None:
        person = self._settings.agents.get(agent.id)
        if person is None or not person.is_agent:
            return None
        return agent_view(agent, person, self._router.config_of(agent))


def _shown(contact: Contact, offer: Offer | None) -> bool:
    """Whether ``offer`` is the one by which the contact rings, or is being joined."""
    rings = contact.state is ContactState.OFFERED
    return offer is not None and rings and offer.id == contact.offer_id and offer.state in _STANDS
