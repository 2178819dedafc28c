"""The real router as a centre: on an embedded Valkey, in simulated time.

The clock and the timers are the replay's, the medium is the people of the replay: what
the router asks to ring is offered to them, what they do is told to the router. After each
verb the router is left alone until it has nothing more to do.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from acd import capacity
from acd.directory import StaticDirectory
from acd.model import Agent, AgentConfig, Contact, Medium, Offer, QueueConfig, Target
from acd.model import Strategy as RouterStrategy
from acd.router import Router
from acd.timers import Work
from bench.day.world import Day, DayContact, People, Presence, Strategy
from core import redis as redis_access
from core.clock import ManualClock
from core.events import Event, EventBus
from core.ports import PortBlock
from core.redis import Keys
from core.valkey import ValkeyInstance

PRIORITY_SECONDS = 60.0  # of waiting weigh as much as one point of priority: QueueConfig.ageing
_LONG = 3600.0  # seconds; the people of the replay end ringing and wrap-up themselves
# Customers of the replay write all the time: nobody is parked for being silent.
_POLICIES = {m: replace(policy, park_after=None) for m, policy in capacity.DEFAULT.items()}


class DayTimers:
    """Timers that fire when the replay moves the clock."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._due: dict[str, tuple[datetime, Work]] = {}

    def at(self, name: str, when: datetime, work: Work) -> None:
        self._due[name] = (when, work)

    def cancel(self, name: str) -> None:
        self._due.pop(name, None)

    async def close(self) -> None:
        self._due.clear()

    async def advance(self, to: datetime) -> None:
        """Do in order what is due until then, each at its own time."""
        while self._due:
            name, (when, work) = min(self._due.items(), key=lambda item: (item[1][0], item[0]))
            if when > to:
                break
            del self._due[name]
            self._move(when)
            await work()
        self._move(to)

    def _move(self, to: datetime) -> None:
        self._clock.advance(max(0.0, (to - self._clock.now()).total_seconds()))


class PeopleMedium:
    """Implements :class:`acd.driver.MediaDriver` over :class:`~bench.day.world.People`."""

    def __init__(self, people: People, name: Callable[[str], str]) -> None:
        self._people, self._name = people, name
        self.joined: dict[str, str] = {}  # contact -> agent

    async def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._people.offered(offer.id, self._name(contact.id), agent.id)

    async def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self._people.rescinded(offer.id)

    async def connect(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        self.joined[contact.id] = agent.id

    async def _done(self, *_: object) -> None:
        return None

    async def _handle(self, *_: object) -> str:
        return "-"

    async def divert(self, contact: Contact, target: Target) -> None:
        return None

    hold = resume = remove_party = requeue = end = _done
    add_party = _handle


class RouterCentre:
    """Implements :class:`~bench.day.world.Centre`."""

    _router: Router
    _medium: PeopleMedium

    async def start(self, day: Day, strategy: Strategy, people: People) -> None:
        chosen = RouterStrategy(strategy.value)
        self._stack = stack = AsyncExitStack()
        block = PortBlock.reserve()
        stack.callback(block.release)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        valkey = ValkeyInstance(Path(folder), block.take())
        await valkey.start()
        stack.push_async_callback(valkey.stop)
        redis = redis_access.connect(valkey.url)
        stack.push_async_callback(redis.aclose)
        self._clock = ManualClock()
        self._opened = self._clock.now()
        self._timers = DayTimers(self._clock)
        self._ids: dict[str, str] = {}  # the replay's name -> the router's
        self._names: dict[str, str] = {}
        self._logged_in: set[str] = set()
        self._wrapping: dict[str, str] = {}  # contact -> agent
        self._back_soon: set[str] = set()  # ready as soon as they have wrapped up
        self._medium = PeopleMedium(people, lambda id_: self._names[id_])
        directory = StaticDirectory(
            [
                QueueConfig(
                    name=queue.name, skills=queue.skills, priority=queue.priority,
                    ring_seconds=_LONG, wrap_up_seconds=_LONG, max_waiting=100_000, strategy=chosen,
                    service_level_seconds=queue.target,
                )
                for queue in day.queues.values()
            ],
            [
                AgentConfig(
                    id=agent.id, device=agent.id, skills=agent.skills,
                    most={m: agent.media.get(m.value, 0) for m in Medium},
                )
                for agent in day.agents
            ],
        )  # fmt: skip
        bus = EventBus()
        bus.listen(self._hear)
        self._people = people
        self._media = {queue.name: Medium(queue.medium) for queue in day.queues.values()}
        self._router = Router(
            redis, Keys("day"), directory, self._clock, bus,
            drivers=dict.fromkeys(self._media.values(), self._medium), timers=self._timers,
            policies=_POLICIES,
        )  # fmt: skip
        stack.push_async_callback(self._router.close)
        await self._router.recover()

    async def close(self) -> None:
        await self._stack.aclose()

    def _hear(self, event: Event) -> None:
        """Of what an agent was called away from, and came back to."""
        if event.type == "agent.parked":
            self._people.parked(self._names[event.contact_id or ""])
        elif event.type == "agent.resumed":
            self._people.resumed(self._names[event.contact_id or ""])

    async def advance(self, to: float) -> None:
        await self._timers.advance(self._opened + timedelta(seconds=to))

    async def agent_state(self, agent_id: str, presence: Presence) -> None:
        router = self._router
        if presence is not Presence.OUT and agent_id not in self._logged_in:
            self._logged_in.add(agent_id)
            await router.log_in(agent_id, ready=presence is Presence.READY)
        elif presence is Presence.READY:
            await self._ready(agent_id)
        elif presence is Presence.BREAK:  # whoever writes finishes writing
            self._back_soon.discard(agent_id)
            await router.set_not_ready(agent_id, "break", wrap_up_first=True)
        else:
            self._back_soon.discard(agent_id)
            self._logged_in.discard(agent_id)
            await router.log_out(agent_id, wrap_up_first=True)
        await self._settle()

    async def _ready(self, agent_id: str) -> None:
        """The break is over, also for who has not finished writing before it: to say so
        now would end their wrap-up."""
        self._back_soon.discard(agent_id)
        if agent_id in self._wrapping.values():
            self._back_soon.add(agent_id)
        elif (await self._router.agents.get(agent_id)).presence.value != "ready":
            await self._router.set_ready(agent_id)

    async def arrive(self, contact: DayContact) -> None:
        opened = await self._router.contacts.open(
            medium=self._media[contact.queue], channel="day", customer_number=contact.customer
        )
        self._ids[contact.id], self._names[opened.id] = opened.id, contact.id
        await self._router.enqueue(opened.id, contact.queue, priority=contact.priority)
        await self._settle()

    async def leave(self, contact_id: str) -> None:
        id_ = self._ids.pop(contact_id)
        await self._router.customer_left(id_, 16)
        await self._settle()
        del self._names[id_]

    async def answer(self, offer_id: str) -> bool:
        before = len(self._medium.joined)
        await self._router.agent_answered(offer_id)
        await self._settle()
        return len(self._medium.joined) > before

    async def reject(self, offer_id: str) -> None:
        await self._router.agent_unanswered(offer_id, "rejected", 21)
        await self._settle()

    async def end(self, contact_id: str) -> None:
        id_ = self._ids[contact_id]
        agent_id = self._medium.joined.pop(id_)
        self._wrapping[contact_id] = agent_id
        await self._router.customer_left(id_, 16)
        await self._settle()

    async def wrapped_up(self, contact_id: str) -> None:
        agent_id = self._wrapping.pop(contact_id)
        id_ = self._ids.pop(contact_id)
        await self._router.wrap_up_done(agent_id, id_)
        if agent_id in self._back_soon:
            await self._ready(agent_id)
        await self._settle()
        del self._names[id_]

    async def _settle(self) -> None:
        await self._router.quiet()
        while len(self._router.tasks) > 1:  # the matching itself
            await asyncio.sleep(0)
            await self._router.quiet()
