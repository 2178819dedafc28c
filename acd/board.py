"""Who waits and who is free, in the memory of the router that leads.

It is built from Redis when a router becomes the leader and kept up with each write of
this process and the others (:mod:`acd.feed`), so that a decision reads nothing. What it
holds is never believed blindly: a claim names the versions it rests on, and Redis
refuses it if one is outdated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

from acd import capacity, choice, order
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.capacity import Policies
from acd.contact_states import ContactState
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.lines import Line, Need, Waiting
from acd.model import (
    Agent,
    AgentConfig,
    Assignment,
    Contact,
    Medium,
    QueueConfig,
    SegmentKind,
    Strategy,
)
from acd.placement import NO_LIMIT, Asked, place

_SOONEST = 0.002  # seconds
_MOST_NEEDS = 4096  # of which nobody speaks at present


class Staff:
    """An agent who is logged in. ``free``: media of which one more contact fits."""

    __slots__ = ("agent", "config", "free", "needs")

    def __init__(self, agent: Agent, config: AgentConfig) -> None:
        self.agent = agent
        self.config = config
        self.free: frozenset[Medium] = frozenset()
        self.needs: set[Need] = set()


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
        self._policies = policies
        self._queues: dict[str, QueueConfig] = {}
        self._queues_of: object = None
        self.waiting: dict[str, Waiting] = {}
        self.staff: dict[str, Staff] = {}
        self._needs: dict[Asked, Need] = {}
        self._most_needs = _MOST_NEEDS
        self._reserved: dict[str, dict[str, Assignment]] = {}  # by claims on their way
        self._ready: set[str] = set()  # on no break, busy or not
        self._free: dict[Medium, set[str]] = {medium: set() for medium in Medium}
        self._shut: set[tuple[str, Medium]] = set()
        self._living: frozenset[str] | None = None  # nodes; None: not known
        self._look: set[Line] = set()
        self._changed_agents: set[str] = set()
        self._due: list[tuple[float, int, str]] = []
        self._overdue: list[tuple[float, int, str, str]] = []
        self._sent_away: dict[str, float] = {}  # contact -> when its time was up
        self._counts: Counter[str] = Counter()
        self._number = count()
        self._idle_media: dict[str, tuple[AgentConfig, frozenset[Medium]]] = {}
        self.replace: set[str] = set()  # contacts to be placed anew, see displaced()

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
            self._sent_away.pop(contact.id, None)
            return
        placement = place(contact, self.queues, now, self._anybody)
        waiting = self.waiting[contact.id] = Waiting(contact, placement)
        self._counts[waiting.queue] += 1
        self._watch_overflow(contact)
        for asked in placement.skipped:
            self._need(asked).watchers.add(contact.id)
        if placement.until != NO_LIMIT:
            # Not at once again, were it to change a rounding error from now.
            due = max(placement.until, now.timestamp() + _SOONEST)
            heappush(self._due, (due, next(self._number), contact.id))
            if len(self._due) > 64 and len(self._due) > 4 * len(self.waiting):
                self._due = [one for one in self._due if one[2] in self.waiting]
                heapify(self._due)
        if placement.asked is not None:
            line = self._need(placement.asked).line(contact.node, contact.slope)
            line.shut = self._is_shut(line)
            line.add(waiting)
            self._look.add(line)

    def drop_contact(self, contact_id: str) -> None:
        """The contact is gone altogether."""
        self._sent_away.pop(contact_id, None)
        known = self.waiting.pop(contact_id, None)
        if known is not None:
            self._take_out(known)

    def put_agent(self, agent: Agent) -> None:
        """The agent is so now. The object is the board's from now on."""
        staff = self.staff.get(agent.id)
        if staff is not None and staff.agent.version > agent.version:
            return
        if agent.presence is Presence.LOGGED_OUT:
            self._log_out(agent.id)
            return
        try:
            config = self._directory.agent(agent.id)
        except AgentNotFound:
            self._log_out(agent.id)
            return
        for contact_id, one in self._reserved.get(agent.id, {}).items():
            if not agent.has(contact_id):
                agent.assignments.append(one)
        if staff is None:
            staff = self.staff[agent.id] = Staff(agent, config)
            self._learn(staff)
        elif staff.agent.skills != agent.skills or staff.config is not config:
            staff.agent, staff.config = agent, config
            self._learn(staff)
        else:
            staff.agent = agent
        if agent.presence is Presence.READY:
            self._ready.add(agent.id)
        else:
            self._ready.discard(agent.id)
        self._set_free(staff)

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
        self._gather()
        at = now.timestamp()
        heads: list[tuple[float, float, str, Line]] = []
        for line in self._look:
            self._add_head(heads, line, at)
        heapify(heads)
        found: list[Pair] = []
        while heads and len(found) < most:
            score, _, _, line = heappop(heads)
            need = line.need
            if need.able.isdisjoint(self._free[need.asked.medium]):
                continue
            head = line.head()
            assert head is not None
            found.append(self._pair(head, line, -score, at))
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

    def _pair(self, head: Waiting, line: Line, score: float, at: float) -> Pair:
        need = line.need
        medium = need.asked.medium
        able = need.able & self._free[medium]
        strategy = choice.strategy_of(self.queues.get(head.queue), head.complaint)
        ranked = choice.choose(
            strategy, map(self.staff.__getitem__, able), head.queue, need.asked.requirement, at
        )
        staff = ranked[0]
        assert isinstance(staff, Staff)
        line.leave(head)
        head.taken = True
        weight = self._policies[medium].weight
        assert staff.agent.since is not None
        reserved = Assignment(
            contact_id=head.contact_id, medium=medium, weight=weight,
            state=AssignmentState.OFFERED, since=staff.agent.since,
        )  # fmt: skip
        staff.agent.assignments.append(reserved)
        self._reserved.setdefault(staff.agent.id, {})[head.contact_id] = reserved
        self._set_free(staff)
        return Pair(
            head, staff, strategy, score, len(need.able), len(able),
            tuple(one.agent.id for one in ranked[1:]),
        )  # fmt: skip

    def decided(self, agent_id: str, contact_id: str) -> bool:
        """The claim that reserved the agent was answered, or was not made: what Redis says
        of the agent is all that they have. Whether that gives them room here."""
        reserved = self._reserved.get(agent_id)
        if reserved is None:
            return False
        one = reserved.pop(contact_id, None)
        if not reserved:
            del self._reserved[agent_id]
        staff = self.staff.get(agent_id)
        # What was written with the claim, or just after it, may be here before its answer.
        if staff is not None and any(held is one for held in staff.agent.assignments):
            staff.agent.assignments = [a for a in staff.agent.assignments if a is not one]
            self._set_free(staff)
            return True
        return False

    def displaced(self, now: datetime) -> list[str]:
        """Contacts whose place is not what it was: their time has come, or somebody
        came or went. Each is to be told to :meth:`put_contact` anew."""
        at = now.timestamp()
        found = self.replace
        self.replace = set()
        while self._due and self._due[0][0] <= at:
            _, _, contact_id = heappop(self._due)
            waiting = self.waiting.get(contact_id)
            if waiting is not None and waiting.placement.until <= at + _SOONEST:
                found.add(contact_id)
        return sorted(one for one in found if one in self.waiting and not self.waiting[one].taken)

    def overflowing(self, now: datetime) -> list[str]:
        """Contacts that have waited in their queue for as long as they may. Each is told
        once, and again when it comes back to the queue."""
        at, found = now.timestamp(), []
        while self._overdue and self._overdue[0][0] <= at:
            due, _, contact_id, queue = heappop(self._overdue)
            waiting = self.waiting.get(contact_id)
            if self._sent_away.get(contact_id) == due:
                continue
            if waiting is not None and waiting.queue == queue and not waiting.taken:
                self._sent_away[contact_id] = due
                found.append(contact_id)
        return found

    def overflow_failed(self, contact_id: str, again_at: float) -> None:
        """The contact could not be sent away: it is to be tried again."""
        waiting = self.waiting.get(contact_id)
        if waiting is not None:
            self._sent_away.pop(contact_id, None)
            heappush(self._overdue, (again_at, next(self._number), contact_id, waiting.queue))

    def count(self, queue: str) -> int:
        """How many wait in ``queue``."""
        return self._counts[queue]

    def who(self, asked: Asked) -> Need:
        """Who fits what is asked."""
        return self._need(asked)

    def at_work(self, agent_ids: Iterable[str]) -> int:
        """How many of these are not on a break."""
        return len(self._ready.intersection(agent_ids))

    @property
    def next_due(self) -> float | None:
        """When :meth:`displaced` or :meth:`overflowing` has something to say next, if
        nothing happens."""
        overflow = self._next_overflow()
        while self._due:
            until, _, contact_id = self._due[0]
            waiting = self.waiting.get(contact_id)
            if waiting is not None and abs(waiting.placement.until - until) <= 2 * _SOONEST:
                return until if overflow is None else min(until, overflow)
            heappop(self._due)
        return overflow

    def _next_overflow(self) -> float | None:
        while self._overdue:
            due, _, contact_id, queue = self._overdue[0]
            waiting = self.waiting.get(contact_id)
            if waiting is not None and waiting.queue == queue:
                return due
            heappop(self._overdue)
        return None

    def need(self, asked: Asked) -> Need | None:
        """Who fits what is asked, if somebody ever asked so."""
        return self._needs.get(asked)

    def lines(self) -> Iterator[Line]:
        """All lines in which somebody stands."""
        for need in self._needs.values():
            yield from (line for line in need.lines.values() if line.size)

    def is_free(self, agent_id: str, medium: Medium) -> bool:
        """Whether the agent can take one more contact of ``medium``."""
        return agent_id in self._free[medium]

    def is_shut(self, node: str, medium: Medium) -> bool:
        """Whether contacts of the medium are not offered at present."""
        return (node, medium) in self._shut or self.is_dead(node)

    def is_dead(self, node: str) -> bool:
        """Whether no process of the node lives."""
        return bool(node) and self._living is not None and node not in self._living

    # How.

    def _is_shut(self, line: Line) -> bool:
        return self.is_shut(line.node, line.need.asked.medium)

    def _reopen(self) -> None:
        for line in self.lines():
            line.shut = self._is_shut(line)
            if not line.shut:
                self._look.add(line)

    def _watch_overflow(self, contact: Contact) -> None:
        queue = self.queues.get(contact.queue or "")
        if queue is None or queue.overflow_after is None or contact.call_back is not None:
            return
        entered = max(s.started_at for s in contact.segments if s.kind is SegmentKind.QUEUE)
        due = entered.timestamp() + queue.overflow_after
        if self._sent_away.get(contact.id) == due:
            return
        heappush(self._overdue, (due, next(self._number), contact.id, queue.name))
        if len(self._overdue) > 64 and len(self._overdue) > 4 * len(self.waiting):
            self._overdue = [one for one in self._overdue if one[2] in self.waiting]
            heapify(self._overdue)

    def _take_out(self, waiting: Waiting) -> None:
        self._counts[waiting.queue] -= 1
        if waiting.line is not None:
            waiting.line.leave(waiting)
        for asked in waiting.placement.skipped:
            need = self._needs.get(asked)
            if need is not None:
                need.watchers.discard(waiting.contact_id)

    def _anybody(self, asked: Asked) -> bool:
        return bool(self._need(asked).able)

    def _need(self, asked: Asked) -> Need:
        need = self._needs.get(asked)
        if need is None:
            if len(self._needs) >= self._most_needs:
                self._forget_needs()
            need = self._needs[asked] = Need(asked)
            people = self.staff.values()
            if asked.only is not None:
                one = self.staff.get(asked.only)
                people = {asked.only: one}.values() if one else {}.values()
            for staff in people:
                if choice.eligible(asked, staff.agent, staff.config):
                    need.able.add(staff.agent.id)
                    staff.needs.add(need)
        return need

    def _forget_needs(self) -> None:
        for asked, need in list(self._needs.items()):
            if need.unused:
                del self._needs[asked]
                for agent_id in need.able:
                    self.staff[agent_id].needs.discard(need)
        # Where all are in use, not to be looked through again with each new one.
        self._most_needs = max(_MOST_NEEDS, 2 * len(self._needs))

    def _learn(self, staff: Staff) -> None:
        """Find out, anew, what the agent is able to take."""
        agent_id = staff.agent.id
        for need in self._needs.values():
            if need.asked.only is not None and need.asked.only != agent_id:
                continue
            able = choice.eligible(need.asked, staff.agent, staff.config)
            if able and agent_id not in need.able:
                if not need.able:
                    self.replace |= need.watchers
                need.able.add(agent_id)
                staff.needs.add(need)
            elif not able and agent_id in need.able:
                staff.needs.discard(need)
                self._unable(need, agent_id)

    def _log_out(self, agent_id: str) -> None:
        staff = self.staff.pop(agent_id, None)
        if staff is None:
            return
        self._ready.discard(agent_id)
        for medium in staff.free:
            self._free[medium].discard(agent_id)
        for need in staff.needs:
            self._unable(need, agent_id)

    def _unable(self, need: Need, agent_id: str) -> None:
        need.able.discard(agent_id)
        if not need.able:
            for line in need.lines.values():
                self.replace.update(one.contact_id for one in line.all())

    def _set_free(self, staff: Staff) -> None:
        agent = staff.agent
        free: frozenset[Medium] = frozenset()
        if agent.presence is Presence.READY:
            if not agent.assignments:
                free = self._all_media(staff.config)
            else:
                policies, config = self._policies, staff.config
                free = frozenset(m for m in policies if capacity.fits(agent, config, m, policies))
        if free == staff.free:
            if free:
                self._changed_agents.add(agent.id)
            return
        for medium in staff.free - free:
            self._free[medium].discard(agent.id)
        for medium in free - staff.free:
            self._free[medium].add(agent.id)
        staff.free = free
        if free:
            self._changed_agents.add(agent.id)

    def _all_media(self, config: AgentConfig) -> frozenset[Medium]:
        found = self._idle_media.get(config.id)
        if found is None or found[0] is not config:
            policies = self._policies
            idle = Agent(id=config.id, device=config.device)
            media = frozenset(m for m in policies if capacity.fits(idle, config, m, policies))
            found = self._idle_media[config.id] = (config, media)
        return found[1]

    def _gather(self) -> None:
        """Whoever has got room may be what a line waited for."""
        look, staff = self._look, self.staff
        for agent_id in self._changed_agents:
            one = staff.get(agent_id)
            if one is None or not one.free:
                continue
            for need in one.needs:
                if need.asked.medium in one.free:
                    for line in need.lines.values():
                        if line.size:
                            look.add(line)
        self._changed_agents.clear()
