"""Agents with room in the order in which a strategy prefers them, kept instead of sorted.

A ranking is made when a decision first has many agents to choose from, and takes in
what changed since when it is used again. A decision then walks it from the best on, and
looks at a few agents only; :func:`acd.choice.choose` has the last word about those.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeAlias

from acd import choice
from acd.agent_index import Bits
from acd.choice import One
from acd.model import Strategy
from acd.requirement import Requirement

_MOST_RANKINGS = 256  # then the one that was not used for longest is dropped
_Entry: TypeAlias = tuple[float, int, float, str, One, int]


class _Ranking(Generic[One]):
    """``still``: agents whose place only an event changes. ``running``: those whose
    occupied time grows; among themselves their order stands still, too."""

    def __init__(self, strategy: Strategy, queue: str, asked: Requirement) -> None:
        self.strategy = strategy
        self.queue = queue
        self.asked = asked
        self.still: list[_Entry[One]] = []
        self.running: list[_Entry[One]] = []
        self.entries: dict[str, tuple[list[_Entry[One]], _Entry[One]]] = {}
        self.read = 0  # how many changes it has taken in

    def put(self, one: One, position: int) -> None:
        agent = one.agent
        runs = self.strategy is Strategy.LEAST_OCCUPIED and agent.occupied_since is not None
        place = choice.place(self.strategy, one, self.queue, self.asked, 0.0)
        if runs:
            assert agent.occupied_since is not None
            place = (agent.occupied - agent.occupied_since.timestamp(), *place[1:])
        where = self.running if runs else self.still
        entry = (*place, one, position)
        insort(where, entry, key=_place)
        self.entries[agent.id] = where, entry

    def drop(self, agent_id: str) -> None:
        found = self.entries.pop(agent_id, None)
        if found is not None:
            where, entry = found
            del where[bisect_left(where, _place(entry), key=_place)]


def _place(entry: _Entry[One]) -> tuple[float, int, float, str]:
    return entry[:4]


class Rankings(Generic[One]):
    """The rankings in use. ``agents``: who has room, with their position in the index."""

    def __init__(self, agents: Mapping[str, tuple[One, int]]) -> None:
        self._agents = agents
        self._rankings: OrderedDict[Hashable, _Ranking[One]] = OrderedDict()
        self._changes: list[str] = []
        self._forgotten = 0  # changes before those in the list

    def changed(self, agent_id: str) -> None:
        """Something about the agent is not as it was."""
        if self._rankings:
            self._changes.append(agent_id)
            if len(self._changes) > 10_000 + 4 * len(self._agents):
                half = len(self._changes) // 2
                del self._changes[:half]
                self._forgotten += half

    def best(
        self, strategy: Strategy, queue: str, asked: Requirement, candidates: Bits, now: float
    ) -> list[One]:
        """The best few of the candidates, best first; ``now`` in epoch seconds."""
        ranking = self._ranking(strategy, queue, asked)
        chosen = candidates.to_bytes((candidates.bit_length() + 7) // 8, "little")
        few = [*_first(ranking.still, chosen), *_first(ranking.running, chosen)]
        return choice.choose(strategy, few, queue, asked, now)

    def _ranking(self, strategy: Strategy, queue: str, asked: Requirement) -> _Ranking[One]:
        key = (strategy, *choice.depends_on(strategy, queue, asked))
        ranking = self._rankings.get(key)
        if ranking is None:
            ranking = self._rankings[key] = _Ranking(strategy, queue, asked)
            if len(self._rankings) > _MOST_RANKINGS:
                self._rankings.popitem(last=False)
            self._fill(ranking)
        else:
            self._rankings.move_to_end(key)
            self._take_in(ranking)
        ranking.read = self._forgotten + len(self._changes)
        return ranking

    def _take_in(self, ranking: _Ranking[One]) -> None:
        behind = self._forgotten + len(self._changes) - ranking.read
        if behind > len(self._changes) or behind > 100 + len(self._agents) // 4:
            self._fill(ranking)
            return
        changed = dict.fromkeys(self._changes[len(self._changes) - behind :])
        for agent_id in changed:
            ranking.drop(agent_id)
            found = self._agents.get(agent_id)
            if found is not None:
                ranking.put(*found)

    def _fill(self, ranking: _Ranking[One]) -> None:
        ranking.still.clear()
        ranking.running.clear()
        ranking.entries.clear()
        for one, position in self._agents.values():
            ranking.put(one, position)


def _first(entries: list[_Entry[One]], chosen: bytes) -> Iterator[One]:
    """The first few entries whose bits are among the chosen."""
    found = 0
    bits = len(chosen) * 8
    for entry in entries:
        position = entry[5]
        if position < bits and chosen[position >> 3] >> (position & 7) & 1:
            yield entry[4]
            found += 1
            if found == choice.SHOWN:
                return
