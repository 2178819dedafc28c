"""What the parts of the router share: read, change, write, and what follows from it.

After each write that succeeded the consequences are drawn from the state itself,
in one place: events are published, a new offer rings, one taken back stops
ringing, timers are set or cancelled, and whoever waits newly is matched. A part
that changes state cannot forget any of it. The same is done for what other processes
wrote, as far as it is this one's part: the node that carries a contact rings for it,
the leader matches and watches the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, tzinfo
from typing import TypeVar
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from acd import agents as agent_moves
from acd import capacity
from acd.agent_states import Presence
from acd.agents import Agents
from acd.bounds import ContactBounds
from acd.capacity import Policies
from acd.change import Change, Thing
from acd.directory import Directory
from acd.driver import MediaDriver
from acd.errors import (
    AgentNotFound,
    ContactNotFound,
    OtherNode,
    UnknownMedium,
    UnknownQueue,
    VersionConflict,
)
from acd.feed import Feed, Told
from acd.leadership import LEASE_SECONDS, Leadership
from acd.model import (
    Agent,
    AgentConfig,
    Contact,
    Direction,
    Medium,
    Offer,
    QueueConfig,
    Target,
)
from acd.offer_states import OfferState
from acd.scene import Scene
from acd.store import Store
from acd.timers import LoopTimers, Timers
from acd.wholes import Wholes
from core import metrics
from core.clock import Clock
from core.events import Event, EventBus
from core.log import get_logger
from core.redis import Keys
from core.tasks import TaskOwner

log = get_logger(__name__)
T = TypeVar("T")

_ATTEMPTS = 50
_TAKEN_BACK = frozenset({OfferState.RESCINDED, OfferState.TIMED_OUT})
_PARKING = frozenset({"agent.parked", "agent.resumed"})
_LEAVES = frozenset({"contact.queued", "contact.ended"})
_BEGINS = frozenset({"contact.connected", "contact.resumed", "contact.transferred"})


class Engine:
    """State, drivers, timers. The parts of :class:`acd.router.Router` build on it.

    ``outbound_wrap_up``: seconds after an agent's own contact that belongs to no queue.
    ``node`` names where the media of this process's contacts are carried, ``zone`` is
    that in which the company's days begin. A talk that the agent's side ends within
    ``least_talk`` seconds is none (:mod:`acd.no_talk`).
    """

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
        node: str = "main",
        lease: float = LEASE_SECONDS,
        zone: str = "UTC",
        policies: Policies = capacity.DEFAULT,
        least_talk: float = 0.0,
        outbound_wrap_up: float = 0.0,
    ) -> None:
        self.keys = keys
        self.node = node
        self.policies = policies
        self.bounds = ContactBounds()
        self.least_talk = least_talk
        self.outbound_wrap_up = outbound_wrap_up
        self.leadership = Leadership(redis, keys, node, lease=lease)
        self.store = Store(redis, keys, patience=patience, process=self.leadership.process)
        self.store.on_given_up = self.redis_given_up
        self.store.on_written = self._written
        self.feed = Feed(redis, keys, self.leadership.process, self._told, self._feed_lost)
        self.directory = directory
        self.clock = clock
        self.bus = bus
        self.agents = Agents(self.store, directory)
        self.timers = timers or LoopTimers(clock)
        self.tasks = TaskOwner("acd.router")
        self.wholes = Wholes(self.tasks)
        self._redis = redis
        self._zone: tzinfo = ZoneInfo(zone)
        self._day_known = (0, "")
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
        now = now if at is None else min(at, now)
        return Change(self.keys, now, self._day(now))

    def _day(self, now: datetime) -> str:
        """The date in the company's zone; reckoned once a minute."""
        minute = int(now.timestamp()) // 60
        if self._day_known[0] != minute:
            self._day_known = minute, now.astimezone(self._zone).date().isoformat()
        return self._day_known[1]

    async def alter(
        self, kind: str, id_: str, work: Callable[[Change, Scene], T], *,
        other: str | None = None, at: datetime | None = None, trusting: bool = False,
    ) -> T:  # fmt: skip
        """Read all that is bound to a contact, agent or offer (and the agent ``other``),
        let ``work`` change it, write it; and anew when somebody else was faster.
        ``work`` may run several times: it must have no effect but on what it is given.
        ``at`` is when it happened, if that was not now.

        What this process remembers is used first. Then the write fails if any of it is
        outdated; and if ``work`` writes nothing, or raises, it is asked again about what
        Redis says now (unless ``trusting``: where it does no harm that nothing is done).
        """
        if kind == "contact":
            async with self.in_order(id_):
                return await self.alter_unordered(
                    kind, id_, work, other=other, at=at, trusting=trusting
                )
        return await self.alter_unordered(kind, id_, work, other=other, at=at, trusting=trusting)

    async def alter_unordered(
        self, kind: str, id_: str, work: Callable[[Change, Scene], T], *,
        other: str | None = None, at: datetime | None = None, trusting: bool = False,
    ) -> T:  # fmt: skip
        """:meth:`alter` for who is already :meth:`in_order` of the contact ``id_``."""
        trusted = True
        for attempt in range(_ATTEMPTS):
            scene = self.store.remembered(kind, id_, other) if trusted else None
            if scene is None:
                if attempt:
                    # What this process has under way is part of what Redis will say.
                    await self.store.settled()
                scene = await self.store.scene(kind, id_, other)
            scene.remembered = scene.remembered and not trusting
            if kind == "offer" and scene.contact is not None:
                async with self.in_order(scene.contact.id):
                    done, result = await self._once(scene, work, at)
            else:
                done, result = await self._once(scene, work, at)
            if done:
                assert result is not None
                return result[0]
            trusted = False
            if attempt:
                metrics.write_retries_total.inc()
                log.debug("router.retry", kind=kind, attempt=attempt)
        raise VersionConflict(
            f"The {kind} changed {_ATTEMPTS} times while it was to be changed.",
            hint="Try again; if it persists, something changes it in a circle.",
        )

    async def _once(
        self, scene: Scene, work: Callable[[Change, Scene], T], at: datetime | None
    ) -> tuple[bool, tuple[T] | None]:
        change = self.change(at)
        if scene.remembered:
            change.rests_on(scene.things())
        try:
            result = work(change, scene)
            self._balance(change)
        except Exception:
            if scene.remembered:
                return False, None
            raise
        if change.empty:
            return not scene.remembered, (result,)
        try:
            await self.store.commit(change)
        except VersionConflict:
            return False, None
        return True, (result,)

    async def commit(self, change: Change) -> None:
        """Write; what follows is drawn as it is written. Raises what the store raises."""
        if not change.empty:
            await self.store.commit(change)

    def _balance(self, change: Change) -> None:
        """Park what an agent was called away from, take up again what they have room for."""
        for thing in change.things:
            if isinstance(thing, Agent) and len(thing.assignments) > 1:
                config = self.config_of(thing)
                for one in capacity.to_park(thing, config, self.policies):
                    agent_moves.parked(change, thing, one.contact_id)
                for one in capacity.to_resume(thing, config):
                    agent_moves.resumed(change, thing, one.contact_id)
            elif isinstance(thing, Agent) and thing.assignments:
                for one in capacity.to_resume(thing, self.config_of(thing)):
                    agent_moves.resumed(change, thing, one.contact_id)

    # What follows from a write.

    def _written(self, change: Change) -> None:
        self._follow(change.things, change.events)

    def _told(self, told: Told) -> None:
        """Another process wrote."""
        events = told.events() if self.bus.heeded else ()
        if told.shut is not None:
            self.others_shut(*told.shut)
        if told.bye:
            self.leadership.soon()
        if not self.leads and not told.concerns(self.node):
            for key in told.texts:
                self.store.cache.drop(key)
            for event in events:
                self.bus.publish(event)
            return
        things = told.things()
        texts = zip(things, told.texts.items(), strict=True)
        # As late as this process has read it already, it must still be followed.
        fresh = [thing for thing, (key, text) in texts if self.store.told(key, thing, text)]
        self._follow(fresh, events or told.events(), things)

    def _feed_lost(self, missed: bool) -> None:
        self.store.cache.clear()
        self.begin_anew()
        if missed:  # offers, too, that are ours to ring
            self.redis_given_up()

    def _follow(
        self, things: Sequence[Thing], events: Sequence[Event], told: Sequence[Thing] = ()
    ) -> None:
        """``told`` are the other parts of the same change, of which later versions are
        known."""
        for event in events:
            self.bus.publish(event)
        offers = [thing for thing in things if isinstance(thing, Offer)]
        for offer in offers:
            self._follow_offer(offer, told or things, elsewhere=bool(told))
        for event in events:
            if event.contact_id is None:
                continue
            if event.type in _PARKING:
                self.attend(event.contact_id)
            elif event.type in _LEAVES:
                self.silence_over(event.contact_id)
            elif event.type in _BEGINS or event.type == "contact.parked":
                for thing in things:
                    if isinstance(thing, Contact) and self.carries(thing) and self.is_last(thing):
                        self.heard(thing) if event.type in _BEGINS else self.time_silence(thing)
            elif event.type == "contact.overflowed" and event.data["to"] != "queue":
                target = Target(kind=str(event.data["to"]), name=str(event.data["name"]))
                self.overflowed(event.contact_id, target)
        self.seen(things)

    def _follow_offer(self, offer: Offer, things: Sequence[Thing], *, elsewhere: bool) -> None:
        contact = next((t for t in things if isinstance(t, Contact) and t.id == offer.contact_id),
                       None)  # fmt: skip
        agent = next((t for t in things if isinstance(t, Agent) and t.id == offer.agent_id), None)
        if contact is None or agent is None or not self.carries(contact):
            return
        if offer.state is OfferState.PENDING:
            # That it is decided may have been told before the answer to our own write.
            if not self.store.cache.is_over(self.keys("offer", offer.id)):
                self.ring(contact, agent, offer)
        elif offer.state in _TAKEN_BACK:
            self.stop_ringing(contact, agent, offer)
        elif elsewhere and offer.state is OfferState.ACCEPTED:
            self.join_soon(contact, agent, offer)

    def is_last(self, contact: Contact) -> bool:
        """Whether no later version is known to have been written. The answer to a write can
        come after the news of what others made of it: then what follows from it is past."""
        return self.store.cache.certain(self.keys("contact", contact.id)) <= contact.version

    def carries(self, contact: Contact) -> bool:
        """Whether this node carries the contact's medium."""
        return contact.node in ("", self.node)

    def require_here(self, contact: Contact) -> bool:
        """Raises :class:`~acd.errors.OtherNode` if another node carries the contact; False
        if that one does not live, so that there is nobody who could do anything."""
        if not self.carries(contact):
            if contact.node not in self.leadership.nodes:
                return False
            address = self.leadership.addresses.get(contact.node)
            raise OtherNode(
                f"Contact {contact.id} is carried by node {contact.node}.",
                hint=f"Send the request there{f': {address}' if address else ''}.",
                node=contact.node, address=address,
            )  # fmt: skip
        return True

    def queue_of(self, contact: Contact) -> QueueConfig:
        """The configuration of the contact's queue, or defaults if it is gone."""
        try:
            return self.directory.queue(contact.queue or "")
        except UnknownQueue:
            return QueueConfig(name=contact.queue or "")

    def config_of(self, agent: Agent) -> AgentConfig:
        """The configuration of the agent, or what is known of one who has none any more."""
        try:
            return self.directory.agent(agent.id)
        except AgentNotFound:
            return AgentConfig(id=agent.id, device=agent.device, skills=agent.skills)

    def wrap_up_of(self, agent: Agent | None, contact: Contact) -> float:
        """Seconds of wrap-up that the agent has after the contact: their own, or what its
        queue gives for its medium. None after talks among colleagues that no queue
        brought about, nor for who is not at work."""
        if contact.queue is None and contact.direction != Direction.INBOUND:
            if contact.direction == Direction.INTERNAL:
                return 0.0
            if agent is not None and agent.presence is Presence.LOGGED_OUT:
                return 0.0
            own = None if agent is None else self.config_of(agent).wrap_up_seconds
            return self.outbound_wrap_up if own is None else own
        own = None if agent is None else self.config_of(agent).wrap_up_seconds
        return self.queue_of(contact).wrap_up_of(contact.medium) if own is None else own

    def fits(self, agent: Agent, medium: Medium) -> bool:
        """Whether the agent has room for one more contact of ``medium``."""
        return capacity.fits(agent, self.config_of(agent), medium, self.policies)

    # Parts of the router that the consequences call.

    @property
    def leads(self) -> bool:
        raise NotImplementedError

    def ring(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        raise NotImplementedError

    def stop_ringing(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        raise NotImplementedError

    def join_soon(self, contact: Contact, agent: Agent, offer: Offer) -> None:
        raise NotImplementedError

    def attend(self, contact_id: str) -> None:
        raise NotImplementedError

    def heard(self, contact: Contact) -> None:
        raise NotImplementedError

    def time_silence(self, contact: Contact) -> None:
        raise NotImplementedError

    def silence_over(self, contact_id: str) -> None:
        raise NotImplementedError

    def overflowed(self, contact_id: str, target: Target) -> None:
        raise NotImplementedError

    def seen(self, things: Sequence[Thing]) -> None:
        raise NotImplementedError

    def others_shut(self, node: str, media: Sequence[str]) -> None:
        raise NotImplementedError

    def begin_anew(self) -> None:
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
