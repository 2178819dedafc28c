"""A centre in memory, as plain as can be: look at who waits and who is free, and choose.

It shows what each strategy does to a day without any router, and is what a router is
compared with.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.day.world import (
    COST,
    INTERRUPTIBLE,
    Day,
    DayAgent,
    DayContact,
    People,
    Presence,
    Strategy,
)

PRIORITY_SECONDS = 600.0
"""So much longer waiting weighs as much as one point of priority."""


@dataclass(slots=True)
class _Agent:
    agent: DayAgent
    number: int
    ready: bool = False
    wish: Presence | None = None
    hands: dict[str, str] = field(default_factory=dict)  # contact -> medium
    parked: list[str] = field(default_factory=list)
    since: float = 0.0  # idle
    logged_in_at: float = 0.0
    busy_since: float = 0.0
    occupied: float = 0.0

    def room(self, medium: str) -> bool:
        """Whether one more of ``medium`` fits."""
        held = list(self.hands.values())
        if held.count(medium) >= self.agent.media.get(medium, 0):
            return False
        counted = held if medium in INTERRUPTIBLE else [m for m in held if m not in INTERRUPTIBLE]
        return sum(COST[m] for m in counted) + COST[medium] <= 100

    def share(self, now: float) -> float:
        """Of the time since log-in, occupied."""
        occupied = self.occupied + (now - self.busy_since if self.hands else 0.0)
        return occupied / max(1.0, now - self.logged_in_at)


@dataclass(slots=True)
class _Waiting:
    contact: DayContact
    rank: tuple[float, str]
    agent: _Agent | None = None
    offer: str | None = None


class Reference:
    """Implements :class:`~bench.day.world.Centre`."""

    _day: Day
    _people: People

    def __init__(self, priority_seconds: float = PRIORITY_SECONDS) -> None:
        self._priority_seconds = priority_seconds

    async def start(self, day: Day, strategy: Strategy, people: People) -> None:
        self._day, self._people = day, people
        self._now = 0.0
        self._agents = {a.id: _Agent(a, i) for i, a in enumerate(day.agents)}
        self._able: dict[str, Sequence[_Agent]] = {
            name: [
                agent
                for agent in self._agents.values()
                if agent.agent.media.get(queue.medium, 0)
                and all(agent.agent.skills.get(s, 0) >= n for s, n in queue.skills.items())
            ]
            for name, queue in day.queues.items()
        }
        self._serves: dict[str, list[str]] = {id_: [] for id_ in self._agents}
        for name, able in self._able.items():
            for agent in able:
                self._serves[agent.agent.id].append(name)
        self._lines: dict[str, list[tuple[float, str]]] = {name: [] for name in day.queues}
        self._contacts: dict[str, _Waiting] = {}
        self._offers: dict[str, _Waiting] = {}
        self._names = itertools.count()
        self._last: dict[str, int] = dict.fromkeys(day.queues, -1)
        self._key = self._keys()[strategy]

    async def close(self) -> None:
        """Nothing is held."""

    async def advance(self, to: float) -> None:
        self._now = to

    async def agent_state(self, agent_id: str, presence: Presence) -> None:
        agent = self._agents[agent_id]
        if presence is Presence.READY:
            if not agent.ready and not agent.hands:
                agent.since = self._now
            if agent.logged_in_at == 0:
                agent.logged_in_at = self._now
            agent.ready = True
            self._fill(agent)
        else:
            agent.ready = False  # what is in hand is finished; what rings goes on
            for waiting in [w for w in self._offers.values() if w.agent is agent]:
                assert waiting.offer is not None
                self._people.rescinded(waiting.offer)
                self._again(waiting)

    async def arrive(self, contact: DayContact) -> None:
        rank = (contact.at - contact.priority * self._priority_seconds, contact.id)
        self._contacts[contact.id] = waiting = _Waiting(contact, rank)
        bisect.insort(self._lines[contact.queue], rank)
        self._place(waiting)

    async def leave(self, contact_id: str) -> None:
        waiting = self._contacts.pop(contact_id)
        if waiting.offer is None:
            self._lines[waiting.contact.queue].remove(waiting.rank)
        else:
            del self._offers[waiting.offer]
            self._release(waiting, idle_anew=False)

    async def answer(self, offer_id: str) -> bool:
        waiting = self._offers.pop(offer_id, None)
        if waiting is None or waiting.agent is None:
            return False
        waiting.offer = None
        agent = waiting.agent
        if sum(COST[medium] for medium in agent.hands.values()) > 100:
            for id_, medium in agent.hands.items():
                if medium in INTERRUPTIBLE and id_ not in agent.parked and self._at_work(id_):
                    agent.parked.append(id_)
                    self._people.parked(id_)
        return True

    def _at_work(self, contact_id: str) -> bool:
        return self._contacts[contact_id].offer is None

    async def reject(self, offer_id: str) -> None:
        waiting = self._offers[offer_id]
        assert waiting.agent is not None
        waiting.agent.ready = False
        self._again(waiting)

    def _again(self, waiting: _Waiting) -> None:
        """The offer is over, the contact waits on at its old age."""
        assert waiting.offer is not None
        del self._offers[waiting.offer]
        waiting.offer = None
        self._release(waiting)
        bisect.insort(self._lines[waiting.contact.queue], waiting.rank)
        self._place(waiting)

    async def end(self, contact_id: str) -> None:
        """The place is taken until wrap-up is over."""

    async def wrapped_up(self, contact_id: str) -> None:
        self._release(self._contacts.pop(contact_id))

    def _release(self, waiting: _Waiting, *, idle_anew: bool = True) -> None:
        agent = waiting.agent
        assert agent is not None
        waiting.agent = None
        del agent.hands[waiting.contact.id]
        if idle_anew:
            agent.since = self._now
        if not agent.hands:
            agent.occupied += self._now - agent.busy_since
        if agent.parked and sum(COST[medium] for medium in agent.hands.values()) <= 100:
            for id_ in agent.parked:
                self._people.resumed(id_)
            agent.parked.clear()
        self._fill(agent)

    def _fill(self, agent: _Agent) -> None:
        """Whoever is first of all whom the agent can take now, again and again."""
        while agent.ready:
            heads = [
                self._lines[name][0]
                for name in self._serves[agent.agent.id]
                if self._lines[name] and agent.room(self._day.queues[name].medium)
            ]
            if not heads:
                return
            self._place(self._contacts[min(heads)[1]])

    def _place(self, waiting: _Waiting) -> None:
        queue = self._day.queues[waiting.contact.queue]
        free = [a for a in self._able[queue.name] if a.ready and a.room(queue.medium)]
        if not free:
            return
        agent = min(free, key=lambda a: self._key(a, queue.name))
        self._last[queue.name] = agent.number
        self._lines[queue.name].remove(waiting.rank)
        if not agent.hands:
            agent.busy_since = self._now
        agent.hands[waiting.contact.id] = queue.medium
        waiting.agent, waiting.offer = agent, f"offer-{next(self._names)}"
        self._offers[waiting.offer] = waiting
        self._people.offered(waiting.offer, waiting.contact.id, agent.agent.id)

    def _keys(self) -> dict[Strategy, Callable[[_Agent, str], tuple[float, ...]]]:
        """By strategy: whose key is least takes the contact."""

        def proficiency(agent: _Agent, queue: str) -> int:
            return sum(agent.agent.skills[skill] for skill in self._day.queues[queue].skills)

        def idle(agent: _Agent) -> tuple[float, ...]:
            return (len(agent.hands) > 0, agent.since, agent.number)

        def turn(agent: _Agent, queue: str) -> int:
            return (agent.number - self._last[queue] - 1) % len(self._agents)

        def weight(agent: _Agent, queue: str) -> float:
            best = 10 * len(self._day.queues[queue].skills)
            waits = min(600.0, self._now - agent.since) / 600
            return (
                0.4 * proficiency(agent, queue) / best + 0.3 * waits - 0.3 * agent.share(self._now)
            )

        return {
            Strategy.LONGEST_IDLE: lambda agent, _: idle(agent),
            Strategy.LEAST_OCCUPIED: lambda agent, _: (agent.share(self._now), agent.number),
            Strategy.BEST_PROFICIENCY: lambda a, queue: (-proficiency(a, queue), *idle(a)),
            Strategy.ROUND_ROBIN: lambda agent, queue: (turn(agent, queue),),
            Strategy.WEIGHTED: lambda agent, queue: (-weight(agent, queue), agent.number),
        }
