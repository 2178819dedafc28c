"""What a waiting caller is told now and then: their place, and that we know of them.

The dialplan visits (``AGI(agi://.../announce)``) whenever its stretch of music is
over; when we are away the music simply goes on.
"""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, SegmentKind
from acd.router import Router
from app.calls.conversation import Sounds, VoiceConversation
from app.calls.entrance import Entrance
from app.calls.queue_variables import ANNOUNCE_EVERY, seconds_to_next_visit
from config.model import Settings
from core.clock import Clock
from core.log import get_logger
from core.state_table import IllegalTransition
from ivr.conversation import CustomerGone, Phrase
from media.prompts.queue_words import position_prompts
from sip.agi import AgiHangup, AgiSession, verbs
from sip.voice.digits import DigitFeeds
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
        digits: DigitFeeds,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._router = router
        self._entrance = entrance
        self._sounds = sounds
        self._digits = digits
        self._clock = clock

    async def announce(self, session: AgiSession) -> None:
        """Speak the position; a caller who waited too long is sent to the overflow."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        try:
            contact = await self._router.contacts.get(contact_id)
            if contact.state is ContactState.QUEUED and await self._overflows(session, contact):
                return
            await self._speak(session, contact)
            await self._set_next_visit(session, contact)
        except IllegalTransition:
            pass  # an agent was found just now: no overflow any more
        except ContactNotFound:
            # Redis lost the contact but the caller is there: greet them anew.
            log.error("announce.contact_unknown", contact=contact_id)
            await verbs.set_variable(session, CONTACT, "")
            await verbs.set_variable(session, "PARLEY_NEXT", "flow")
        except (AgiHangup, CustomerGone):
            pass  # hung up, or just now joined with an agent

    async def _overflows(self, session: AgiSession, contact: Contact) -> bool:
        config = self._settings.queues.get(contact.queue or "")
        if config is None or config.overflow.after_seconds is None:
            return False
        if self._waited(contact) < config.overflow.after_seconds:
            return False
        log.info("queue.overflowed", contact=contact.id, queue=contact.queue)
        await self._entrance.overflow(
            session, contact.id, config.overflow.after, EndReason.QUEUE_FULL
        )
        return True

    async def _set_next_visit(self, session: AgiSession, contact: Contact) -> None:
        config = self._settings.queues.get(contact.queue or "")
        if config is not None:
            seconds = seconds_to_next_visit(config, self._waited(contact))
            await verbs.set_variable(session, ANNOUNCE_EVERY, seconds)

    def _waited(self, contact: Contact) -> float:
        """Seconds in the present queue. The contact's age counts earlier queues and
        talks too, which is right for its place but not for this queue's patience."""
        for segment in reversed(contact.segments):
            if segment.kind is SegmentKind.QUEUE and segment.ended_at is None:
                return (self._clock.now() - segment.started_at).total_seconds()
        return 0.0

    async def _speak(self, session: AgiSession, contact: Contact) -> None:
        position = await self._router.position(contact.id)
        if position is None:
            return
        prompts = [Phrase(name) for name in position_prompts(position, contact.language)]
        if position > 1:
            prompts.append(Phrase("queue-thanks"))
        with self._digits.open(session.uniqueid) as digits:
            conversation = VoiceConversation(
                session, self._sounds, digits, contact_id=contact.id, language=contact.language
            )
            await conversation.say(prompts)
