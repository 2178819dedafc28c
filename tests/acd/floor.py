"""A contact centre for tests of one rule: several routers on a real server, all media,
agents who may have several contacts, and time in the test's hand.

It is the centre of the proof (:mod:`tests.acd.proof`) with a company of the test's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import pytest_asyncio

from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.model import Agent, AgentConfig, Contact, Medium, Offer, QueueConfig
from acd.router import Router
from core import ids
from tests.acd.proof.centre import Centre
from tests.acd.proof.station import Station
from tests.acd.proof.world import Line

MakeFloor = Callable[..., Awaitable["Floor"]]


class Floor(Centre):
    """``router`` is that of the first node. Each verb waits until all is quiet."""

    @property
    def router(self) -> Router:
        return next(iter(self.stations.values())).router

    def at(self, node: str) -> Router:
        """The router of a node."""
        return self.stations[node].router

    async def comes(
        self, queue: str | None = None, medium: Medium = Medium.VOICE, *, node: str = "east",
        attributes: dict[str, Any] | None = None, customer: str = "", business: str = "",
        **more: Any,
    ) -> str:  # fmt: skip
        """A new contact on ``node``, waiting in ``queue`` if given; its id. ``more`` is
        what ``enqueue`` takes."""
        station = self.stations[node]
        line = Line(ids.new_id(ids.CONTACT), node, medium)
        self.world.lines[line.contact_id] = line
        await station.router.contacts.open(
            medium=medium, channel="test", contact_id=line.contact_id, customer=customer,
            address=line.contact_id, attributes=attributes or {}, business=business,
        )  # fmt: skip
        line.known = True
        if queue is not None:
            await station.router.enqueue(line.contact_id, queue, **more)
        await self.settle()
        return line.contact_id

    async def ready(self, *agent_ids: str, node: str = "east") -> None:
        """These log in, in this order, a second apart."""
        for agent_id in agent_ids:
            await self.at(node).log_in(agent_id, ready=True)
            await self.settle()
            self.clock.advance(1)

    async def contact(self, contact_id: str) -> Contact:
        return await self.router.contacts.get(contact_id)

    async def state(self, contact_id: str) -> ContactState:
        return (await self.contact(contact_id)).state

    async def agent(self, agent_id: str) -> Agent:
        return await self.router.agents.get(agent_id)

    async def rung_for(self, contact_id: str) -> str | None:
        """The agent who is rung for the contact."""
        await self.settle()
        contact = await self.contact(contact_id)
        return contact.agent_id if contact.state is ContactState.OFFERED else None

    def offer(self, contact_id: str) -> Offer:
        """That which rings for the contact."""
        (offer,) = self.world.lines[contact_id].ringing.values()
        return offer

    async def takes(self, contact_id: str) -> str:
        """Whoever is rung answers and talks with the customer; who that is."""
        agent_id = await self.rung_for(contact_id)
        assert agent_id is not None, await self.contact(contact_id)
        line = self.world.lines[contact_id]
        offer = line.up[agent_id] = line.ringing.pop(agent_id)
        self.report(line, lambda router: router.agent_answered(offer.id))
        await self.settle()
        return agent_id

    async def refuses(self, contact_id: str, outcome: str = "rejected") -> None:
        """Whoever is rung does not take it."""
        line = self.world.lines[contact_id]
        (agent_id,) = line.ringing
        offer = line.ringing.pop(agent_id)
        self.report(line, lambda router: router.agent_unanswered(offer.id, outcome, None))
        await self.settle()

    async def goes(self, contact_id: str) -> None:
        """The customer leaves."""
        self.leaves(self.world.lines[contact_id])
        await self.settle()

    async def passes(self, seconds: float) -> None:
        """Time passes, and what is due is done."""
        await self.time_passes(seconds)
        await self.settle()

    async def check(self) -> None:
        """Nothing impossible happened and nothing is stuck."""
        await self.settle()
        assert self.world.wrongs == []
        assert self.failures == []
        assert await self.leader.sweep() == []

    def station_of(self, node: str) -> Station:
        return self.stations[node]


@pytest_asyncio.fixture
async def make_floor(redis_url: str) -> AsyncIterator[MakeFloor]:
    """``floor = await make_floor(queues, agents, nodes=1)``; at the end nothing is
    stuck."""
    made: list[Floor] = []

    async def make(
        queues: Iterable[QueueConfig], agents: Iterable[AgentConfig], *, nodes: int = 1
    ) -> Floor:
        floor = Floor(redis_url, StaticDirectory(queues, agents))
        made.append(floor)
        await floor.open(nodes)
        return floor

    yield make
    for floor in made:
        await floor.check()
        await floor.close()
