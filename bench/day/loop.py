"""The replay: customers and agents of a day act, the centre routes, all is noted.

A discrete-event loop: it jumps from one act of a person to the next. What people do
depends on the day only (who comes when, how patient they are, how long they talk), so
that every difference between two replays is the centre's doing. Whatever a centre does
that cannot be (a capacity exceeded, an agent without the skill, somebody offered twice)
ends the replay with an error.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from bench.day.world import (
    COST,
    INTERRUPTIBLE,
    Centre,
    Day,
    DayAgent,
    DayContact,
    Presence,
    Strategy,
    speed,
)  # fmt: skip

_AWAY_SECONDS = 45.0  # until an agent who missed an offer is back

Act = Callable[..., Coroutine[Any, Any, None]]


class ImpossibleRouting(AssertionError):
    """The centre did what must never happen."""


@dataclass(slots=True)
class Visit:
    """What became of one contact; seconds since the opening."""

    contact: DayContact
    state: str = "queued"  # ringing, talking, wrap_up, done, left
    agent: str | None = None
    answered_at: float | None = None
    left_at: float | None = None
    talked: float = 0.0
    offer: str | None = None
    offers: int = 0
    # Of work that may stand still.
    due: int = 0  # counts plans; only the last one is valid
    rest: float = 0.0
    since: float | None = None  # None: stands still


@dataclass(slots=True)
class Worker:
    """An agent's day, as it was."""

    agent: DayAgent
    wants: Presence = Presence.OUT
    away: bool = False  # missed an offer
    hands: set[str] = field(default_factory=set)  # contacts from offer to end of wrap-up
    changed: float = 0.0
    staffed: float = 0.0  # seconds ready, or at work beyond that
    occupied: float = 0.0  # ...of them with something in hand
    served: int = 0


@dataclass(slots=True)
class Outcome:
    """A replay's notes."""

    day: Day
    strategy: Strategy
    visits: list[Visit]
    workers: list[Worker]
    acts: int


class Replay:
    """One day on one centre; implements :class:`~bench.day.world.People`."""

    def __init__(
        self, day: Day, centre: Centre, strategy: Strategy, *, strict: bool = False
    ) -> None:
        self._day, self._centre, self._strategy, self._strict = day, centre, strategy, strict
        self._heap: list[tuple[float, int, Act, tuple[Any, ...]]] = []
        self._count = itertools.count()
        self._now = 0.0
        self._visits: dict[str, Visit] = {}
        self._workers = {agent.id: Worker(agent) for agent in day.agents}
        self._offers: dict[str, str] = {}  # open ones: contact

    async def run(self) -> Outcome:
        """From the opening to the closing; raises :class:`ImpossibleRouting`."""
        for agent in self._day.agents:
            for at, presence in agent.plan:
                self._at(at, self._presence, agent.id, presence)
        for contact in self._day.contacts:
            self._at(contact.at, self._arrive, contact)
        acts = 0
        await self._centre.start(self._day, self._strategy, self)
        try:
            while self._heap and self._heap[0][0] <= self._day.seconds:
                self._now, _, act, args = heapq.heappop(self._heap)
                await self._centre.advance(self._now)
                await act(*args)
                acts += 1
                if self._strict:
                    self._nobody_waits_in_vain()
        finally:
            await self._centre.close()
        self._now = self._day.seconds
        for worker in self._workers.values():
            self._account(worker)
        visits, workers = list(self._visits.values()), list(self._workers.values())
        return Outcome(self._day, self._strategy, visits, workers, acts)

    # What people do.

    async def _presence(self, agent_id: str, presence: Presence) -> None:
        worker = self._workers[agent_id]
        self._account(worker)
        worker.wants = presence
        worker.away = False
        await self._centre.agent_state(agent_id, presence)

    async def _back(self, agent_id: str) -> None:
        worker = self._workers[agent_id]
        if worker.away and worker.wants is Presence.READY:
            worker.away = False
            await self._centre.agent_state(agent_id, Presence.READY)

    async def _arrive(self, contact: DayContact) -> None:
        self._visits[contact.id] = Visit(contact)
        self._at(self._now + contact.patience, self._leave, contact.id)
        await self._centre.arrive(contact)

    async def _leave(self, contact_id: str) -> None:
        visit = self._visits[contact_id]
        if visit.state not in ("queued", "ringing"):
            return
        if visit.offer is not None:
            self._let_go(visit)
        visit.state, visit.left_at = "left", self._now
        await self._centre.leave(contact_id)
        contact = visit.contact
        if contact.redials is not None and contact.attempt < 3:
            again = replace(
                contact, id=f"{contact.id}+", at=self._now + contact.redials,
                attempt=contact.attempt + 1, ignored=False,
            )  # fmt: skip
            self._at(again.at, self._arrive, again)

    async def _answer(self, offer_id: str) -> None:
        contact_id = self._offers.get(offer_id)
        if contact_id is None:
            return  # taken back meanwhile
        visit = self._visits[contact_id]
        assert visit.agent is not None
        if visit.contact.ignored and visit.offers == 1:
            agent_id = visit.agent
            self._let_go(visit)
            visit.state = "queued"
            self._workers[agent_id].away = True
            self._at(self._now + _AWAY_SECONDS, self._back, agent_id)
            await self._centre.reject(offer_id)
            return
        worker = self._workers[visit.agent]
        del self._offers[offer_id]
        visit.offer = None
        visit.state, visit.answered_at = "talking", self._now
        visit.rest = visit.contact.talk * speed(self._day, worker.agent, visit.contact.queue)
        visit.talked = visit.rest
        self._go_on(visit)
        if not await self._centre.answer(offer_id):
            raise ImpossibleRouting(f"{offer_id} was refused though nothing had ended it")

    async def _end(self, contact_id: str, due: int) -> None:
        visit = self._visits[contact_id]
        if visit.due != due:
            return  # it stood still meanwhile
        visit.state, visit.since = "wrap_up", None
        self._at(self._now + visit.contact.wrap_up, self._wrapped_up, contact_id)
        await self._centre.end(contact_id)

    async def _wrapped_up(self, contact_id: str) -> None:
        visit = self._visits[contact_id]
        assert visit.agent is not None
        visit.state = "done"
        worker = self._workers[visit.agent]
        worker.served += 1
        self._release(worker, contact_id)
        await self._centre.wrapped_up(contact_id)

    # What the centre reports.

    def offered(self, offer_id: str, contact_id: str, agent_id: str) -> None:
        visit, worker = self._visits[contact_id], self._workers[agent_id]
        if visit.state != "queued":
            raise ImpossibleRouting(f"{contact_id} is offered while it is {visit.state}")
        visit.state, visit.agent, visit.offer = "ringing", agent_id, offer_id
        visit.offers += 1
        self._offers[offer_id] = contact_id
        self._account(worker)
        worker.hands.add(contact_id)
        self._check(worker, visit.contact)
        self._at(self._now + visit.contact.ring, self._answer, offer_id)

    def rescinded(self, offer_id: str) -> None:
        contact_id = self._offers.get(offer_id)
        if contact_id is not None:
            visit = self._visits[contact_id]
            self._let_go(visit)
            visit.state = "queued"

    def parked(self, contact_id: str) -> None:
        visit = self._visits[contact_id]
        if visit.since is not None:
            visit.rest -= self._now - visit.since
            visit.since = None
            visit.due += 1

    def resumed(self, contact_id: str) -> None:
        visit = self._visits[contact_id]
        if visit.since is None and visit.state == "talking":
            self._go_on(visit)

    # Book-keeping.

    def _at(self, when: float, act: Act, *args: Any) -> None:
        heapq.heappush(self._heap, (when, next(self._count), act, args))

    def _go_on(self, visit: Visit) -> None:
        visit.since = self._now
        visit.due += 1
        self._at(self._now + visit.rest, self._end, visit.contact.id, visit.due)

    def _let_go(self, visit: Visit) -> None:
        """Its open offer is over."""
        assert visit.agent is not None
        assert visit.offer is not None
        self._offers.pop(visit.offer, None)
        self._release(self._workers[visit.agent], visit.contact.id)
        visit.offer = visit.agent = None

    def _release(self, worker: Worker, contact_id: str) -> None:
        self._account(worker)
        worker.hands.discard(contact_id)

    def _account(self, worker: Worker) -> None:
        passed = self._now - worker.changed
        if worker.hands:
            worker.occupied += passed
        if worker.hands or worker.wants is Presence.READY:
            worker.staffed += passed
        worker.changed = self._now

    def _check(self, worker: Worker, contact: DayContact) -> None:
        queue, agent = self._day.queues[contact.queue], worker.agent
        if any(agent.skills.get(skill, 0) < least for skill, least in queue.skills.items()):
            raise ImpossibleRouting(f"{agent.id} cannot do what {queue.name} asks for")
        worker.hands.discard(contact.id)
        room = self._room(worker, queue.medium)
        worker.hands.add(contact.id)
        if not room:
            raise ImpossibleRouting(f"{agent.id} has no room for one more of {queue.medium}")
        if worker.away or worker.wants is not Presence.READY:
            raise ImpossibleRouting(f"{agent.id} is offered something while not ready")

    def _room(self, worker: Worker, medium: str) -> bool:
        held = [self._day.queues[self._visits[id_].contact.queue].medium for id_ in worker.hands]
        if held.count(medium) >= worker.agent.media.get(medium, 0):
            return False
        counts = [m for m in held if medium in INTERRUPTIBLE or m not in INTERRUPTIBLE]
        return sum(COST[m] for m in counts) + COST[medium] <= 100

    def _nobody_waits_in_vain(self) -> None:
        waiting = {v.contact.queue for v in self._visits.values() if v.state == "queued"}
        for worker in self._workers.values():
            if worker.away or worker.wants is not Presence.READY:
                continue
            for name in waiting:
                queue, skills = self._day.queues[name], worker.agent.skills
                able = all(skills.get(skill, 0) >= n for skill, n in queue.skills.items())
                if able and self._room(worker, queue.medium):
                    raise ImpossibleRouting(f"{name} waits while {worker.agent.id} is free")


async def replay(day: Day, centre: Centre, strategy: Strategy, *, strict: bool = False) -> Outcome:
    """What became of the day. ``strict`` (slow): after each act nobody may wait for whom
    an agent is free."""
    return await Replay(day, centre, strategy, strict=strict).run()
