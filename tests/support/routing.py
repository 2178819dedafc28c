"""A router on a real Valkey with a medium in memory and time in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest_asyncio
from redis.asyncio import Redis

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.model import Agent, AgentConfig, Contact, Medium, QueueConfig
from acd.router import Router
from acd.sweeper import sweep
from acd.timers import Work
from core.clock import ManualClock
from core.events import Event, EventBus
from core.redis import Keys
from core.tasks import TaskOwner
from tests.support.loopback import LoopbackMedium

PATIENCE = 10.0
NODE = "main"
T = TypeVar("T")

QUEUES = (
    QueueConfig(name="sales", skills={"sales": 1}, ring_seconds=20, wrap_up_seconds=30),
    QueueConfig(name="support", skills={"support": 1}, ring_seconds=15, wrap_up_seconds=0),
    QueueConfig(name="vip", skills={"sales": 5}, priority=10, wrap_up_seconds=0),
    QueueConfig(name="tiny", skills={"nobody": 1}, max_waiting=2),
)
AGENTS = (
    AgentConfig(id="anna", device="6001", skills={"sales": 3, "support": 3}),
    AgentConfig(id="bo", device="6002", skills={"sales": 7}),
    AgentConfig(id="chen", device="6003", skills={"support": 5, "language.zh": 9}),
)


class ManualTimers:
    """Timers that fire when the test moves the clock. Those of ``others`` (of routers
    beside this one) are moved along: there is one time only."""

    def __init__(self, clock: ManualClock, others: list[ManualTimers] | None = None) -> None:
        self._clock = clock
        self._due: dict[str, tuple[datetime, Work]] = {}
        self._closed = False
        self._all = others if others is not None else []
        self._all.append(self)

    def at(self, name: str, when: datetime, work: Work) -> None:
        if not self._closed:
            self._due[name] = (when, work)

    def cancel(self, name: str) -> None:
        self._due.pop(name, None)

    async def close(self) -> None:
        self._closed = True
        self._due.clear()
        if self in self._all:
            self._all.remove(self)

    @property
    def names(self) -> set[str]:
        """Of what is still to come."""
        return set(self._due)

    async def advance(self, seconds: float) -> None:
        """Move the clock and do, in order, what becomes due on the way."""
        end = self._clock.now() + timedelta(seconds=seconds)
        while True:
            due = [
                (when, name, number)
                for number, timers in enumerate(self._all)
                for name, (when, _) in timers._due.items()
                if when <= end
            ]
            if not due:
                break
            when, name, number = min(due)
            _, work = self._all[number]._due.pop(name)
            self._clock.advance(max(0.0, (when - self._clock.now()).total_seconds()))
            await work()
        self._clock.advance((end - self._clock.now()).total_seconds())


class House:
    """What a test of routing needs, with short names for what it does often."""

    def __init__(
        self, redis: Redis, clock: ManualClock | None = None, *, patience: float = 30.0
    ) -> None:
        self.redis = redis
        self.patience = patience  # seconds for which the router waits for Redis
        self.keys = Keys("test")
        self.clock = clock or ManualClock()
        self.bus = EventBus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.medium = LoopbackMedium()
        self.directory = StaticDirectory(QUEUES, AGENTS)
        self._all_timers: list[ManualTimers] = []
        self.routers: list[Router] = []
        self.router = self.new_router()
        self.tasks = TaskOwner("test")

    def new_router(self, node: str = NODE) -> Router:
        """One more router on the same state, the successor of any on the same ``node``.
        It is :attr:`router` from now on, and whom the medium of its node reports to."""
        self.timers = ManualTimers(self.clock, self._all_timers)
        router = Router(
            self.redis, self.keys, self.directory, self.clock, self.bus,
            drivers=dict.fromkeys(Medium, self.medium), timers=self.timers,
            patience=self.patience, node=node,
        )  # fmt: skip
        self.medium.events = router
        self.medium.of_node[node] = router
        self.router = router
        self.routers.append(router)
        return router

    @property
    def leader(self) -> Router:
        """The router that matches; StopIteration if none does."""
        return next(router for router in self.routers if router.leads)

    async def close(self) -> None:
        await self.medium.echoes.close()
        await self.tasks.close()
        for router in self.routers:
            await router.close()

    async def customer(
        self, queue: str | None = None, *, skills: dict[str, int] | None = None,
        priority: int | None = None, address: str = "", router: Router | None = None,
        **more: Any,
    ) -> str:  # fmt: skip
        """A new contact (a call, unless ``medium`` is given) on the node of ``router``,
        waiting in ``queue`` if given; its id. ``more`` is what ``contacts.open`` takes."""
        at = router or self.router
        about = {"medium": Medium.VOICE, "channel": "phone", "customer_number": "+4930123"}
        contact = await at.contacts.open(address=address, **{**about, **more})
        self.medium.arrives(contact.id, at.node)
        if queue is not None:
            await at.enqueue(contact.id, queue, skills=skills, priority=priority)
        return contact.id

    async def ready(self, *agent_ids: str) -> None:
        """These log in, in this order, a second apart. Who can be matched is, before
        that second begins."""
        for agent_id in agent_ids:
            await self.router.log_in(agent_id, ready=True)
            await self.matched()
            self.clock.advance(1)

    async def connect(self, queue: str, agent_id: str) -> str:
        """A customer who talks with the agent; the contact's id."""
        contact_id = await self.customer(queue)
        await self.ready(agent_id)
        await self.medium.rings(agent_id)
        await self.medium.picks_up(agent_id)
        await self.contact_is(contact_id, ContactState.CONNECTED)
        return contact_id

    async def contact(self, contact_id: str) -> Contact:
        return await self.router.contacts.get(contact_id)

    async def agent(self, agent_id: str) -> Agent:
        return await self.router.agents.get(agent_id)

    async def contact_is(self, contact_id: str, state: ContactState) -> Contact:
        """Wait until the contact is in ``state``."""

        async def get() -> Contact | None:
            contact = await self.contact(contact_id)
            return contact if contact.state is state else None

        return await self._until(get, f"{contact_id} becomes {state.value}")

    async def agent_is(self, agent_id: str, state: AgentState) -> Agent:
        """Wait until the agent is in ``state``."""

        async def get() -> Agent | None:
            agent = await self.agent(agent_id)
            return agent if agent.state is state else None

        return await self._until(get, f"{agent_id} becomes {state.value}")

    async def matched(self) -> None:
        """Wait until every router has heard of everything, and matched it if it leads."""

        async def get() -> bool | None:
            before = await self._told_so_far()
            for router in self._started():
                await router.quiet()
            return True if await self._told_so_far() == before else None

        await self._until(get, "all is matched")

    async def quiet(self) -> None:
        """Wait until the routers have nothing left to do by themselves."""

        async def get() -> bool | None:
            before = await self._told_so_far()
            for router in self._started():
                await router.quiet()
            # 1: the matching task itself.
            busy = any(len(router.tasks) > 1 for router in self._started())
            if busy or len(self.medium.echoes) > 0:
                return None
            return True if await self._told_so_far() == before else None

        await self._until(get, "the routers are quiet")

    def _started(self) -> list[Router]:
        return [router for router in self.routers if len(router.tasks)]

    async def _told_so_far(self) -> object:
        return await self.redis.xlen(self.keys("events"))

    async def _until(self, get: Callable[[], Awaitable[T | None]], what: str) -> T:
        async with asyncio.timeout(PATIENCE):
            while True:
                # Each turn asks the server, which yields; there is no event for all of it.
                if (found := await get()) is not None:
                    return found
                await asyncio.sleep(0)
        raise AssertionError(what)

    async def check(self) -> None:
        """Nothing impossible happened and nothing is stuck."""
        await self.quiet()
        assert self.medium.wrongs == []
        assert await sweep(self.router.store, self.clock.now()) == []

    def told(self, type_: str) -> list[Event]:
        """Events of a type so far."""
        return [event for event in self.events if event.type == type_]


@pytest_asyncio.fixture
async def house(redis: Redis) -> AsyncIterator[House]:
    """A started router; at the end nothing may be stuck."""
    made = House(redis)
    await made.router.recover()
    yield made
    await made.check()
    await made.close()
