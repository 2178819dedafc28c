"""Names in requests that must be those of the configuration."""

from __future__ import annotations

from acd.errors import AgentNotFound, UnknownQueue
from config.model import Settings


def require_queue(settings: Settings, queue: str) -> None:
    """Raises :class:`~acd.errors.UnknownQueue` for a queue that is not configured."""
    if queue not in settings.queues:
        raise UnknownQueue(
            f"There is no queue {queue!r}.", hint=f"There are: {', '.join(settings.queues)}."
        )


def require_agent(settings: Settings, agent_id: str) -> None:
    """Raises :class:`~acd.errors.AgentNotFound` for who is not configured as an agent."""
    person = settings.agents.get(agent_id)
    if person is None or not person.is_agent:
        raise AgentNotFound(f"There is no agent {agent_id!r}.", hint="GET /api/agents lists them.")
