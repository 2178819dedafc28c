"""Agents: ``/api/agents``. ``me`` stands for the asker; a supervisor may use any id."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acd.errors import AgentNotFound
from acd.router import Router
from app.http.codes import Codes
from app.http.routes import Body, Call, Needs, Route
from app.http.views import AgentView, agent_view
from config.model import Settings
from core.log import get_logger

log = get_logger(__name__)


class LogIn(Body):
    """``ready``: take contacts at once."""

    ready: bool = False


class NotReady(Body):
    """``reason`` is one of ``GET /api/codes``."""

    reason: str = Field(min_length=1, max_length=40)


class ExtendWrapUp(Body):
    """``seconds`` more from now."""

    seconds: Annotated[float, Field(gt=0, le=3600)]


class AgentsApi:
    """Routes of agents and their states."""

    def __init__(self, router: Router, settings: Settings, codes: Codes) -> None:
        self._router = router
        self._settings = settings
        self._codes = codes

    @property
    def routes(self) -> list[Route]:
        one = "/api/agents/{agent_id}"
        own = Needs.OWN_AGENT
        return [
            Route(
                method="GET", path="/api/agents", needs=Needs.SIGNED_IN, handler=self._list,
                summary="All agents", returns=list[AgentView],
            ),
            Route(
                method="GET", path=one, needs=own, handler=self._show, summary="One agent",
                returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/log-in", needs=own, handler=self._log_in,
                summary="Begin the shift", body=LogIn, returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/log-out", needs=own, handler=self._log_out,
                summary="End the shift (after the contact, if there is one)", returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/ready", needs=own, handler=self._ready,
                summary="Take contacts", returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/not-ready", needs=own, handler=self._not_ready,
                summary="Take none (after the contact, if there is one)", body=NotReady,
                returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/wrap-up/done", needs=own, handler=self._done,
                summary="Wrap-up is finished", returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/wrap-up/extend", needs=own, handler=self._extend,
                summary="More time for wrap-up", body=ExtendWrapUp, returns=AgentView,
            ),
        ]  # fmt: skip

    async def _list(self, _call: Call) -> list[AgentView]:
        people = self._settings.agents
        return [
            agent_view(agent, people[agent.id])
            for agent in await self._router.agents.all()
            if agent.id in people and people[agent.id].is_agent
        ]

    async def _show(self, call: Call) -> AgentView:
        return await self._view(self._id(call))

    async def _log_in(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.log_in(agent_id, ready=call.body_as(LogIn).ready)
        return await self._done_by(call, agent_id, "log_in")

    async def _log_out(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.log_out(agent_id)
        return await self._done_by(call, agent_id, "log_out")

    async def _ready(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.set_ready(agent_id)
        return await self._done_by(call, agent_id, "ready")

    async def _not_ready(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        reason = self._codes.require_reason(call.body_as(NotReady).reason)
        await self._router.set_not_ready(agent_id, reason)
        return await self._done_by(call, agent_id, "not_ready")

    async def _done(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.wrap_up_done(agent_id)
        return await self._done_by(call, agent_id, "wrap_up_done")

    async def _extend(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.extend_wrap_up(agent_id, call.body_as(ExtendWrapUp).seconds)
        return await self._done_by(call, agent_id, "extend_wrap_up")

    def _id(self, call: Call) -> str:
        named = call.part("agent_id")
        agent_id = call.me.id if named == "me" else named
        person = self._settings.agents.get(agent_id)
        if person is None or not person.is_agent:
            raise AgentNotFound(
                f"There is no agent {agent_id!r}.", hint="GET /api/agents lists them."
            )
        return agent_id

    async def _done_by(self, call: Call, agent_id: str, what: str) -> AgentView:
        if agent_id != call.me.id:  # a supervisor's hand: it must be possible to see whose
            log.info("http.agent_forced", what=what, agent=agent_id, by=call.me.id)
        return await self._view(agent_id)

    async def _view(self, agent_id: str) -> AgentView:
        return agent_view(await self._router.agents.get(agent_id), self._settings.agents[agent_id])
