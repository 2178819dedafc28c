"""A router as a process of its own: it can be killed, stopped, and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from acd.assignment_states import AssignmentState
from acd.contact_states import ContactState
from acd.directory import Directory
from acd.errors import AgentNotReady, ContactNotFound, OtherNode, QueueFull
from acd.model import Medium
from acd.offer_states import OfferState
from acd.router import Router
from acd.timers import Work
from core.clock import ManualClock
from core.errors import BadInput, Unavailable
from core.events import Event, EventBus
from core.redis import Keys, RedisUnavailable
from core.state_table import IllegalTransition
from core.tasks import TaskOwner
from tests.acd.proof.firm import DIRECTORY, MEDIA
from tests.acd.proof.wire import Wire
from tests.acd.proof.world import Driver, Line, World
from tests.support.loopback import LegGone

REFUSED = (
    IllegalTransition, AgentNotReady, QueueFull, ContactNotFound, BadInput, OtherNode, LegGone,
    Unavailable,
)  # fmt: skip
LEASE = 60.0  # in real seconds: it ends when the proof says so
_RETRY = timedelta(seconds=2)


class StationTimers:
    """The timers of one router, fired by :class:`Centre` as the clock moves."""

    def __init__(self) -> None:
        self.due: dict[str, tuple[datetime, Work]] = {}
        self.fired: dict[str, Work] = {}
        self.closed = False

    def at(self, name: str, when: datetime, work: Work) -> None:
        self.cancel(name)
        if not self.closed:
            self.due[name] = (when, work)

    def cancel(self, name: str) -> None:
        self.fired.pop(name, None)
        self.due.pop(name, None)

    def fire(self, name: str) -> Work:
        """It is due: what is to be done."""
        _, self.fired[name] = self.due.pop(name)
        return self.fired[name]

    def done(self, name: str, work: Work, *, again: datetime | None = None) -> None:
        """It was done, or is to be done ``again``, unless it was set anew or is not wanted
        any more."""
        if self.fired.get(name) is work:
            del self.fired[name]
            if again is not None:
                self.at(name, again, work)

    async def close(self) -> None:
        self.closed = True
        self.due.clear()


@dataclass(slots=True)
class Failure:
    """Something that a person did ended in an error that nobody may see."""

    what: str
    error: BaseException


class Station:
    """One router of ``node``. What people do through it are tasks of its own, so that
    they end with it."""

    def __init__(
        self, url: str, keys: Keys, clock: ManualClock, world: World, node: str,
        failures: list[Failure], directory: Directory = DIRECTORY,
    ) -> None:  # fmt: skip
        self.node = node
        self.world = world
        self.clock = clock
        self.failures = failures
        self.wire = Wire(url)
        self.bus = EventBus()
        self.bus.listen(self._heard)
        self.timers = StationTimers()
        driver = Driver(world, node)
        self.router = Router(
            self.wire.redis, keys, directory, clock, self.bus, node=node, lease=LEASE,
            drivers=dict.fromkeys(Medium, driver), timers=self.timers,
        )  # fmt: skip
        self.people = TaskOwner(f"people of {node}")

    @property
    def runs(self) -> bool:
        """Whether it is neither stopped nor killed."""
        return not self.wire.killed and not self.wire.stopped

    def do(self, work: Coroutine[Any, Any, object]) -> None:
        """Somebody does something here; that they may be refused is no failure."""
        self.people.start(self._do(work), name=getattr(work, "__name__", "work"))

    async def _do(self, work: Coroutine[Any, Any, object]) -> None:
        name = getattr(work, "__qualname__", "work")
        try:
            await work
        except Exception as error:
            refused = isinstance(error, REFUSED) and not isinstance(error, RedisUnavailable)
            if not refused and not self.wire.killed:
                self.failures.append(Failure(name, error))

    async def fire(self, name: str) -> None:
        """Do what is due, and later again if it failed."""
        work, again = self.timers.fire(name), None
        try:
            await work()
        except Exception as error:
            if not self.wire.killed:
                self.failures.append(Failure(f"timer {name}", error))
                again = self.clock.now() + _RETRY
        self.timers.done(name, work, again=again)

    @property
    def busy(self) -> bool:
        """Whether something is going on, but for the matching task itself."""
        return len(self.people) > 0 or len(self.router.tasks) > 1

    def _heard(self, event: Event) -> None:
        if event.type == "contact.parked" and event.data.get("why") == "silent":
            line = self.world.lines.get(event.contact_id or "")
            if line is not None and line.node == self.node:
                line.part()

    async def kill(self) -> None:
        """As by kill -9: nothing is said to anybody."""
        await self.wire.kill()
        router = self.router
        router.store.on_given_up = None
        await self.timers.close()
        for owner in (
            self.people, router.tasks, router.store._writes._tasks, router.feed._tasks,
            router.leadership._tasks,
        ):  # fmt: skip
            await owner.close()
        await self.wire.kill()  # connections made meanwhile

    async def start(self) -> None:
        """Begin to work."""
        for line in self._mine():
            if not line.known:  # nobody got to open a contact for it
                line.clear()
        for medium in MEDIA:
            self.router.suspend(medium)
        await self.router.recover()
        self.router.on_recovered.append(self.compare)
        await self.compare()

    def _mine(self) -> list[Line]:
        return [line for line in self.world.lines.values() if line.node == self.node]

    async def compare(self) -> None:
        """Make the state agree with what really is, as a driver does that was away."""
        router, lines = self.router, [line for line in self._mine() if line.known]
        legs = {o.id for line in lines for o in [*line.ringing.values(), *line.up.values()]}
        standing = await router.standing_offers(sorted(legs))
        offers = await router.store.offers(sorted(standing))
        for line in lines:
            for agent_id, offer in list(line.ringing.items()):
                if offer.id in legs - standing:
                    del line.ringing[agent_id]
            for agent_id, offer in list(line.up.items()):
                if offer.id in legs - standing and line.joined != agent_id:
                    del line.up[agent_id]
                elif offer.id in offers and offers[offer.id].state is OfferState.PENDING:
                    await router.agent_answered(offer.id)
        known = {
            line.contact_id: (self.clock.now(), line.cause)
            for line in lines
            if not line.here and line.cause is not None
        }
        alive, legs_now = _Here(self.world), _Legs(self.world)
        for medium in MEDIA:
            await router.reconcile(alive, known, medium=medium, alive_offers=legs_now)
        for line in lines:
            await self._agree(line.contact_id)

    async def _agree(self, contact_id: str) -> None:
        """What the router knows of the contact and what is: the leg of one that is over
        ends, and one that is on hold is known to be."""
        line, router = self.world.lines[contact_id], self.router
        try:
            contact = await router.contacts.get(contact_id)
        except ContactNotFound:
            line.clear()
            return
        if contact.state in (ContactState.WRAP_UP, ContactState.ENDED):
            await router.driver(contact.medium).end(contact)
        elif contact.state is ContactState.PARKED:
            agent = await router.agents.get(contact.agent_id or "")
            if not agent.has(contact_id, AssignmentState.PARKED):
                line.part()
        elif line.on_hold:
            await router.held(contact_id)
        elif contact.state is ContactState.HELD:
            await router.resumed(contact_id)

    async def quiet(self) -> None:
        """Until what is going on here is done."""
        await self.router.quiet()
        if self.busy:
            await asyncio.sleep(0)


class _Here(Collection[str]):
    """The customers who are there, at any moment."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __contains__(self, address: object) -> bool:
        line = self._world.lines.get(str(address))
        return line is not None and line.here

    def __iter__(self) -> Iterator[str]:
        return (id_ for id_ in self._world.lines if id_ in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Legs(Collection[str]):
    """The offers of which an agent's leg exists, at any moment."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __contains__(self, offer_id: object) -> bool:
        return any(offer_id == one for one in self)

    def __iter__(self) -> Iterator[str]:
        for line in self._world.lines.values():
            yield from (offer.id for offer in [*line.ringing.values(), *line.up.values()])

    def __len__(self) -> int:
        return sum(1 for _ in self)
