"""Who works here and which queues there are, as far as the router must know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from acd.errors import AgentNotFound, UnknownQueue
from acd.model import AgentConfig, QueueConfig


class Directory(Protocol):
    """The router's view of the configuration. It may change between two calls."""

    def queue(self, name: str) -> QueueConfig:
        """Raises :class:`~acd.errors.UnknownQueue`."""
        ...

    def agent(self, agent_id: str) -> AgentConfig:
        """Raises :class:`~acd.errors.AgentNotFound`."""
        ...

    def queues(self) -> Sequence[QueueConfig]:
        """The same object as long as nothing changed."""
        ...

    def agents(self) -> Sequence[AgentConfig]: ...

    def skills(self) -> frozenset[str]:
        """Every skill there is: what contacts ask for is read with these."""
        ...


class StaticDirectory:
    """A directory that was read once. Besides ``skills`` there are those that queues ask
    for and agents have."""

    def __init__(
        self, queues: Iterable[QueueConfig], agents: Iterable[AgentConfig],
        skills: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self._queues = {queue.name: queue for queue in queues}
        self._agents = {agent.id: agent for agent in agents}
        self._skills = frozenset(skills).union(
            *(queue.requirement.skills for queue in self._queues.values()),
            *(agent.skills for agent in self._agents.values()),
        )
        self._all_queues = tuple(self._queues.values())
        self._all_agents = tuple(self._agents.values())

    def queue(self, name: str) -> QueueConfig:
        try:
            return self._queues[name]
        except KeyError:
            known = ", ".join(sorted(self._queues)) or "none"
            raise UnknownQueue(f"There is no queue {name!r}.", hint=f"Known: {known}.") from None

    def agent(self, agent_id: str) -> AgentConfig:
        try:
            return self._agents[agent_id]
        except KeyError:
            raise AgentNotFound(
                f"There is no agent {agent_id!r}.", hint="Agents are listed in the configuration."
            ) from None

    def queues(self) -> Sequence[QueueConfig]:
        return self._all_queues

    def agents(self) -> Sequence[AgentConfig]:
        return self._all_agents

    def skills(self) -> frozenset[str]:
        return self._skills
