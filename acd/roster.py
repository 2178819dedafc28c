"""Who is at work, what each is able to take, and who has room, in the leader's memory.

A part of the board (:mod:`acd.board`): pure memory, kept up by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from acd import capacity, choice
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.capacity import Policies
from acd.directory import Directory
from acd.errors import AgentNotFound
from acd.lines import Line, Need
from acd.model import Agent, AgentConfig, Assignment, Medium
from acd.placement import Asked

_MOST_NEEDS = 4096  # of which nobody speaks at present


class Staff:
    """An agent who is logged in. ``free``: media of which one more contact fits."""

    __slots__ = ("agent", "config", "free", "needs")

    def __init__(self, agent: Agent, config: AgentConfig) -> None:
        self.agent = agent
        self.config = config
        self.free: frozenset[Medium] = frozenset()
        self.needs: set[Need] = set()


class Roster:
    """``staff`` are those logged in; ``free`` says, for each medium, who can take one more
    contact; ``replace`` gathers contacts that are to be placed anew because somebody came
    or went."""

    def __init__(self, directory: Directory, policies: Policies) -> None:
        self.staff: dict[str, Staff] = {}
        self.free: dict[Medium, set[str]] = {medium: set() for medium in Medium}
        self.replace: set[str] = set()
        self._directory = directory
        self._policies = policies
        self._needs: dict[Asked, Need] = {}
        self._most_needs = _MOST_NEEDS
        self._reserved: dict[str, dict[str, Assignment]] = {}  # by claims on their way
        self._ready: set[str] = set()  # on no break, busy or not
        self._changed: set[str] = set()  # who may have got room
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
            self._learn(staff)
        else:
            staff.agent = agent
        if agent.presence is Presence.READY:
            self._ready.add(agent.id)
        else:
            self._ready.discard(agent.id)
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
        """Who fits what is asked, and who waits for it."""
        need = self._needs.get(asked)
        if need is None:
            if len(self._needs) >= self._most_needs:
                self._forget_needs()
            people = list(self._able(asked))  # which may learn of another need
            need = self._needs[asked] = Need(asked)
            for staff in people:
                need.able.add(staff.agent.id)
                staff.needs.add(need)
        return need

    def _able(self, asked: Asked) -> Iterator[Staff]:
        if asked.but is not None:
            others = self.need(replace(asked, but=None)).able - {asked.but}
            yield from (self.staff[agent_id] for agent_id in others)
            return
        people: Iterable[Staff] = self.staff.values()
        if asked.only is not None:
            one = self.staff.get(asked.only)
            people = (one,) if one else ()
        for staff in people:
            if choice.eligible(asked, staff.agent, staff.config):
                yield staff

    def anybody(self, asked: Asked) -> bool:
        """Whether somebody logged in fits what is asked."""
        return bool(self.need(asked).able)

    def unwatch(self, asked: Asked, contact_id: str) -> None:
        """The contact would stand in no line of this need any more."""
        need = self._needs.get(asked)
        if need is not None:
            need.watchers.discard(contact_id)

    def lines(self) -> Iterator[Line]:
        """All lines in which somebody stands."""
        for need in self._needs.values():
            yield from (line for line in need.lines.values() if line.size)

    def lines_with_room(self) -> Iterator[Line]:
        """Lines in which somebody stands and that somebody who has got room since the last
        call is able to serve."""
        changed, self._changed = self._changed, set()
        for agent_id in changed:
            one = self.staff.get(agent_id)
            if one is None or not one.free:
                continue
            for need in one.needs:
                if need.asked.medium in one.free:
                    for line in need.lines.values():
                        if line.size:
                            yield line

    def at_work(self, agent_ids: Iterable[str]) -> int:
        """How many of these are not on a break."""
        return len(self._ready.intersection(agent_ids))

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
            self.free[medium].discard(agent_id)
        for need in staff.needs:
            self._unable(need, agent_id)

    def _unable(self, need: Need, agent_id: str) -> None:
        need.able.discard(agent_id)
        if not need.able:
            for line in need.lines.values():
                self.replace.update(one.contact_id for one in line.all())

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
        if free == staff.free:
            if free:
                self._changed.add(agent.id)
            return
        for medium in staff.free - free:
            self.free[medium].discard(agent.id)
        for medium in free - staff.free:
            self.free[medium].add(agent.id)
        staff.free = free
        if free:
            self._changed.add(agent.id)

    def _all_media(self, config: AgentConfig) -> frozenset[Medium]:
        found = self._idle_media.get(config.id)
        if found is None or found[0] is not config:
            policies = self._policies
            idle = Agent(id=config.id, device=config.device)
            media = frozenset(m for m in policies if capacity.fits(idle, config, m, policies))
            found = self._idle_media[config.id] = (config, media)
        return found[1]
