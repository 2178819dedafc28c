"""Whether a conversation is recorded."""

from __future__ import annotations

from typing import Any

from acd.contact_states import ContactState
from acd.model import Contact, Direction
from acd.router import Router
from config.model import Settings
from ivr.nodes.recording_consent import CONSENT, NOT_RECORDED, Consent

# Offered: the two are joined a moment before it is written that they are.
_WITH_AGENT = (ContactState.OFFERED, ContactState.CONNECTED, ContactState.HELD)


class Agreement:
    """Installation, direction, queue, agent and customer agree, or it is not recorded."""

    def __init__(self, settings: Settings, router: Router) -> None:
        self._settings = settings
        self._router = router

    async def noted(self, contact_id: str, agent_id: str) -> dict[str, Any] | None:
        """What is noted with the recording; None: it is not recorded."""
        if not self._settings.media.recording.enabled:
            return None
        contact = await self._router.contacts.get(contact_id)
        if contact.state not in _WITH_AGENT or not self._agreed(contact, agent_id):
            return None
        return {"queue": contact.queue}

    def _agreed(self, contact: Contact, agent_id: str) -> bool:
        settings = self._settings
        if contact.direction == Direction.INTERNAL and not settings.own_calls.record_internal:
            return False
        if contact.direction == Direction.OUTBOUND and not settings.own_calls.record_outbound:
            return False
        queue = settings.queues.get(contact.queue or "")
        agent = settings.agents.get(agent_id)
        if (queue is not None and not queue.recorded) or (agent is not None and not agent.recorded):
            return False
        consent = contact.attributes.get(CONSENT)
        if queue is not None and queue.consent_required and consent != Consent.AGREED.value:
            return False
        return consent not in NOT_RECORDED
