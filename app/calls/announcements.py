"""What a waiting caller is told now and then: their place, that we know of them, and that
they may rather be called back.

The dialplan visits (``AGI(agi://.../announce)``) whenever its stretch of music is
over; when we are away the music simply goes on.
"""

from __future__ import annotations

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, SegmentKind
from acd.router import Router
from app.calls.conversation import VoiceConversation
from app.calls.outcomes import Outcomes
from app.calls.overflow_flows import offer_flow
from app.calls.queue_variables import ANNOUNCE_EVERY, seconds_to_next_visit
from app.calls.sounds import Sounds
from config.model import Settings
from config.queues import Queue
from core.clock import Clock
from core.log import get_logger
from core.state_table import IllegalTransition
from ivr.conversation import CustomerGone, Phrase, Prompt
from media.prompts.queue_words import position_prompts
from sip.agi import AgiHangup, AgiSession, verbs
from sip.voice.digits import DigitFeeds
from sip.voice.legs import CONTACT

log = get_logger(__name__)

_CALL_BACK_KEY = "1"  # as the prompt says
_KEY_SECONDS = 4.0


class Announcements:
    """The AGI route ``announce``."""

    def __init__(
        self,
        settings: Settings,
        router: Router,
        outcomes: Outcomes,
        sounds: Sounds,
        digits: DigitFeeds,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._router = router
        self._outcomes = outcomes
        self._sounds = sounds
        self._digits = digits
        self._clock = clock

    async def announce(self, session: AgiSession) -> None:
        """Speak the position, and take who presses the key for a call-back at their
        word."""
        contact_id = await verbs.get_variable(session, CONTACT) or ""
        try:
            contact = await self._router.contacts.get(contact_id)
            if contact.call_back is not None and contact.state is ContactState.QUEUED:
                await self._outcomes.hang_up_to_wait(session, contact)  # we were killed before
            elif await self._wants_call_back(session, contact):
                await self._call_back(session, contact)
            else:
                await self._set_next_visit(session, contact)
        except IllegalTransition:
            pass  # an agent was found just now
        except ContactNotFound:
            # Redis lost the contact but the caller is there: greet them anew.
            log.error("announce.contact_unknown", contact=contact_id)
            await verbs.set_variable(session, CONTACT, "")
            await verbs.set_variable(session, "PARLEY_NEXT", "flow")
        except (AgiHangup, CustomerGone):
            pass  # hung up, or just now joined with an agent

    async def _set_next_visit(self, session: AgiSession, contact: Contact) -> None:
        config = self._queue(contact)
        if config is not None:
            seconds = seconds_to_next_visit(config, self._waited(contact))
            await verbs.set_variable(session, ANNOUNCE_EVERY, seconds)

    def _queue(self, contact: Contact) -> Queue | None:
        return self._settings.queues.get(contact.queue or "")

    def _waited(self, contact: Contact) -> float:
        """Seconds in the present queue. The contact's age counts earlier queues and
        talks too, which is right for its place but not for this queue's patience."""
        for segment in reversed(contact.segments):
            if segment.kind is SegmentKind.QUEUE and segment.ended_at is None:
                return (self._clock.now() - segment.started_at).total_seconds()
        return 0.0

    async def _wants_call_back(self, session: AgiSession, contact: Contact) -> bool:
        """Say where they stand; whether they pressed the key for a call-back, also
        before it was offered to them aloud."""
        position = await self._router.position(contact.id)
        if position is None or contact.slot is not None:  # nobody is to serve them from here
            return False
        prompts: list[Prompt] = [
            Phrase(name) for name in position_prompts(position, contact.language)
        ]
        if position > 1:
            prompts.append(Phrase("queue-thanks"))
        possible = self._may_call_back(contact)
        offered = possible and self._is_offered(contact)
        if offered:
            prompts.append(Phrase("call-back-offer"))
        with self._digits.open(session.uniqueid, session.channel) as digits:
            conversation = VoiceConversation(
                session, self._sounds, digits, contact_id=contact.id, language=contact.language
            )
            if not offered:
                await conversation.say(prompts)
                return possible and digits.take() == _CALL_BACK_KEY
            answer = await conversation.ask(prompts, (_CALL_BACK_KEY,), _KEY_SECONDS)
            return answer is not None and answer.text == _CALL_BACK_KEY

    def _may_call_back(self, contact: Contact) -> bool:
        queue, settings = self._queue(contact), self._settings
        if queue is None or queue.call_back.offer_after_seconds is None:
            return False
        own = settings.dialled_for(contact.customer_number) is not None
        return own or settings.call_backs.other_numbers

    def _is_offered(self, contact: Contact) -> bool:
        queue = self._queue(contact)
        after = queue.call_back.offer_after_seconds if queue is not None else None
        return after is not None and self._waited(contact) >= after

    async def _call_back(self, session: AgiSession, contact: Contact) -> None:
        """Agree on the number they call from, which takes nothing away from them; who
        may name another one is asked."""
        settings, queue = self._settings, self._queue(contact)
        own = settings.dialled_for(contact.customer_number) is not None
        if own and not settings.call_backs.other_numbers:
            await self._router.agree_call_back(contact.id, contact.customer_number)
            await self._outcomes.hang_up_to_wait(session, contact)
        elif queue is not None:
            await self._outcomes.start_over(
                session, contact.id, offer_flow(queue), EndReason.OVERFLOWED
            )
