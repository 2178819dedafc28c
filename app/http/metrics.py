"""Prometheus metrics: ``/metrics``, for programs of this machine or with a token."""

from __future__ import annotations

from collections import Counter

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from app.http.routes import Call, Needs, Route
from app.http.wall import Wall
from core import metrics


class MetricsApi:
    """The route of metrics. What counts live things is set from the wall, so that the
    figures are those that people see."""

    def __init__(
        self, wall: Wall, registry: CollectorRegistry = metrics.REGISTRY, *, local: bool = True
    ) -> None:
        self._wall = wall
        self._registry = registry
        self._needs = Needs.LOCAL if local else Needs.SUPERVISOR

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/metrics", needs=self._needs, handler=self._show,
                summary="Prometheus metrics", tags=("health",),
            )
        ]  # fmt: skip

    async def _show(self, _call: Call) -> web.Response:
        state = self._wall.state()
        contacts = Counter(contact["state"] for contact in state["contacts"].values())
        agents = Counter(agent["state"] for agent in state["agents"].values())
        for state_of_contact in ContactState:
            metrics.contacts_live.labels(state_of_contact.value).set(contacts[state_of_contact])
        for state_of_agent in AgentState:
            metrics.agents.labels(state_of_agent.value).set(agents[state_of_agent])
        for name, queue in state["queues"].items():
            metrics.queue_waiting.labels(name).set(queue["waiting"])
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )
