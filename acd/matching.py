"""Matching: who waits and who has room are brought together, at once.

Only the leader matches (:mod:`acd.leadership`), on the board in its memory
(:mod:`acd.board`). Every write of any router that lets somebody wait, or gives somebody
room, wakes it; it claims pair after pair until nobody waits whom a free agent could
take. Nothing is polled: what only time changes (a relaxation step, a deadline) has a
timer of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from acd import claim
from acd.agent_states import Presence
from acd.assignment_states import IN_HAND, AssignmentState
from acd.board import Board, Pair
from acd.change import Change, Thing, key_of
from acd.contact_states import ContactState
from acd.model import Agent, Contact, Medium, Offer
from acd.offer_states import OfferState
from acd.watch import GRACE, Watch
from core import metrics
from core.clock import from_epoch
from core.errors import ParleyError
from core.log import get_logger
from core.redis import RedisUnavailable
from core.state_table import IllegalTransition

log = get_logger(__name__)

_CLAIMS_A_TURN = 32  # then others on the event loop have theirs
_PLACED_A_TURN = 200
_PAUSE_SECONDS = 1.0  # before what failed is tried again


@dataclass(slots=True)
class _State:
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    woken_at: float = 0.0
    under_way: int = 0  # claims and readings that are not answered yet
    placement_due: float | None = None  # epoch seconds
    loading: asyncio.Task[None] | None = None


class Matching(Watch):
    """The part of the router that makes offers."""

    @cached_property
    def _state(self) -> _State:
        return _State()

    async def start_matching(self) -> None:
        """Begin; until then nothing is offered by this process."""
        state = self._state
        if self.watching.started:
            self.match_soon()
            return
        self.watching.started = True
        self.leadership.changed = self._leadership_changed
        self.leadership.forgotten = self.redis_given_up  # much may have passed us by
        await self.feed.start()
        await self.leadership.start()
        self.publish_shut()
        self.tasks.keep(self._run, name="matching")
        if state.loading is not None:
            await asyncio.wait([state.loading])

    def match_soon(self) -> None:
        """Look again: something changed."""
        state = self._state
        if not self.watching.started:
            return
        if not state.wake.is_set():
            state.woken_at = self.clock.monotonic()
        state.wake.set()
        state.idle.clear()

    # Leading.

    def _leadership_changed(self) -> None:
        if not self.leadership.epoch:
            self.board = None
            self.watch_no_more()
            return
        if self.board is None:
            self.begin_anew()
        if self.board is not None:
            self.board.living(self.leadership.nodes)
            self.take_up_postponed(self.board.is_dead)
            self.match_soon()

    def begin_anew(self) -> None:
        """Build the board from what is in Redis, if this process leads."""
        if not self.leadership.epoch:
            return
        state = self._state
        self.watch_no_more()
        state.idle.clear()
        self.board = Board(self.directory, self.policies)
        if state.loading is not None:
            state.loading.cancel()
        state.loading = self.tasks.start(self._load(self.board), name="load")

    async def _load(self, board: Board) -> None:
        """Until it succeeds, or the board is not wanted any more."""
        while self.board is board:
            try:
                await self._fill(board)
                break
            except Exception as error:
                log.error("router.load_failed", exc_info=error)
                await asyncio.sleep(_PAUSE_SECONDS)
        self._state.loading = None
        self.match_soon()

    async def _fill(self, board: Board) -> None:
        """What is written meanwhile reaches the board too; the later version stays."""
        await self.learn_anew()
        shut = await self.store.shut()
        for node, media in shut.items():
            board.shut(node, [Medium(one) for one in media])
        board.shut(self.node, self.watching.suspended)
        agents = await self.store.agents()
        for agent in agents:
            if not self._is_late(agent):
                board.put_agent(agent)
                self.time_wrap_ups(agent)
        in_hand = {  # of who is consulted, too
            (agent.id, one.contact_id): one.state is AssignmentState.PARKED
            for agent in agents
            for one in agent.assignments
            if one.state in IN_HAND
        }
        contacts = await self.store.contacts()
        now = self.clock.now()
        offers = await self.store.offers([c.offer_id for c in contacts if c.offer_id])
        for number, contact in enumerate(contacts):
            if contact.state is ContactState.QUEUED and not self._is_late(contact):
                board.put_contact(contact, now)
            elif in_hand.get((contact.agent_id or "", contact.id)) is (
                contact.state is not ContactState.PARKED
            ):
                self.attend(contact.id)  # whoever parked it may have died over it
            offer = offers.get(contact.offer_id or "")
            if offer is not None and offer.state is OfferState.PENDING:
                self.time_offer(offer, max(offer.deadline, now + GRACE))
            if number % 500 == 0:
                await asyncio.sleep(0)
        board.living(self.leadership.nodes)
        log.info("router.leading", contacts=len(contacts), agents=len(agents))

    # What changes the board.

    def _is_late(self, thing: Thing) -> bool:
        """Whether a later version was written: it was told before the answer to our own
        write or reading. (What is only on its way may be refused.)"""
        return self.store.cache.certain(key_of(thing, self.keys)) > thing.version

    def seen(self, things: Sequence[Thing]) -> None:
        """This was written, by whomever."""
        board = self.board
        if board is None:
            return
        now = self.clock.now()
        for thing in things:
            if self._is_late(thing):
                continue
            if isinstance(thing, Contact):
                board.put_contact(thing, now)
            elif isinstance(thing, Agent):
                self.time_wrap_ups(thing)
                board.put_agent(thing)
            elif thing.state is OfferState.PENDING:
                self.time_offer(thing)
            else:
                self.forget_offer(thing)
        self.match_soon()

    # Matching.

    async def quiet(self) -> None:
        """Wait until everything that can be matched is."""
        await self.feed.caught_up()
        if self.leads:
            await self._state.idle.wait()

    async def _run(self) -> None:
        state = self._state
        while True:
            await state.wake.wait()
            state.wake.clear()
            try:
                await self._match()
            except Exception as error:
                log.error("router.matching_failed", exc_info=error)
                await asyncio.sleep(_PAUSE_SECONDS)
                self.begin_anew()  # the board is not to be trusted
            self._settle()

    def _settle(self) -> None:
        state = self._state
        if not state.wake.is_set() and not state.under_way and state.loading is None:
            state.idle.set()

    async def _match(self) -> None:
        board = self.board
        if board is None or self._state.loading is not None:
            return
        for number, contact_id in enumerate(board.displaced(self.clock.now()), start=1):
            key = self.keys("contact", contact_id)
            contact = self.store.cache.contact(key)
            if contact is None or contact.version > self.store.cache.certain(key):
                self._refresh(contact_id, None)
            else:
                board.put_contact(contact, self.clock.now())
            if number % _PLACED_A_TURN == 0:
                await asyncio.sleep(0)
        while pairs := board.pairs(self.clock.now(), _CLAIMS_A_TURN):
            for pair in pairs:
                self._try_to_claim(board, pair)
            await asyncio.sleep(0)
            if self.board is not board:
                return
        for contact_id in board.overflowing(self.clock.now()):
            self.overflow(contact_id)
        self._time_placement(board.next_due)

    def _time_placement(self, due: float | None) -> None:
        state = self._state
        if due == state.placement_due:
            return
        state.placement_due = due
        if due is None:
            self.timers.cancel("placement")
        else:
            self.timers.at("placement", from_epoch(due), self._placement_is_due)

    async def _placement_is_due(self) -> None:
        self._state.placement_due = None
        self.match_soon()

    def _try_to_claim(self, board: Board, pair: Pair) -> None:
        try:
            self._claim(board, pair)
        except Exception as error:
            # The two are reserved on the board: they must not stay so.
            log.error("router.claim_failed", contact=pair.waiting.contact_id, exc_info=error)
            self._refresh(pair.waiting.contact_id, pair.staff.agent.id)

    def _claim(self, board: Board, pair: Pair) -> None:
        waiting, staff = pair.waiting, pair.staff
        cache = self.store.cache
        contact = cache.contact(self.keys("contact", waiting.contact_id))
        agent = cache.agent(self.keys("agent", staff.agent.id))
        if contact is None or agent is None or not self._may(contact, agent):
            self._refresh(waiting.contact_id, staff.agent.id)
            return
        newer = agent.version > staff.agent.version
        if newer and _has_let_go(staff.agent, agent, board.reserved(staff.agent.id)):
            # Somebody else, for whom there was no room before, may come first now.
            self._refresh(waiting.contact_id, staff.agent.id)
            return
        change = self.change()
        try:
            offer = claim.claim(
                change, contact, agent, self.queue_of(contact), self.policies,
                epoch=self.leadership.epoch, why=self._why(board, pair, contact),
            )  # fmt: skip
        except IllegalTransition:
            self._refresh(waiting.contact_id, staff.agent.id)
            return
        change.fence = self.leadership.fence
        answer = self.store.submit(change)
        self._state.under_way += 1
        answer.add_done_callback(partial(self._claimed, change, offer))

    def _may(self, contact: Contact, agent: Agent) -> bool:
        """Whether it is still so that the one waits and the other has room."""
        waits = contact.state is ContactState.QUEUED
        return waits and agent.presence is Presence.READY and self.fits(agent, contact.medium)

    def _claimed(self, change: Change, offer: Offer, answer: asyncio.Future[str]) -> None:
        state = self._state
        state.under_way -= 1
        if self.board is not None and self.board.decided(offer.agent_id, offer.contact_id):
            self.match_soon()
        error = None if answer.cancelled() else answer.exception()
        word = "" if answer.cancelled() or error is not None else answer.result()
        metrics.claims_total.labels(word.partition(" ")[0] or "failed").inc()
        if word == "ok":
            metrics.match_seconds.observe(max(0.0, self.clock.monotonic() - state.woken_at))
        elif word == "fenced":
            log.warning("router.fenced", epoch=self.leadership.epoch)
            self.leadership.soon()
            self._refresh(offer.contact_id, offer.agent_id)
        elif not answer.cancelled():
            if error is not None:
                code = error.code if isinstance(error, ParleyError) else type(error).__name__
                log.error("router.claim_failed", code=code)
            self._refresh(offer.contact_id, offer.agent_id)
        self._settle()

    def _why(self, board: Board, pair: Pair, contact: Contact) -> dict[str, object]:
        """The decision in numbers, kept with the offer's event: see acd.why."""
        placement = pair.waiting.placement
        asked = placement.asked
        assert asked is not None
        why: dict[str, object] = {
            "asked": asked.requirement.text,
            "step": placement.step,
            "score": round(pair.score, 3),
            "strategy": pair.strategy.value,
            "able": pair.able,
            "free": pair.free,
            "next": pair.next_best,
            "waiting": len(board.waiting),
        }
        if asked.only is not None:
            why["only"] = asked.only
        passed_on = contact.passed_on
        kept = passed_on is not None and passed_on.until > self.clock.now()
        if passed_on is not None and kept and passed_on.agent_id == pair.staff.agent.id:
            why["back"] = True
        return why

    def _refresh(self, contact_id: str, agent_id: str | None) -> None:
        """The board is not right about these two: read them."""
        if self.board is None:
            return  # somebody else leads, or we stop
        if agent_id is not None:
            self.board.decided(agent_id, contact_id)
        self._state.under_way += 1
        self.tasks.start(self._read_again(contact_id, agent_id), name=f"refresh:{contact_id}")

    async def _read_again(self, contact_id: str, agent_id: str | None) -> None:
        try:
            await self.store.settled()  # what is on its way is part of what they are
            scene = await self.store.scene("contact", contact_id, agent_id)
            board = self.board
            if board is None:
                return
            # What came later may have been told while this was read.
            if scene.contact is None:
                board.drop_contact(contact_id)
            elif not self._is_late(scene.contact):
                board.put_contact(scene.contact, self.clock.now())
            if scene.other is not None and not self._is_late(scene.other):
                board.put_agent(scene.other)
            self.match_soon()
        except RedisUnavailable as error:
            log.error("router.matching_without_redis", code=error.code)
        finally:
            self._state.under_way -= 1
            self._settle()

    # Parts of the router that this one calls.

    async def learn_anew(self) -> None:
        raise NotImplementedError

    def overflow(self, contact_id: str) -> None:
        raise NotImplementedError


def _has_let_go(known: Agent, now: Agent, claimed: Collection[str]) -> bool:
    """Whether something that the board takes to be in the agent's hands, and not for a
    claim of ours, is not any more: its end is on the way to Redis."""
    parked = AssignmentState.PARKED
    held = {one.contact_id for one in now.assignments if one.state is not parked}
    return any(
        one.contact_id not in held and one.contact_id not in claimed and one.state is not parked
        for one in known.assignments
    )
