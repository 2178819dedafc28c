"""Who is at work, what each is able to take, and who has room, in the leader's memory.

A part of the board (:mod:`acd.board`): pure memory, kept up by it. Sets of agents are
bits of :class:`acd.agent_index.AgentIndex`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from acd import capacity, choice
from acd.agent_index import AgentIndex, Bits
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.capacity import Policies
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.lines import Line, Need
from acd.model import Agent, AgentConfig, Assignment, Medium, Strategy
from acd.placement import Asked
from acd.ranking import Rankings

_MOST_NEEDS = 4096  # of which nobody speaks at present
_FEW = 16  # candidates: fewer are compared one by one, more are looked up in a ranking


class Staff:
    """An agent who is logged in. ``free``: media of which one more contact fits. ``bit``:
    the agent in sets of agents."""

    __slots__ = ("agent", "bit", "config", "free")

    def __init__(self, agent: Agent, config: AgentConfig) -> None:
        self.agent = agent
        self.config = config
        self.bit: Bits = 0
        self.free: frozenset[Medium] = frozenset()


class Roster:
    """``staff`` are those logged in; ``free`` says, for each medium, who can take one more
    contact."""

    def __init__(self, directory: Directory, policies: Policies) -> None:
        self.staff: dict[str, Staff] = {}
        self.free: dict[Medium, Bits] = dict.fromkeys(Medium, 0)
        self._index = AgentIndex()
        self._directory = directory
        self._policies = policies
        self._needs: dict[Asked, Need] = {}
        self._live: set[Need] = set()  # somebody waits there
        self._watched: set[Need] = set()  # somebody would wait there if anybody was able
        self._most_needs = _MOST_NEEDS
        self._replace: set[str] = set()  # contacts to be placed anew
        self._somebody_less = False  # since it was last asked who is to be placed anew
        self._reserved: dict[str, dict[str, Assignment]] = {}  # by claims on their way
        self._ready: Bits = 0  # on no break, busy or not
        self._changed: set[str] = set()  # who may have got room
        self._with_room: dict[str, tuple[Staff, int]] = {}
        self._rankings: Rankings[Staff] = Rankings(self._with_room)
        self._idle_media: dict[str, tuple[AgentConfig, frozenset[Medium]]] = {}

    def put(self, agent: Agent) -> None:
        """The agent is so now. The object is the roster's from now on."""
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
            self._somebody_less = True
            self._learn(staff)
        else:
            staff.agent = agent
        if agent.presence is Presence.READY:
            self._ready |= staff.bit
        else:
            self._ready &= ~staff.bit
        self._set_free(staff)

    # Claims on their way.

    def reserve(self, staff: Staff, contact_id: str, medium: Medium) -> None:
        """The agent is claimed for the contact; it counts as theirs until
        :meth:`decided`."""
        assert staff.agent.since is not None
        one = Assignment(
            contact_id=contact_id, medium=medium, weight=self._policies[medium].weight,
            state=AssignmentState.OFFERED, since=staff.agent.since,
        )  # fmt: skip
        staff.agent.assignments.append(one)
        self._reserved.setdefault(staff.agent.id, {})[contact_id] = one
        self._set_free(staff)

    def reserved(self, agent_id: str) -> Collection[str]:
        """Contacts that the agent is claimed for, without an answer yet."""
        return self._reserved.get(agent_id, ())

    def decided(self, agent_id: str, contact_id: str) -> bool:
        """The claim was answered, or was not made: what Redis says of the agent is all
        that they have. Whether that gives them room here."""
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

    # What is asked, and who is able.

    def need(self, asked: Asked) -> Need:
        """Who waits for what is asked."""
        need = self._needs.get(asked)
        if need is None:
            if len(self._needs) >= self._most_needs:
                self._forget_needs()
            need = self._needs[asked] = Need(asked, self._live)
        return need

    def able(self, need: Need) -> Bits:
        """Who of those logged in fits what is asked, busy or not."""
        if need.version != self._index.version:
            asked = need.asked
            able = self._index.able(asked.requirement)
            if asked.only is not None:
                able &= self._index.bit(asked.only)
            if asked.but is not None:
                able &= ~self._index.bit(asked.but)
            need.able, need.version = able, self._index.version
            if able:
                need.staffed = True
        return need.able

    def able_ids(self, need: Need) -> set[str]:
        """The same as the ids of agents."""
        return set(self._index.ids(self.able(need)))

    def anybody(self, asked: Asked) -> bool:
        """Whether somebody logged in fits what is asked."""
        return bool(self.able(self.need(asked)))

    def watch(self, asked: Asked, contact_id: str) -> None:
        """The contact would stand in a line of this need if anybody was able."""
        need = self.need(asked)
        need.watchers.add(contact_id)
        self._watched.add(need)

    def unwatch(self, asked: Asked, contact_id: str) -> None:
        """The contact would stand in no line of this need any more."""
        need = self._needs.get(asked)
        if need is not None:
            need.watchers.discard(contact_id)
            if not need.watchers:
                self._watched.discard(need)

    def to_replace(self) -> set[str]:
        """Contacts that are to be placed anew because somebody came or went since this was
        last asked."""
        if self._somebody_less:
            self._somebody_less = False
            for need in self._live:
                if not self.able(need) and need.staffed:
                    need.staffed = False
                    for line in need.lines.values():
                        self._replace.update(one.contact_id for one in line.all())
        found, self._replace = self._replace, set()
        return found

    def lines(self) -> Iterator[Line]:
        """All lines in which somebody stands."""
        for need in self._live:
            yield from (line for line in need.lines.values() if line.size)

    def lines_with_room(self) -> Iterator[Line]:
        """Lines in which somebody stands and that somebody who has got room since the last
        call is able to serve."""
        changed, self._changed = self._changed, set()
        if not changed or not self._live:
            return
        room: dict[Medium, Bits] = {}
        for agent_id in changed:
            one = self.staff.get(agent_id)
            if one is not None:
                for medium in one.free:
                    room[medium] = room.get(medium, 0) | one.bit
        for need in self._live:
            got = room.get(need.asked.medium)
            if got and self.able(need) & got:
                for line in need.lines.values():
                    if line.size:
                        yield line

    def choose(
        self, need: Need, candidates: Bits, strategy: Strategy, queue: str, now: float
    ) -> list[Staff]:
        """The best few of the candidates, best first; ``now`` in epoch seconds."""
        asked = need.asked.requirement
        if candidates.bit_count() > _FEW:
            return self._rankings.best(strategy, queue, asked, candidates, now)
        few = map(self.staff.__getitem__, self._index.ids(candidates))
        return choice.choose(strategy, few, queue, asked, now)

    def at_work(self, agents: Bits) -> int:
        """How many of these are not on a break."""
        return (self._ready & agents).bit_count()

    def _forget_needs(self) -> None:
        self._needs = {asked: need for asked, need in self._needs.items() if not need.unused}
        # Where all are in use, not to be looked through again with each new one.
        self._most_needs = max(_MOST_NEEDS, 2 * len(self._needs))

    def _learn(self, staff: Staff) -> None:
        """Note, anew, what the agent is able to take."""
        staff.bit = self._index.put(staff.agent, staff.config)
        for need in self._watched:
            if choice.eligible(need.asked, staff.agent, staff.config):
                self._replace |= need.watchers

    def _log_out(self, agent_id: str) -> None:
        staff = self.staff.pop(agent_id, None)
        if staff is None:
            return
        self._ready &= ~staff.bit
        for medium in staff.free:
            self.free[medium] ^= staff.bit
        self._with_room.pop(agent_id, None)
        self._rankings.changed(agent_id)
        self._index.remove(agent_id)
        self._somebody_less = True

    # Room.

    def _set_free(self, staff: Staff) -> None:
        agent = staff.agent
        free: frozenset[Medium] = frozenset()
        if agent.presence is Presence.READY:
            if not agent.assignments:
                free = self._all_media(staff.config)
            else:
                policies, config = self._policies, staff.config
                free = frozenset(m for m in policies if capacity.fits(agent, config, m, policies))
        for medium in free ^ staff.free:
            self.free[medium] ^= staff.bit
        staff.free = free
        if free:
            self._changed.add(agent.id)
            self._with_room[agent.id] = staff, staff.bit.bit_length() - 1
        else:
            self._with_room.pop(agent.id, None)
        self._rankings.changed(agent.id)

    def _all_media(self, config: AgentConfig) -> frozenset[Medium]:
        found = self._idle_media.get(config.id)
        if found is None or found[0] is not config:
            policies = self._policies
            idle = Agent(id=config.id, device=config.device)
            media = frozenset(m for m in policies if capacity.fits(idle, config, m, policies))
            found = self._idle_media[config.id] = (config, media)
        return found[1]
