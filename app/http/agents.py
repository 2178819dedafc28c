"""Agents: ``/api/agents``. ``me`` stands for the asker; a supervisor may use any id."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from acd.desk import ForwardKind
from acd.model import Agent
from acd.router import Router
from app.http.codes import Codes
from app.http.names import require_agent
from app.http.routes import Body, Call, Needs, Route
from app.http.views import AgentView, agent_view, device_view
from app.phones.colleagues import require_forwardable
from config.model import Settings
from sip.voice.devices import PhoneDevices


class LogIn(Body):
    """``ready``: take contacts at once."""

    ready: bool = False


class NotReady(Body):
    """``reason`` is one of ``GET /api/codes``."""

    reason: str = Field(min_length=1, max_length=40)


class Forward(Body):
    """Direct calls go to ``number`` in the case ``kind``; null: no more."""

    kind: ForwardKind
    number: str | None = Field(default=None, pattern=r"^\+?[0-9]{2,20}$")


class ForwardsView(TypedDict):
    """Where direct calls go, by case: all, busy, no_answer."""

    forwards: dict[str, str]


class WrapUp(Body):
    """``contact_id``: of this contact only; else of all that the agent wraps up."""

    contact_id: str | None = Field(default=None, max_length=64)


class ExtendWrapUp(WrapUp):
    """``seconds`` more."""

    seconds: Annotated[float, Field(gt=0, le=3600)]


class AgentsApi:
    """Routes of agents and their states."""

    def __init__(
        self, router: Router, settings: Settings, codes: Codes, devices: PhoneDevices | None = None
    ) -> None:
        self._router = router
        self._settings = settings
        self._codes = codes
        self._devices = devices

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
                method="GET", path=f"{one}/forwards", needs=own, handler=self._forwards,
                summary="Where direct calls to the agent go", returns=ForwardsView,
            ),
            Route(
                method="POST", path=f"{one}/forwards", needs=own, handler=self._forward,
                summary="Forward direct calls, or do so no more", body=Forward,
                returns=ForwardsView, action="agent.forward",
            ),
            Route(
                method="POST", path=f"{one}/wrap-up/done", needs=own, handler=self._done,
                summary="Wrap-up is finished", body=WrapUp, returns=AgentView,
            ),
            Route(
                method="POST", path=f"{one}/wrap-up/extend", needs=own, handler=self._extend,
                summary="More time for wrap-up", body=ExtendWrapUp, returns=AgentView,
            ),
        ]  # fmt: skip

    async def _list(self, _call: Call) -> list[AgentView]:
        people = self._settings.agents
        return [
            self._row(agent)
            for agent in await self._router.agents.all()
            if agent.id in people and people[agent.id].is_agent
        ]

    async def _show(self, call: Call) -> AgentView:
        return await self._view(self._id(call))

    async def _log_in(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        by = self._by(call, agent_id)
        await self._router.log_in(agent_id, ready=call.body_as(LogIn).ready, by=by)
        return await self._view(agent_id)

    async def _log_out(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.log_out(agent_id, by=self._by(call, agent_id))
        return await self._view(agent_id)

    async def _ready(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.set_ready(agent_id, by=self._by(call, agent_id))
        return await self._view(agent_id)

    async def _not_ready(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        reason = self._codes.require_reason(call.body_as(NotReady).reason)
        await self._router.set_not_ready(agent_id, reason, by=self._by(call, agent_id))
        return await self._view(agent_id)

    async def _forwards(self, call: Call) -> ForwardsView:
        return {"forwards": (await self._router.agents.get(self._id(call))).forwards}

    async def _forward(self, call: Call) -> ForwardsView:
        agent_id, want = self._id(call), call.body_as(Forward)
        number = want.number
        if number is not None:
            require_forwardable(self._settings, agent_id, number)
        await self._router.set_forward(agent_id, want.kind, number, by=self._by(call, agent_id))
        return await self._forwards(call)

    async def _done(self, call: Call) -> AgentView:
        agent_id = self._id(call)
        await self._router.wrap_up_done(agent_id, call.body_as(WrapUp).contact_id)
        return await self._view(agent_id)

    async def _extend(self, call: Call) -> AgentView:
        agent_id, want = self._id(call), call.body_as(ExtendWrapUp)
        await self._router.extend_wrap_up(agent_id, want.seconds, want.contact_id)
        return await self._view(agent_id)

    def _id(self, call: Call) -> str:
        named = call.part("agent_id")
        agent_id = call.me.id if named == "me" else named
        require_agent(self._settings, agent_id)
        return agent_id

    def _by(self, call: Call, agent_id: str) -> str | None:
        """Whose hand it was, if not the agent's own: the event says so."""
        return None if call.me.id == agent_id else call.me.id

    async def _view(self, agent_id: str) -> AgentView:
        return self._row(await self._router.agents.get(agent_id))

    def _row(self, agent: Agent) -> AgentView:
        row = agent_view(agent, self._settings.agents[agent.id], self._router.config_of(agent))
        if self._devices is not None:
            row["device"] = device_view(self._devices.device(agent.device))
        return row
