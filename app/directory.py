"""The configuration as the rooms below want to see it."""

from __future__ import annotations

from acd.directory import StaticDirectory
from acd.errors import AgentNotFound
from acd.model import AgentConfig, QueueConfig
from config.model import Settings
from sip.asterisk.generate import dialplan
from sip.voice.platform import Outside


def directory_of(settings: Settings) -> StaticDirectory:
    """Queues and agents for the router."""
    queues = [
        QueueConfig(
            name=name,
            skills=dict(queue.skills),
            priority=queue.priority,
            ring_seconds=queue.ring_seconds,
            wrap_up_seconds=queue.wrap_up_seconds,
            max_waiting=queue.max_waiting,
            service_level_seconds=queue.service_level.seconds,
        )
        for name, queue in settings.queues.items()
    ]
    agents = [
        AgentConfig(id=login, device=agent.extension, skills=dict(agent.skills))
        for login, agent in settings.agents.items()
    ]
    return StaticDirectory(queues, agents)


class ConfiguredTelephony:
    """Implements :class:`sip.voice.platform.Telephony`."""

    outbound_context = dialplan.OUTBOUND

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def device_of(self, agent_id: str) -> str:
        agent = self._settings.agents.get(agent_id)
        if agent is None:
            raise AgentNotFound(
                f"There is no agent {agent_id!r}.", hint="Agents are listed in the configuration."
            )
        return agent.extension

    def outside(self, number: str) -> Outside | None:
        route = self._settings.route_of(number)
        if route is None:
            return None
        trunk = self._settings.trunk(route.trunk)
        return Outside(
            device=f"PJSIP/{route.number_for(number)}@{trunk.name}",
            trunk=trunk.name,
            max_calls=trunk.max_calls,
            caller_id=route.caller_id or trunk.caller_id or "",
        )
