"""The wall: what is going on now, kept up to date for everybody who watches.

The state is three tables (``contacts``, ``agents``, ``queues``, each by id) and the
last ``events``. A change is a list of ``[table, id, row or null]``: whoever applies
each to the tables has the state again. All of it is derived from Redis: an event
only says *what to read again*, so nothing is counted twice and nothing drifts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from typing_extensions import TypedDict

from acd.contact_states import ContactState
from acd.errors import AgentNotFound, ContactNotFound
from acd.router import Router
from app.http.queue_days import QueueDays
from app.http.viewers import Viewer, Viewers
from app.http.views import (
    WAITING,
    AgentView,
    ContactView,
    EventView,
    QueueView,
    agent_view,
    contact_view,
    event_view,
    queue_view,
)
from config.model import Settings
from core.errors import ParleyError
from core.event_log import EventLog
from core.events import Event, EventBus
from core.log import get_logger
from core.tasks import TaskOwner

log = get_logger(__name__)

EVENTS: Final = 40
_LINGER = 0.03  # gathers the events of one action into one message
_LINGER_UNWATCHED = 0.5  # only the metrics look: leave the machine to the calls
_READERS = 4  # of the pool's connections; the router needs the others
_RETRY = 0.5
_DAY_EVENTS = frozenset({"contact.connected", "contact.customer_left", "contact.ended"})

Row = ContactView | AgentView | QueueView
Change = tuple[str, str, Row | None]


class WallState(TypedDict):
    """The whole state; the newest event is last."""

    contacts: dict[str, ContactView]
    agents: dict[str, AgentView]
    queues: dict[str, QueueView]
    events: list[EventView]


class Wall:
    """Follows the bus from :meth:`start` to :meth:`close`.

    ``repair`` is how often (seconds) everything is read again in case an event was
    lost, ``day`` how long after a result the day's figures are read.
    """

    def __init__(
        self,
        router: Router,
        settings: Settings,
        bus: EventBus,
        events: EventLog,
        days: QueueDays,
        *,
        repair: float = 30.0,
        day: float = 1.0,
    ) -> None:
        self._router = router
        self._settings = settings
        self._bus = bus
        self._log = events
        self._days = days
        self._repair = repair
        self._day_delay = day
        self._tables: dict[str, dict[str, Any]] = {"contacts": {}, "agents": {}, "queues": {}}
        self._events: deque[EventView] = deque(maxlen=EVENTS)
        self._new_events: list[EventView] = []
        self._dirty: dict[str, set[str]] = {"contacts": set(), "agents": set()}
        self._all_dirty = False
        self._day_dirty = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks = TaskOwner("wall")
        self._listening = False
        self.viewers = Viewers(self.state)

    async def start(self) -> None:
        """Read everything, then follow. Raises what reading raises."""
        self._bus.listen(self._on_event)
        self._listening = True
        await self._days.refresh()
        last = await self._log.tail(EVENTS)
        self._events.extend(event_view(one.event) for one in last)
        self._put(await self._read_all())
        self._new_events.clear()
        self._tasks.start(self._follow(), name="follow")
        self._tasks.start(self._follow_day(), name="day")

    async def close(self) -> None:
        """Stop following and let the viewers go."""
        self._listening = False
        self.viewers.close()
        await self._tasks.close()

    def state(self) -> WallState:
        """As last read (milliseconds ago)."""
        return {
            "contacts": dict(self._tables["contacts"]),
            "agents": dict(self._tables["agents"]),
            "queues": dict(self._tables["queues"]),
            "events": list(self._events),
        }

    async def fresh(self) -> WallState:
        """Read from Redis now, whatever the wall believes."""
        tables = await self._tables_now()
        tables["events"] = [event_view(one.event) for one in await self._log.tail(EVENTS)]
        return tables  # type: ignore[return-value]

    def watch(self) -> Viewer:
        """Begin to watch: the state, then every change."""
        return self.viewers.join()

    def read_again(self) -> None:
        """Read everything soon, whatever was told."""
        self._all_dirty = True
        self._wake.set()

    def _on_event(self, event: Event) -> None:
        if not self._listening:
            return
        if event.contact_id is not None:
            self._dirty["contacts"].add(event.contact_id)
        if event.agent_id is not None:
            self._dirty["agents"].add(event.agent_id)
        if event.type in _DAY_EVENTS:
            self._day_dirty.set()
        self._new_events.append(event_view(event))
        del self._new_events[:-EVENTS]
        self._wake.set()

    async def _follow(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), self._repair)
            except TimeoutError:
                self._all_dirty = True
            await asyncio.sleep(_LINGER if len(self.viewers) else _LINGER_UNWATCHED)
            self._wake.clear()
            try:
                await self._step()
            except ParleyError as error:
                log.warning("wall.unreadable", code=error.code)
                self._wake.set()
                await asyncio.sleep(_RETRY)
            except Exception as error:  # a bug must not freeze every screen
                log.error("wall.failed", exc_info=error)
                self.read_again()
                await asyncio.sleep(_RETRY)

    async def _step(self) -> None:
        dirty, self._dirty = self._dirty, {"contacts": set(), "agents": set()}
        events, self._new_events = self._new_events, []
        try:
            if self._all_dirty:
                changes = self._put(await self._read_all())
                self._all_dirty = False
            else:
                changes = self._put(await self._read(dirty))
        except BaseException:
            for kind, ids in dirty.items():
                self._dirty[kind] |= ids
            self._new_events = [*events, *self._new_events][-EVENTS:]
            raise
        self._events.extend(events)
        if changes or events:
            self.viewers.send(changes, events)

    async def _follow_day(self) -> None:
        while True:
            await self._day_dirty.wait()
            await asyncio.sleep(self._day_delay)
            self._day_dirty.clear()
            if not await self._days.refresh():
                self._day_dirty.set()
            elif changes := self._put([]):
                self.viewers.send(changes, [])

    async def _read(self, dirty: dict[str, set[str]]) -> list[Change]:
        places = asyncio.Semaphore(_READERS)

        async def in_turn(read: Callable[[str], Awaitable[Change]], id_: str) -> Change:
            async with places:
                return await read(id_)

        contacts = [in_turn(self._contact, id_) for id_ in sorted(dirty["contacts"])]
        agents = [in_turn(self._agent, id_) for id_ in sorted(dirty["agents"])]
        return list(await asyncio.gather(*contacts, *agents))

    async def _contact(self, contact_id: str) -> Change:
        try:
            contact = await self._router.contacts.get(contact_id)
        except ContactNotFound:
            return "contacts", contact_id, None
        over = contact.state is ContactState.ENDED
        return "contacts", contact_id, None if over else contact_view(contact)

    async def _agent(self, agent_id: str) -> Change:
        person = self._settings.agents.get(agent_id)
        if person is None or not person.is_agent:
            return "agents", agent_id, None
        try:
            return "agents", agent_id, agent_view(await self._router.agents.get(agent_id), person)
        except AgentNotFound:
            return "agents", agent_id, None

    async def _read_all(self) -> list[Change]:
        tables = await self._tables_now(queues=False)
        changes: list[Change] = []
        for name in ("contacts", "agents"):
            gone = self._tables[name].keys() - tables[name].keys()
            changes += [(name, id_, None) for id_ in sorted(gone)]
            changes += [(name, id_, row) for id_, row in tables[name].items()]
        return changes

    async def _tables_now(self, *, queues: bool = True) -> dict[str, Any]:
        live = await self._router.contacts.live()
        people = self._settings.agents
        tables: dict[str, Any] = {
            "contacts": {c.id: contact_view(c) for c in live},
            "agents": {
                a.id: agent_view(a, people[a.id])
                for a in await self._router.agents.all()
                if a.id in people and people[a.id].is_agent
            },
        }
        if queues:
            tables["queues"] = self._queues(tables["contacts"], tables["agents"])
        return tables

    def _queues(
        self, contacts: dict[str, ContactView], agents: dict[str, AgentView]
    ) -> dict[str, QueueView]:
        everyone = list(agents.values())
        waiting: dict[str | None, list[ContactView]] = {}
        for contact in contacts.values():
            if contact["state"] in WAITING:
                waiting.setdefault(contact["queue"], []).append(contact)
        return {
            name: queue_view(queue, waiting.get(name, []), everyone, self._days.of(name))
            for name, queue in self._settings.queues.items()
        }

    def _put(self, changes: Iterable[Change]) -> list[Change]:
        """Take the rows over, and the queues that follow from them; what differs."""
        different = [change for change in changes if self._takes(change)]
        queues = self._queues(self._tables["contacts"], self._tables["agents"])
        rows: list[Change] = [("queues", name, row) for name, row in queues.items()]
        return [*different, *(change for change in rows if self._takes(change))]

    def _takes(self, change: Change) -> bool:
        table, id_, row = change
        known = self._tables[table]
        if known.get(id_) == row:
            return False
        if row is None:
            del known[id_]
        else:
            known[id_] = row
        return True
