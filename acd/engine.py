"""What the parts of the router share: read, change, write, and what follows from it.

After each write that succeeded the consequences are drawn from the state itself,
in one place: events are published, a new offer rings, one taken back stops
ringing, timers are set or cancelled, and whoever waits newly is matched. A part
that changes state cannot forget any of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from redis.asyncio import Redis

from acd.agent_states import AgentState
from acd.agents import Agents
from acd.change import Change
from acd.directory import Directory
from acd.driver import MediaDriver
from acd.errors import ContactNotFound, UnknownMedium, VersionConflict
from acd.model import Agent, Contact, Medium, Offer, QueueConfig
from acd.offer_states import OfferState
from acd.store import Scene, Store
from acd.timers import LoopTimers, Timers, Work
from core.clock import Clock
from core.events import EventBus
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)
T = TypeVar("T")

_ATTEMPTS = 50


class Engine:
    """State, drivers, timers. The parts of :class:`acd.router.Router` build on it."""

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        directory: Directory,
        clock: Clock,
        bus: EventBus,
        *,
        drivers: Mapping[Medium, MediaDriver] | None = None,
        timers: Timers | None = None,
        patience: float = 30.0,
    ) -> None:
        self.keys = keys
        self.store = Store(redis, keys, patience=patience)
        self.store.on_given_up = self.redis_given_up
        self.directory = directory
        self.clock = clock
        self.bus = bus
        self.agents = Agents(self.store, directory)
        self.timers = timers or LoopTimers(clock)
        self.tasks = TaskOwner("acd.router")
        self._drivers = dict(drivers or {})
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def add_driver(self, medium: Medium, driver: MediaDriver) -> None:
        """Let ``driver`` carry ``medium``."""
        self._drivers[medium] = driver

    def driver(self, medium: Medium) -> MediaDriver:
        """Raises :class:`~acd.errors.UnknownMedium`."""
        try:
            return self._drivers[medium]
        except KeyError:
            raise UnknownMedium(
                f"Nothing carries {medium.value}.", hint="Is its driver started?"
            ) from None

    def in_order(self, contact_id: str) -> AbstractAsyncContextManager[None]:
        """What happens to one contact happens in the order in which it was told."""
        lock = self._locks.get(contact_id)
        if lock is None:
            lock = self._locks[contact_id] = asyncio.Lock()
        return lock

    def change(self, at: datetime | None = None) -> Change:
        """An empty change that happens now, or that happened ``at``."""
        now = self.clock.now()
        return Change(self.keys, now if at is None else min(at, now))

    async def alter(
        self, kind: str, id_: str, work: Callable[[Change, Scene], T], *,
        other: str | None = None, at: datetime | None = None,
    ) -> T:  # fmt: skip
        """Read all that is bound to a contact, agent or offer (and the agent ``other``),
        let ``work`` change it, write it; and anew when somebody else was faster.
        ``work`` may run several times: it must have no effect but on what it is given.
        ``at`` is when it happened, if that was not now."""
        if kind == "contact":
            async with self.in_order(id_):
                return await self.alter_unordered(kind, id_, work, other=other, at=at)
        return await self.alter_unordered(kind, id_, work, other=other, at=at)

    async def alter_unordered(
        self, kind: str, id_: str, work: Callable[[Change, Scene], T], *,
        other: str | None = None, at: datetime | None = None,
    ) -> T:  # fmt: skip
        """:meth:`alter` for who is already :meth:`in_order` of the contact ``id_``."""
        for attempt in range(_ATTEMPTS):
            scene = await self.store.scene(kind, id_, other)
            if kind != "contact" and scene.contact is not None:
                async with self.in_order(scene.contact.id):
                    result, written = await self._once(scene, work, at)
            else:
                result, written = await self._once(scene, work, at)
            if written:
                return result
            log.debug("router.retry", kind=kind, attempt=attempt)
        raise VersionConflict(
            f"The {kind} changed {_ATTEMPTS} times while it was to be changed.",
            hint="Try again; if it persists, something changes it in a circle.",
        )

    async def _once(
        self, scene: Scene, work: Callable[[Change, Scene], T], at: datetime | None
    ) -> tuple[T, bool]:
        change = self.change(at)
        result = work(change, scene)
        try:
            await self.commit(change)
        except VersionConflict:
            return result, False
        return result, True

    async def commit(self, change: Change) -> None:
        """Write, then draw the consequences. Raises what the store raises."""
        if change.empty:
            return
        await self.store.commit(change)
        for event in change.events:
            self.bus.publish(event)
        things = [entry.thing for entry in change.entries.values()]
        for entry in change.entries.values():
            if isinstance(entry.thing, Agent):
                self._time_wrap_up(entry.thing)
            elif isinstance(entry.thing, Offer):
                self._follow_offer(entry.thing, entry.offer_was, things)
        if change.joined():
            self.match_soon()

    def _time_wrap_up(self, agent: Agent) -> None:
        name = f"wrap_up:{agent.id}"
        if agent.state is AgentState.WRAP_UP and agent.wrap_up_until is not None:
            self.timers.at(name, agent.wrap_up_until, lambda: self.wrap_up_is_due(agent.id))
        else:
            self.timers.cancel(name)

    def time_offer(self, offer: Offer, deadline: datetime | None = None) -> None:
        """Wake us when a pending offer is due."""
        name = f"offer:{offer.id}"
        work = partial(self.offer_is_due, offer.id)
        visible = partial(self.if_visible, offer.medium, name, work)
        self.timers.at(name, deadline or offer.deadline, visible)

    def _follow_offer(self, offer: Offer, was: OfferState | None, things: Sequence[object]) -> None:
        if offer.state is was:
            return
        contact = next(t for t in things if isinstance(t, Contact) and t.id == offer.contact_id)
        agent = next(t for t in things if isinstance(t, Agent) and t.id == offer.agent_id)
        if offer.state is OfferState.PENDING:
            self.time_offer(offer)
            self.ring(contact, agent, offer)
            return
        self.timers.cancel(f"offer:{offer.id}")
        if offer.state in (OfferState.RESCINDED, OfferState.TIMED_OUT):
            self.stop_ringing(contact, agent, offer)

    def queue_of(self, contact: Contact) -> QueueConfig:
        """The configuration of the contact's queue, or defaults if it is gone."""
        queues = (queue for queue in self.directory.queues() if queue.name == contact.queue)
        return next(queues, QueueConfig(name=contact.queue or ""))

    # Parts of the router that the consequences call.

    def match_soon(self) -> None:
        raise NotImplementedError

    def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        raise NotImplementedError

    def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        raise NotImplementedError

    async def if_visible(self, medium: Medium, name: str, work: Work) -> None:
        raise NotImplementedError

    async def offer_is_due(self, offer_id: str) -> None:
        raise NotImplementedError

    async def wrap_up_is_due(self, agent_id: str) -> None:
        raise NotImplementedError

    def redis_given_up(self) -> None:
        raise NotImplementedError


def existing(contact: Contact | None, contact_id: str) -> Contact:
    """``contact``; raises :class:`~acd.errors.ContactNotFound` if it is None."""
    if contact is None:
        raise ContactNotFound(
            f"There is no contact {contact_id} in progress.",
            hint="If it has ended, look in the records.",
        )
    return contact
