"""Who waits and who is free, in the memory of the router that leads.

It is built from Redis when a router becomes the leader and kept up with each write of
this process and the others (:mod:`acd.feed`), so that a decision reads nothing. What it
holds is never believed blindly: a claim names the versions it rests on, and Redis
refuses it if one is outdated.

Who is at work is kept by :mod:`acd.roster`, what time brings by :mod:`acd.schedule`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

from acd import choice, order
from acd.agent_index import Bits
from acd.capacity import Policies
from acd.contact_states import ContactState
from acd.directory import Directory
from acd.lines import Line, Need, Waiting
from acd.model import Agent, Contact, Medium, QueueConfig, Strategy
from acd.placement import Asked, place
from acd.roster import Roster, Staff
from acd.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Pair:
    """A decision: this contact to this agent, and by what."""

    waiting: Waiting
    staff: Staff
    strategy: Strategy
    score: float
    able: int  # agents logged in who fit what is asked
    free: int  # of these, who could take it now
    next_best: tuple[str, ...]  # who would have come next


class Board:
    """Pure memory: nothing here waits. Times in epoch seconds, ``now`` as datetime."""

    def __init__(self, directory: Directory, policies: Policies) -> None:
        self._directory = directory
        self._queues: dict[str, QueueConfig] = {}
        self._queues_of: object = None
        self._roster = Roster(directory, policies)
        self.staff = self._roster.staff
        self.waiting: dict[str, Waiting] = {}
        self._schedule = Schedule(self.waiting)
        self._shut: set[tuple[str, Medium]] = set()
        self._living: frozenset[str] | None = None  # nodes; None: not known
        self._look: set[Line] = set()
        self._counts: Counter[str] = Counter()

    # What is.

    @property
    def queues(self) -> dict[str, QueueConfig]:
        """The queues by name; the same object until the directory has others."""
        queues = self._directory.queues()
        if queues is not self._queues_of:
            self._queues_of = queues
            self._queues = {queue.name: queue for queue in queues}
        return self._queues

    def put_contact(self, contact: Contact, now: datetime) -> None:
        """The contact is so now: it waits here, or no more."""
        known = self.waiting.get(contact.id)
        if known is not None:
            if known.version > contact.version:
                return
            self._take_out(known)
            del self.waiting[contact.id]
        if contact.state is not ContactState.QUEUED:
            self._schedule.gone(contact.id)
            return
        roster = self._roster
        placement = place(contact, self.queues, now, roster.anybody)
        waiting = self.waiting[contact.id] = Waiting(contact, placement)
        self._counts[waiting.queue] += 1
        self._schedule.entered(contact, self.queues.get(waiting.queue))
        for asked in placement.skipped:
            roster.watch(asked, contact.id)
        self._schedule.placed(contact.id, placement.until, now.timestamp())
        if placement.asked is not None:
            line = roster.need(placement.asked).line(contact.node, contact.slope)
            line.shut = self._is_shut(line)
            line.add(waiting)
            self._look.add(line)

    def drop_contact(self, contact_id: str) -> None:
        """The contact is gone altogether."""
        self._schedule.gone(contact_id)
        known = self.waiting.pop(contact_id, None)
        if known is not None:
            self._take_out(known)

    def _take_out(self, waiting: Waiting) -> None:
        self._counts[waiting.queue] -= 1
        if waiting.line is not None:
            waiting.line.leave(waiting)
        for asked in waiting.placement.skipped:
            self._roster.unwatch(asked, waiting.contact_id)

    def put_agent(self, agent: Agent) -> None:
        """The agent is so now. The object is the board's from now on."""
        self._roster.put(agent)

    def shut(self, node: str, media: Iterable[Medium]) -> None:
        """Exactly these media of ``node`` are not served at present."""
        self._shut = {one for one in self._shut if one[0] != node}
        self._shut |= {(node, medium) for medium in media}
        self._reopen()

    def living(self, nodes: Iterable[str]) -> None:
        """Exactly these nodes live: nobody would ring for the contacts of others."""
        living = frozenset(nodes)
        if living != self._living:
            self._living = living
            self._reopen()

    # What follows.

    def next_pair(self, now: datetime) -> Pair | None:
        """The first contact, in the order of all, for whom an agent is free, and the
        best agent for it. Both are reserved: tell :meth:`put_contact` and
        :meth:`put_agent` what became of them."""
        return next(iter(self.pairs(now, 1)), None)

    def pairs(self, now: datetime, most: int) -> list[Pair]:
        """The next pairs, at most so many, in the order in which they are to be made:
        each is what :meth:`next_pair` would say after the one before."""
        # Whoever has got room may be what a line waited for.
        self._look.update(self._roster.lines_with_room())
        at = now.timestamp()
        heads: list[tuple[float, float, str, Line]] = []
        for line in self._look:
            self._add_head(heads, line, at)
        heapify(heads)
        found: list[Pair] = []
        free = self._roster.free
        while heads and len(found) < most:
            score, _, _, line = heappop(heads)
            need = line.need
            able = self._roster.able(need)
            candidates = able & free[need.asked.medium]
            if not candidates:
                continue
            head = line.head()
            assert head is not None
            found.append(self._pair(head, line, -score, at, able, candidates))
            self._add_head(heads, line, at, heappush)
        self._look = {line for *_, line in heads}
        return found

    @staticmethod
    def _add_head(
        heads: list[tuple[float, float, str, Line]], line: Line, at: float,
        add: Callable[[list[Any], Any], None] = list.append,
    ) -> None:  # fmt: skip
        head = None if line.shut else line.head()
        if head is not None:
            score = order.score(head.rank, line.slope, at)
            add(heads, (-score, head.since, head.contact_id, line))

    def _pair(
        self, head: Waiting, line: Line, score: float, at: float, able: Bits, candidates: Bits
    ) -> Pair:
        need = line.need
        strategy = choice.strategy_of(self.queues.get(head.queue), head.complaint)
        staff, *others = self._roster.choose(need, candidates, strategy, head.queue, at)
        line.leave(head)
        head.taken = True
        self._roster.reserve(staff, head.contact_id, need.asked.medium)
        return Pair(
            head, staff, strategy, score, able.bit_count(), candidates.bit_count(),
            tuple(one.agent.id for one in others),
        )  # fmt: skip

    def reserved(self, agent_id: str) -> Collection[str]:
        """Contacts that the agent is claimed for, without an answer yet."""
        return self._roster.reserved(agent_id)

    def decided(self, agent_id: str, contact_id: str) -> bool:
        """The claim that reserved the agent was answered, or was not made: what Redis says
        of the agent is all that they have. Whether that gives them room here."""
        return self._roster.decided(agent_id, contact_id)

    def displaced(self, now: datetime) -> list[str]:
        """Contacts whose place is not what it was: their time has come, or somebody
        came or went. Each is to be told to :meth:`put_contact` anew."""
        found = self._roster.to_replace()
        found.update(self._schedule.displaced(now.timestamp()))
        return sorted(one for one in found if one in self.waiting and not self.waiting[one].taken)

    def overflowing(self, now: datetime) -> list[str]:
        """Contacts that have waited in their queue for as long as they may. Each is told
        once, and again when it comes back to the queue."""
        return self._schedule.overflowing(now.timestamp())

    def overflow_failed(self, contact_id: str, again_at: float) -> None:
        """The contact could not be sent away: it is to be tried again."""
        self._schedule.overflow_failed(contact_id, again_at)

    @property
    def next_due(self) -> float | None:
        """When :meth:`displaced` or :meth:`overflowing` has something to say next, if
        nothing happens."""
        return self._schedule.next_due

    # What others ask.

    def count(self, queue: str) -> int:
        """How many wait in ``queue``."""
        return self._counts[queue]

    def able(self, asked: Asked) -> Bits:
        """Who fits what is asked: a set for :meth:`at_work` and :meth:`with_room`."""
        return self._roster.able(self._roster.need(asked))

    def able_ids(self, need: Need) -> set[str]:
        """Who fits the need of a line."""
        return self._roster.able_ids(need)

    def at_work(self, agents: Bits) -> int:
        """How many of these are not on a break."""
        return self._roster.at_work(agents)

    def with_room(self, agents: Bits, medium: Medium) -> int:
        """How many of these can take one more contact of ``medium``."""
        return (self._roster.free[medium] & agents).bit_count()

    def lines(self) -> Iterator[Line]:
        """All lines in which somebody stands."""
        return self._roster.lines()

    def is_shut(self, node: str, medium: Medium) -> bool:
        """Whether contacts of the medium are not offered at present."""
        return (node, medium) in self._shut or self.is_dead(node)

    def is_dead(self, node: str) -> bool:
        """Whether no process of the node lives."""
        return bool(node) and self._living is not None and node not in self._living

    def _is_shut(self, line: Line) -> bool:
        return self.is_shut(line.node, line.need.asked.medium)

    def _reopen(self) -> None:
        for line in self.lines():
            line.shut = self._is_shut(line)
            if not line.shut:
                self._look.add(line)
