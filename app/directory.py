"""The configuration as the rooms below want to see it."""

from __future__ import annotations

from acd import capacity
from acd.capacity import MediumPolicy, Policies
from acd.directory import StaticDirectory
from acd.errors import AgentNotFound
from acd.model import AgentConfig, Medium, Ordering, QueueConfig, Relaxation, Strategy
from acd.requirement import ANYONE, parse
from app.calls.overflow_flows import AFTER, target
from app.phones.places import Places
from config.agents import AgentSettings
from config.capacity import Medium as ConfiguredMedium
from config.model import Settings
from config.queues import Queue
from sip.asterisk.generate import dialplan


def directory_of(settings: Settings) -> StaticDirectory:
    """Queues and agents for the router. Raises
    :class:`~acd.requirement.RequirementError` (:mod:`app.routing_check` says where)."""
    return StaticDirectory(
        [_queue(queue, settings) for queue in settings.queues.values()],
        [agent_of(login, agent) for login, agent in settings.agents.items()],
        settings.skills,
    )


def policies_of(settings: Settings) -> Policies:
    """What contacts take of an agent."""
    policies = {}
    for medium in capacity.DEFAULT:
        given = settings.capacity.of(ConfiguredMedium(medium.value))
        policies[medium] = MediumPolicy(
            weight=given.weight,
            most=given.most,
            interrupts=given.interrupts,
            interruptible=given.interruptible,
            park_after=given.park_after_seconds or None,
        )
    return policies


def _queue(queue: Queue, settings: Settings) -> QueueConfig:
    return QueueConfig(
        name=queue.name,
        skills=dict(queue.skills),
        requires=parse(queue.requires, settings.skills) if queue.requires else ANYONE,
        relax=tuple(
            Relaxation(
                after=step.after_seconds, lower=dict(step.lower), drop=step.drop, also=step.also
            )
            for step in queue.relax
        ),
        priority=queue.priority,
        ageing=queue.ageing,
        ordering=Ordering(queue.ordering.value),
        strategy=Strategy(queue.strategy.value),
        ring_seconds=queue.ring_seconds,
        wrap_up_seconds=queue.wrap_up_seconds,
        wrap_up={Medium(medium.value): seconds for medium, seconds in queue.wrap_up.items()},
        max_waiting=queue.max_waiting,
        service_level_seconds=queue.service_level.seconds,
        expected_handling_seconds=queue.expected_handling_seconds,
        hours=settings.hours[queue.hours] if queue.hours else None,
        overflow_after=queue.overflow.after_seconds,
        overflow_to=target(queue, AFTER),
        longest_expected_wait=queue.longest_expected_wait_seconds,
        last_agent_seconds=queue.last_agent_seconds,
        dedicated_agent_seconds=queue.dedicated_agent_seconds,
        transfer_back_after=queue.transfer_back_after_seconds,
        call_back_attempts=queue.call_back.attempts,
        call_back_retry_seconds=queue.call_back.retry_seconds,
    )


def agent_of(login: str, agent: AgentSettings) -> AgentConfig:
    """The agent for the router."""
    return AgentConfig(
        id=login,
        device=agent.extension,
        skills=dict(agent.skills),
        attributes=agent.own_attributes,
        capacity=agent.capacity,
        most={Medium(medium.value): most for medium, most in agent.most.items()},
        weight=agent.weight,
        experience=agent.experience,
        wrap_up_seconds=agent.wrap_up_seconds,
    )


class ConfiguredTelephony:
    """Implements :class:`sip.voice.platform.Telephony`."""

    outbound_context = dialplan.OUTBOUND

    def __init__(self, settings: Settings, places: Places | None = None) -> None:
        self._settings = settings
        self._places = places or Places(settings)

    def device_of(self, agent_id: str) -> str:
        agent = self._settings.agents.get(agent_id)
        if agent is None:
            raise AgentNotFound(
                f"There is no agent {agent_id!r}.", hint="Agents are listed in the configuration."
            )
        return self._places.device_of(agent_id)

    def name_of(self, agent_id: str) -> str:
        agent = self._settings.agents.get(agent_id)
        return "" if agent is None else agent.name.text("en")

    def dialled_for(self, customer: str) -> str | None:
        return self._settings.dialled_for(customer)

    def agent_at(self, channel: str) -> str | None:
        technology, _, name = channel.partition("/")
        return self._places.agent_at(name.rpartition("-")[0]) if technology == "PJSIP" else None

    def agent_of(self, extension: str) -> str | None:
        agent = self._settings.agent_of_extension(extension)
        return agent.id if agent is not None else None

    def number_of(self, dialled: str) -> str:
        route = self._settings.route_of(dialled)
        return dialled if route is None else route.number_for(dialled)
