"""The wall: what is going on now, kept up to date for everybody who watches.

The state is five tables (``contacts``, ``heard``, ``agents``, ``offers``, ``queues``, each
by id) and the last ``events``. A change is a list of ``[table, id, row or null]``: whoever
applies each to the tables has the state again. All of it is derived from Redis: an event
only says *what to read again*, so nothing is counted twice and nothing drifts. Events of
other processes come over the bus as well (:mod:`acd.feed`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from typing_extensions import TypedDict

from acd.contact_states import ContactState
from acd.errors import AgentNotFound
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from acd.router import Router
from app.hearing.moods import Moods, MoodView, is_heard
from app.http.expected_waits import ExpectedWaits
from app.http.queue_days import QueueDays
from app.http.queue_views import QueueView, Tally
from app.http.viewers import Viewer, Viewers
from app.http.views import (
    AgentView,
    ContactView,
    EventView,
    OfferView,
    agent_view,
    contact_view,
    event_view,
    offer_view,
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
_TABLES: Final = ("contacts", "heard", "agents", "offers")  # the queues follow from these
_STANDS: Final = frozenset({OfferState.PENDING, OfferState.ACCEPTED})
_DAY_EVENTS = frozenset({"contact.connected", "contact.customer_left", "contact.ended"})

Row = ContactView | AgentView | OfferView | QueueView | MoodView
Change = tuple[str, str, Row | None]


class WallState(TypedDict):
    """The whole state; ``heard`` has the contacts in progress that are listened to, or
    were. The newest event is last."""

    contacts: dict[str, ContactView]
    heard: dict[str, MoodView]
    agents: dict[str, AgentView]
    offers: dict[str, OfferView]
    queues: dict[str, QueueView]
    events: list[EventView]


class Wall:
    """Follows the bus from :meth:`start` to :meth:`close`.

    ``repair`` is how often (seconds) everything is read again in case an event was
    lost, ``day`` how long after a result the day's figures are read, ``waits`` and
    ``moods`` how often the expected waits, and what other processes hear, are asked for
    while somebody watches.
    """

    def __init__(
        self,
        router: Router,
        settings: Settings,
        bus: EventBus,
        events: EventLog,
        days: QueueDays,
        heard: Moods,
        *,
        repair: float = 30.0,
        day: float = 1.0,
        waits: float = 2.0,
        moods: float = 1.0,
    ) -> None:
        self._router = router
        self._settings = settings
        self._bus = bus
        self._log = events
        self._days = days
        self._repair = repair
        self._day_delay = day
        self._waits_every = waits
        self._moods_every = moods
        self._moods = heard
        self._waits = ExpectedWaits(router, list(settings.queues))
        self._suffices: dict[str, Any] = {}  # shared by the tallies
        self._tally = self._new_tally()
        self._tables: dict[str, dict[str, Any]] = {name: {} for name in (*_TABLES, "queues")}
        self._offer_of: dict[str, str] = {}  # contact -> offer, as shown
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
        await self._waits.refresh()
        await self._moods.refresh()
        last = await self._log.tail(EVENTS)
        self._events.extend(event_view(one.event) for one in last)
        self._put(await self._read_all())
        self._new_events.clear()
        self._tasks.start(self._follow(), name="follow")
        self._tasks.start(self._follow_day(), name="day")
        self._tasks.start(self._follow_waits(), name="waits")
        self._tasks.start(self._follow_moods(), name="moods")

    async def close(self) -> None:
        """Stop following and let the viewers go."""
        self._listening = False
        self.viewers.close()
        await self._tasks.close()

    def state(self) -> WallState:
        """As last read (milliseconds ago)."""
        tables = self._tables
        return {
            "contacts": dict(tables["contacts"]),
            "heard": dict(tables["heard"]),
            "agents": dict(tables["agents"]),
            "offers": dict(tables["offers"]),
            "queues": dict(tables["queues"]),
            "events": list(self._events),
        }

    async def fresh(self) -> WallState:
        """Read from Redis now, whatever the wall believes."""
        if await self._waits.refresh():
            self._tally.touch_all()
            self._wake.set()
        if await self._moods.refresh():
            self._moods.changed.set()
        tables = await self._tables_now()
        tally = self._new_tally()
        for contact_id, row in tables["contacts"].items():
            tally.contact(contact_id, None, row)
        for agent_id, row in tables["agents"].items():
            tally.agent(agent_id, row)
        tables["queues"] = tally.rows()
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
        if not self._listening or is_heard(event):
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
                await self._moods.forget(self._tables["contacts"].keys(), time.time())
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
                continue
            self._tally.touch_all()
            if changes := self._put([]):
                self.viewers.send(changes, [])

    async def _follow_waits(self) -> None:
        """Nobody looks: nobody needs to know."""
        while True:
            await asyncio.sleep(self._waits_every)
            if len(self.viewers) and await self._waits.refresh():
                self._tally.touch_all()
                if changes := self._put([]):
                    self.viewers.send(changes, [])

    async def _follow_moods(self) -> None:
        """At once what this process hears; now and then what others do."""
        while True:
            try:
                await asyncio.wait_for(self._moods.changed.wait(), self._moods_every)
            except TimeoutError:
                if not len(self.viewers):
                    continue
            self._moods.changed.clear()
            try:
                await self._moods.refresh()
            except ParleyError as error:
                log.warning("wall.moods_unreadable", code=error.code)
                continue
            if changes := self._put(self._mood_changes()):
                self.viewers.send(changes, [])

    def _mood_changes(self) -> list[Change]:
        ids = self._tables["contacts"].keys() | self._tables["heard"].keys()
        return [("heard", id_, self._mood(id_)) for id_ in sorted(ids)]

    def _mood(self, contact_id: str) -> MoodView | None:
        shown = contact_id in self._tables["contacts"]
        return self._moods.rows.get(contact_id) if shown else None

    async def _read(self, dirty: dict[str, set[str]]) -> list[Change]:
        places = asyncio.Semaphore(_READERS)

        async def in_turn(read: Callable[[str], Awaitable[list[Change]]], id_: str) -> list[Change]:
            async with places:
                return await read(id_)

        contacts = [in_turn(self._contact, id_) for id_ in sorted(dirty["contacts"])]
        agents = [in_turn(self._agent, id_) for id_ in sorted(dirty["agents"])]
        return [change for part in await asyncio.gather(*contacts, *agents) for change in part]

    async def _contact(self, contact_id: str) -> list[Change]:
        """A contact, and the offer by which it rings."""
        scene = await self._router.store.scene("contact", contact_id)
        contact, changes = scene.contact, list[Change]()
        live = contact is not None and contact.state is not ContactState.ENDED
        offer = scene.offer if contact is not None and _shown(contact, scene.offer) else None
        before = self._offer_of.get(contact_id)
        if before is not None and (offer is None or offer.id != before):
            changes.append(("offers", before, None))
        if offer is not None:
            changes.append(("offers", offer.id, offer_view(offer)))
        row = contact_view(contact) if contact is not None and live else None
        mood = self._moods.rows.get(contact_id) if live else None
        return [*changes, ("contacts", contact_id, row), ("heard", contact_id, mood)]

    async def _agent(self, agent_id: str) -> list[Change]:
        try:
            row = self._agent_row(await self._router.agents.get(agent_id))
        except AgentNotFound:
            row = None
        return [("agents", agent_id, row)]

    def _agent_row(self, agent: Agent) -> AgentView | None:
        person = self._settings.agents.get(agent.id)
        if person is None or not person.is_agent:
            return None
        return agent_view(agent, person, self._router.config_of(agent))

    async def _read_all(self) -> list[Change]:
        tables = await self._tables_now()
        changes: list[Change] = []
        for name in _TABLES:
            gone = self._tables[name].keys() - tables[name].keys()
            changes += [(name, id_, None) for id_ in sorted(gone)]
            changes += [(name, id_, row) for id_, row in tables[name].items()]
        return changes

    async def _tables_now(self) -> dict[str, Any]:
        live = await self._router.contacts.live()
        ringing = [c.offer_id for c in live if c.state is ContactState.OFFERED and c.offer_id]
        offers = await self._router.store.offers(ringing)
        of_contact = {c.id: offers.get(c.offer_id or "") for c in live}
        agents = {a.id: self._agent_row(a) for a in await self._router.agents.all()}
        rows = self._moods.rows
        return {
            "contacts": {c.id: contact_view(c) for c in live},
            "heard": {c.id: rows[c.id] for c in live if c.id in rows},
            "agents": {id_: row for id_, row in agents.items() if row is not None},
            "offers": {
                offer.id: offer_view(offer)
                for c in live
                if (offer := of_contact[c.id]) is not None and _shown(c, offer)
            },
        }

    def _new_tally(self) -> Tally:
        return Tally(
            self._settings.queues, self._router.directory, self._days, self._waits, self._suffices
        )

    def _put(self, changes: Iterable[Change]) -> list[Change]:
        """Take the rows over, and the queues that follow from them; what differs."""
        different = [change for change in changes if self._takes(change)]
        rows: list[Change] = [("queues", name, row) for name, row in self._tally.rows().items()]
        return [*different, *(change for change in rows if self._takes(change))]

    def _takes(self, change: Change) -> bool:
        table, id_, row = change
        known = self._tables[table]
        old: Any = known.get(id_)
        new: Any = row
        if old == new:
            return False
        if new is None:
            del known[id_]
        else:
            known[id_] = new
        if table == "contacts":
            self._tally.contact(id_, old, new)
        elif table == "agents":
            self._tally.agent(id_, new)
        elif table == "offers" and new is None:
            if self._offer_of.get(old["contact_id"]) == id_:
                del self._offer_of[old["contact_id"]]
        elif table == "offers":
            self._offer_of[new["contact_id"]] = id_
        return True


def _shown(contact: Contact, offer: Offer | None) -> bool:
    """Whether ``offer`` is the one by which the contact rings, or is being joined."""
    rings = contact.state is ContactState.OFFERED
    return offer is not None and rings and offer.id == contact.offer_id and offer.state in _STANDS
