"""What a waiting caller is told now and then: their place, and that we know of them.

The dialplan visits (``AGI(agi://.../announce)``) whenever its stretch of music is
over; when we are away the music simply goes on.
"""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason
from acd.router import Router
from app.calls.conversation import Sounds, VoiceConversation
from app.calls.entrance import Entrance
from config.model import Settings
from core.clock import Clock
from core.log import get_logger
from ivr.conversation import CustomerGone, Number, Phrase, Prompt
from sip.agi import AgiHangup, AgiSession, verbs
from sip.voice.legs import CONTACT

log = get_logger(__name__)


class Announcements:
    """The AGI route ``announce``."""

    def __init__(
        self,
        settings: Settings,
        router: Router,
        entrance: Entrance,
        sounds: Sounds,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._router = router
        self._entrance = entrance
        self._sounds = sounds
        self._clock = clock

    async def announce(self, session: AgiSession) -> None:
        """Speak the position; a caller who waited too long is sent to the overflow."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        try:
            contact = await self._router.contacts.get(contact_id)
            if contact.state is ContactState.QUEUED and await self._overflows(session, contact):
                return
            await self._speak(session, contact)
        except ContactNotFound:
            # Redis lost the contact but the caller is there: greet them anew.
            log.error("announce.contact_unknown", contact=contact_id)
            await verbs.set_variable(session, CONTACT, "")
            await verbs.set_variable(session, "PARLEY_NEXT", "flow")
        except (AgiHangup, CustomerGone):
            pass  # hung up, or just now joined with an agent

    async def _overflows(self, session: AgiSession, contact: Contact) -> bool:
        config = self._settings.queues.get(contact.queue or "")
        if config is None or config.overflow.after_seconds is None or contact.enqueued_at is None:
            return False
        waited = (self._clock.now() - contact.enqueued_at).total_seconds()
        if waited < config.overflow.after_seconds:
            return False
        log.info("queue.overflowed", contact=contact.id, queue=contact.queue)
        await self._entrance.overflow(
            session, contact.id, config.overflow.after, EndReason.QUEUE_FULL
        )
        return True

    async def _speak(self, session: AgiSession, contact: Contact) -> None:
        position = await self._router.position(contact.id)
        if position is None:
            return
        conversation = VoiceConversation(
            session, self._sounds, contact_id=contact.id, language=contact.language
        )
        if position == 1:
            prompts: list[Prompt] = [Phrase("queue-next")]
        else:
            prompts = [
                Phrase("queue-position-before"),
                Number(position),
                Phrase("queue-position-after"),
                Phrase("queue-thanks"),
            ]
        await conversation.say(prompts)
