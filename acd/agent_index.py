"""Which agents fit a requirement, found by set operations instead of by looking at each.

An agent is one bit. For every skill at every proficiency, and for every value of an
attribute in use, one integer holds the bits of the agents who have it, so a requirement
is a few ``&`` and ``|``. What is found is what :func:`acd.choice.eligible` says of each
agent; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from acd import choice
from acd.model import Agent, AgentConfig
from acd.requirement import Requirement
from acd.requirement.region import Sort, known
from acd.requirement.tree import ABSENT, LEAST, MOST, All, Fact, Leaf, Of, Skill, Tree
from acd.requirement.tree import Any as AnyOf

Bits: TypeAlias = int
Lookup: TypeAlias = Callable[[], Bits]

_LEVELS = range(LEAST, MOST + 1)


class _Member:
    """An agent in the index, as it was when it was put there."""

    __slots__ = ("attributes", "bit", "skills")

    def __init__(self, bit: Bits, skills: dict[str, int], attributes: Mapping[str, Any]) -> None:
        self.bit = bit
        self.skills = skills
        self.attributes = attributes


class AgentIndex:
    """The agents who are logged in, by what they can do.

    ``version`` changes whenever the answer to a requirement may.
    """

    def __init__(self) -> None:
        self.version = 0
        self._members: dict[str, _Member] = {}
        self._ids: list[str] = []  # by position; '' where nobody is
        self._vacant: list[int] = []
        self._everybody: Bits = 0
        self._levels: dict[str, list[Bits]] = {}  # skill -> bits by proficiency
        self._exclusive: set[str] = set()  # names of skills that exclude other work
        # Attributes that a requirement has asked for: value -> bits.
        self._values: dict[str, dict[tuple[Sort, Any], Bits]] = {}
        self._plans: dict[str, Lookup] = {}

    def put(self, agent: Agent, config: AgentConfig) -> Bits:
        """The agent can do this now; returns the agent's bit, which stays theirs until
        :meth:`remove`."""
        known_as = self._members.get(agent.id)
        if known_as is not None:
            self._take_out(known_as)
            bit = known_as.bit
        else:
            bit = 1 << self._seat(agent.id)
        member = _Member(bit, dict(agent.skills), choice.attributes(config))
        self._members[agent.id] = member
        self._everybody |= bit
        for skill, level in member.skills.items():
            levels = self._levels.get(skill)
            if levels is None:
                levels = self._levels[skill] = [0] * (MOST + 1)
                if skill.startswith(choice.ONLY):
                    self._exclusive.add(skill)
            levels[level] |= bit
        for name, values in self._values.items():
            self._add_value(values, member, name)
        self.version += 1
        return bit

    def remove(self, agent_id: str) -> None:
        """The agent is not logged in any more."""
        member = self._members.pop(agent_id, None)
        if member is None:
            return
        self._take_out(member)
        self._everybody ^= member.bit
        position = member.bit.bit_length() - 1
        self._ids[position] = ""
        self._vacant.append(position)
        self.version += 1

    def bit(self, agent_id: str) -> Bits:
        """The agent's bit; 0 for one who is not logged in."""
        member = self._members.get(agent_id)
        return member.bit if member is not None else 0

    def ids(self, bits: Bits) -> Iterator[str]:
        """Whose bits these are."""
        ids = self._ids
        while bits:
            position = bits.bit_length() - 1
            yield ids[position]
            bits ^= 1 << position

    def able(self, requirement: Requirement) -> Bits:
        """Who fits ``requirement``. Each exclusive skill of an agent must be asked for."""
        plan = self._plans.get(requirement.text)
        if plan is None:
            if len(self._plans) > 2 * max(4096, len(self._ids)):
                self._plans.clear()
            plan = self._plans[requirement.text] = self._plan(requirement.tree)
        able = plan()
        for skill in self._exclusive:
            if skill not in requirement.skills:
                for bits in self._levels[skill]:
                    able &= ~bits
        return able

    # Keeping the sets.

    def _seat(self, agent_id: str) -> int:
        if self._vacant:
            position = self._vacant.pop()
            self._ids[position] = agent_id
            return position
        self._ids.append(agent_id)
        return len(self._ids) - 1

    def _take_out(self, member: _Member) -> None:
        for skill, level in member.skills.items():
            self._levels[skill][level] ^= member.bit
        for name, values in self._values.items():
            key = known(member.attributes.get(name))
            if key is not None:
                left = values[key] ^ member.bit
                if left:
                    values[key] = left
                else:
                    del values[key]

    @staticmethod
    def _add_value(values: dict[tuple[Sort, Any], Bits], member: _Member, name: str) -> None:
        key = known(member.attributes.get(name))
        if key is not None:
            values[key] = values.get(key, 0) | member.bit

    def _values_of(self, name: str) -> dict[tuple[Sort, Any], Bits]:
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = {}
            for member in self._members.values():
                self._add_value(values, member, name)
        return values

    # From a requirement to set operations.

    def _plan(self, tree: Tree) -> Lookup:
        if isinstance(tree, All):
            parts = [self._plan(part) for part in tree.parts]

            def each() -> Bits:
                found = self._everybody
                for part in parts:
                    found &= part()
                return found

            return each
        if isinstance(tree, AnyOf):
            choices = [self._plan(part) for part in tree.parts]

            def some() -> Bits:
                found = 0
                for part in choices:
                    found |= part()
                return found

            return some
        return self._clause(tree)

    def _clause(self, leaf: Leaf) -> Lookup:
        if isinstance(leaf, Skill):
            return self._skill(leaf)
        if isinstance(leaf, Fact) and leaf.of is Of.AGENT:
            return self._attribute(leaf)
        return lambda: 0  # it does not speak of the agent alone: unknown, so not true

    def _skill(self, leaf: Skill) -> Lookup:
        name = leaf.name
        wanted = [level for level in _LEVELS if leaf.levels >> level & 1]
        if not leaf.levels & ABSENT:

            def having() -> Bits:
                levels = self._levels.get(name)
                found = 0
                if levels is not None:
                    for level in wanted:
                        found |= levels[level]
                return found

            return having
        unwanted = [level for level in _LEVELS if level not in wanted]

        def without() -> Bits:
            found = self._everybody
            for level in unwanted:
                levels = self._levels.get(name)
                if levels is not None:
                    found &= ~levels[level]
            return found

        return without

    def _attribute(self, leaf: Fact) -> Lookup:
        name, sort, region = leaf.name, leaf.sort, leaf.region
        points = region.points()

        def one_of() -> Bits:
            values = self._values_of(name)
            found = 0
            for point in points or ():
                found |= values.get((sort, point), 0)
            return found

        def within() -> Bits:
            found = 0
            for (kind, value), bits in self._values_of(name).items():
                if kind is sort and value in region:
                    found |= bits
            return found

        return within if points is None else one_of
