"""What a customer's mood means for routing.

Who becomes tense carries the attribute ``emotion: tense`` (and ``calm`` when it is over),
which requirements and flows can ask for. If they have to wait once more (a transfer, an
agent who was lost) they weigh more from then on.
"""

from __future__ import annotations

from typing import Final

from acd import order
from acd.router import Router
from config.hearing import Side
from core.errors import ParleyError
from core.events import Event, EventBus
from core.log import get_logger
from core.serial import BacklogFull, KeyedWorker

log = get_logger(__name__)

ATTRIBUTE: Final = "emotion"
RAISED: Final = "emotion_priority"  # the priority that it has led to, once a contact
TENSE: Final = "tense"
CALM: Final = "calm"
_MOODS: Final = {"emotion.crossed": TENSE, "emotion.calmed": CALM}


class MoodsAtWork:
    """``weight`` is how much the priority rises; 0: not at all."""

    def __init__(self, router: Router, bus: EventBus, *, weight: int) -> None:
        self._router = router
        self._weight = weight
        self._worker = KeyedWorker("moods", bound=20)
        bus.listen(self._on_event)

    async def settled(self) -> None:
        """Wait until all that was told so far has had its effect."""
        await self._worker.drain()

    async def close(self) -> None:
        """Stop."""
        await self._worker.close()

    def _on_event(self, event: Event) -> None:
        contact_id = event.contact_id
        if contact_id is None:
            return
        mood = _MOODS.get(event.type)
        try:
            if mood is not None and event.data.get("leg") == Side.CUSTOMER:
                self._worker.submit(contact_id, "mood", lambda: self._note(contact_id, mood))
            elif event.type == "contact.queued" and event.data.get("again") and self._weight:
                self._worker.submit(contact_id, "weigh", lambda: self._weigh(contact_id))
        except (BacklogFull, RuntimeError) as error:
            log.warning("moods.left_out", contact=contact_id, error=type(error).__name__)

    async def _note(self, contact_id: str, mood: str) -> None:
        try:
            await self._router.contacts.add_fitting(contact_id, {ATTRIBUTE: mood})
        except ParleyError as error:
            log.info("moods.not_noted", contact=contact_id, code=error.code)

    async def _weigh(self, contact_id: str) -> None:
        try:
            contact = await self._router.contacts.get(contact_id)
            ours = contact.node == self._router.node  # every process hears of it
            tense = contact.attributes.get(ATTRIBUTE) == TENSE
            if not (ours and tense) or RAISED in contact.attributes:
                return
            priority = min(order.MOST_PRIORITY, contact.priority + self._weight)
            await self._router.contacts.add_fitting(contact_id, {RAISED: priority})
            await self._router.prioritise(contact_id, priority, by=ATTRIBUTE)
        except ParleyError as error:
            log.info("moods.not_weighed", contact=contact_id, code=error.code)
