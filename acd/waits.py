"""Expected wait: the router's part in it (how it is reckoned: :mod:`acd.estimate`).

The leader tells the estimator what becomes of those who wait. What it knows is kept in
Redis, so that whoever leads next goes on from it, and so are the present answers, for the
processes that do not lead.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from acd.change import Thing
from acd.contact_states import ContactState
from acd.estimate import Estimate, Estimator, Situation
from acd.model import Contact, Medium, QueueConfig, SegmentKind
from acd.outage import Outage
from acd.placement import Asked
from core.clock import to_epoch
from core.errors import BadInput
from core.log import get_logger
from core.redis import RedisUnavailable

log = get_logger(__name__)

_S = ContactState
_PUBLISH = timedelta(seconds=2)
_SERVED = (SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.CONSULT, SegmentKind.WRAP_UP)
_KEPT_SECONDS = 30 * 86400
_ENDED_KNOWN = 10_000
_SAMPLE_SECONDS = 1.0  # between two contacts of a queue whose expectation is kept


class Waits(Outage):
    """The part of the router that says how long one waits."""

    @cached_property
    def _promised(self) -> dict[str, tuple[str, Estimate | None]]:
        """Contact -> the queue it waits in, and what was expected when it entered."""
        return {}

    @cached_property
    def _ended(self) -> dict[str, None]:
        return {}

    @cached_property
    def _promised_at(self) -> dict[str, float]:
        """Queue -> when an expectation was last noted."""
        return {}

    _estimator: Estimator | None = None  # of the leader

    async def expected_wait(self, queue: str) -> float | None:
        """Seconds that one who enters ``queue`` now has to expect; None: not known."""
        if self.board is not None:
            return self.estimate(queue).seconds
        text = await self.store.get(self.keys("expected_waits"))
        found: dict[str, float | None] = json.loads(text) if text else {}
        return found.get(queue)

    def estimate(
        self, queue: str, *, medium: Medium = Medium.VOICE, ahead: int | None = None,
        waited: float = 0.0,
    ) -> Estimate:  # fmt: skip
        """What the leader expects of one with ``ahead`` others before them (None: all who
        wait) who has ``waited`` seconds already. ``basis`` says how it was reckoned."""
        config = self.directory.queue(queue)
        estimator = self._estimator or Estimator()
        return estimator.estimate(
            queue, to_epoch(self.clock.now()), self._situation(config, medium, ahead, waited)
        )

    def _situation(
        self, queue: QueueConfig, medium: Medium, ahead: int | None, waited: float
    ) -> Situation:
        board = self.board
        if board is None:
            return Situation(ahead=ahead or 0, places=0)
        able = board.able(Asked(medium, queue.requirement))
        each = max(1, 100 // self.policies[medium].weight)
        ahead = board.count(queue.name) if ahead is None else ahead
        free = board.with_room(able, medium) if ahead == 0 else 0
        present = board.at_work(able)
        return Situation(ahead=ahead, places=present * each, free=free, waited=waited)

    # Learning.

    def seen(self, things: Sequence[Thing]) -> None:
        """This was written, by whomever."""
        super().seen(things)
        if self.board is None:
            return
        for thing in things:
            if isinstance(thing, Contact):
                self._learn(thing)

    def _learn(self, contact: Contact) -> None:
        told = self._promised.get(contact.id)
        estimator = self._estimator
        if estimator is None or (told is None and contact.state not in (_S.QUEUED, _S.ENDED)):
            return
        now = to_epoch(self.clock.now())
        if contact.state is _S.QUEUED:
            if told is None and contact.call_back is None:
                self._enters(estimator, contact, now)
        elif told is not None and contact.state in (_S.CONNECTED, _S.ENDED, _S.WRAP_UP):
            del self._promised[contact.id]
            assert contact.enqueued_at is not None
            waited = max(0.0, now - to_epoch(contact.enqueued_at))
            if contact.state is _S.CONNECTED:
                estimator.answered(told[0], now, waited, told[1])
            else:
                estimator.left(told[0], now, waited)
        elif told is not None and contact.state is _S.IVR:
            del self._promised[contact.id]
        if contact.state is _S.ENDED and contact.queue is not None and self._first(contact.id):
            served = [s for s in contact.segments if s.kind in _SERVED and s.ended_at is not None]
            if served:
                seconds = sum(
                    (s.ended_at - s.started_at).total_seconds() for s in served if s.ended_at
                )
                estimator.handled(contact.queue, now, seconds)

    def _first(self, contact_id: str) -> bool:
        """Whether the contact's end is new: it may be written again, with a disposition."""
        ended = self._ended
        if contact_id in ended:
            return False
        ended[contact_id] = None
        if len(ended) > _ENDED_KNOWN:
            del ended[next(iter(ended))]
        return True

    def _enters(self, estimator: Estimator, contact: Contact, now: float) -> None:
        queue = self.queue_of(contact)
        estimator.assume(queue.name, queue.expected_handling_seconds)
        estimator.entered(queue.name, now)
        expected: Estimate | None = None
        if now - self._promised_at.get(queue.name, 0.0) >= _SAMPLE_SECONDS:
            # In a rush a sample teaches as much as all of them.
            self._promised_at[queue.name] = now
            assert self.board is not None
            ahead = max(0, self.board.count(queue.name) - 1)
            situation = self._situation(queue, contact.medium, ahead, 0.0)
            expected = estimator.estimate(queue.name, now, situation)
        self._promised[contact.id] = queue.name, expected
        if not self._publishing:
            self._publishing = True
            self.timers.at("expected_waits", self.clock.now() + _PUBLISH, self._publish)

    # Keeping.

    _publishing = False

    async def _publish(self) -> None:
        self._publishing = False
        if self.board is None or self._estimator is None:
            return
        waits = {queue.name: self.estimate(queue.name).seconds for queue in self.directory.queues()}
        kept = self._estimator.as_dict()
        # If Redis is away it is written with the next contact that waits.
        with contextlib.suppress(RedisUnavailable):
            await self.store.put(self.keys("expected_waits"), json.dumps(waits), 60)
            await self.store.put(self.keys("estimator"), json.dumps(kept), _KEPT_SECONDS)

    async def learn_anew(self) -> None:
        """Go on from what the last leader knew."""
        self._promised.clear()
        self._estimator = Estimator()
        try:
            text = await self.store.get(self.keys("estimator"))
            if text:
                self._estimator = Estimator.from_dict(json.loads(text))
        except (BadInput, ValueError, RedisUnavailable) as error:
            log.warning("router.estimator_lost", error=type(error).__name__)
