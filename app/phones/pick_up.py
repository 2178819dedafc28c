"""Pick-up: an agent takes the call that rings at a colleague's phone.

The offer to the colleague is taken back without blame and made to the agent who picks up, so
that contact, record and capacity are those of who really talks.
"""

from __future__ import annotations

from typing import ClassVar

from acd.assignment_states import AssignmentState
from acd.model import Assignment, Medium
from acd.router import Router
from config.agents import AgentSettings
from config.model import Settings
from core.errors import NotFound


class NothingRings(NotFound):
    """No call rings there that this agent may pick up."""

    code: ClassVar[str] = "nothing_rings"


class PickUp:
    """Agents of one team pick up for each other; who has no team, for whom has none."""

    def __init__(self, settings: Settings, router: Router) -> None:
        self._settings = settings
        self._router = router

    async def directed(self, agent_id: str, extension: str) -> str:
        """Have the call that rings at ``extension`` ring at the agent's phone; the contact.
        Raises :class:`NothingRings`, and :class:`~acd.errors.AgentNotReady` if the agent
        takes no calls."""
        person = self._settings.agent_of_extension(extension)
        return await self._take(agent_id, [] if person is None else [person])

    async def group(self, agent_id: str) -> str:
        """...the call of the team that has rung for longest."""
        return await self._take(agent_id, list(self._settings.agents.values()))

    async def _take(self, agent_id: str, people: list[AgentSettings]) -> str:
        team = self._settings.agents[agent_id].team
        ringing: list[Assignment] = []
        for person in people:
            if person.id != agent_id and person.team == team:
                agent = await self._router.agents.get(person.id)
                ringing += [
                    one
                    for one in agent.assignments
                    if one.state is AssignmentState.OFFERED and one.medium is Medium.VOICE
                ]
        if not ringing:
            raise NothingRings("No call rings there that you may pick up.")
        first = min(ringing, key=lambda one: one.since)
        await self._router.assign(first.contact_id, agent_id)
        return first.contact_id
