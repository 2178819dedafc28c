"""The wall: what is going on now, kept up to date for everybody who watches.

The state is five tables (``contacts``, ``heard``, ``agents``, ``offers``, ``queues``, each
by id) and the last ``events``. A change is a list of ``[table, id, row or null]``: whoever
applies each to the tables has the state again. All of it is derived from Redis: an event
only says *what to read again*, so nothing is counted twice and nothing drifts. Events of
other processes come over the bus as well (:mod:`acd.feed`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from redis.exceptions import RedisError
from typing_extensions import TypedDict

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
    event_view,
)
from app.http.wall_rows import TABLES, Change, WallRows
from config.model import Settings
from core.clock import STEADY, to_epoch
from core.errors import ParleyError
from core.event_log import EventLog
from core.events import Event, EventBus
from core.log import get_logger
from core.redis import RedisUnavailable
from core.tasks import TaskOwner

log = get_logger(__name__)

EVENTS: Final = 40
_LINGER = 0.03  # gathers the events of one action into one message
_LINGER_UNWATCHED = 0.5  # only the metrics look: leave the machine to the calls
_READERS = 4  # of the pool's connections; the router needs the others
_RETRY = 0.5
_CATCH_UP = 5.0
_DAY_EVENTS = frozenset({"contact.connected", "contact.customer_left", "contact.ended"})


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
        self._rows = WallRows(router, settings, heard)
        self._waits = ExpectedWaits(router, list(settings.queues))
        self._suffices: dict[str, Any] = {}  # shared by the tallies
        self._tally = self._new_tally()
        self._tables: dict[str, dict[str, Any]] = {name: {} for name in (*TABLES, "queues")}
        self._offer_of: dict[str, str] = {}  # contact -> offer, as shown
        self._events: deque[EventView] = deque(maxlen=EVENTS)
        self._new_events: list[EventView] = []
        self._dirty: dict[str, set[str]] = {"contacts": set(), "agents": set()}
        self._all_dirty = False
        self._gap = False  # events may have passed us by
        self._day_dirty = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks = TaskOwner("wall")
        self._listening = False
        self.viewers = Viewers(self.state)

    async def start(self) -> None:
        """Read everything, then follow. Raises what reading raises."""
        self._bus.listen(self._on_event)
        self._router.feed.on_gap.append(self._after_gap)
        self._router.on_recovered.append(self._recovered)
        self._listening = True
        await self._days.refresh()
        await self._waits.refresh()
        await self._moods.refresh()
        last = await self._log.tail(EVENTS)
        self._events.extend(event_view(one.event) for one in last)
        self._put(await self._read_all())
        self._new_events.clear()
        self._tasks.keep(self._follow, name="follow")
        self._tasks.keep(self._follow_day, name="day")
        self._tasks.keep(self._follow_waits, name="waits")
        self._tasks.keep(self._follow_moods, name="moods")

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
        tables = await self._rows.tables()
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

    def _after_gap(self) -> None:
        """What others wrote could not be heard for a while."""
        self._gap = True
        self.read_again()

    async def _recovered(self) -> None:
        """Redis was away, or this process asleep, for longer than others wait."""
        self._after_gap()

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
        everything, self._all_dirty = self._all_dirty, False
        gap, self._gap = self._gap, False
        try:
            if gap:
                events = await self._missed()
            if everything:
                changes = self._put(await self._read_all())
                await self._moods.forget(self._tables["contacts"].keys(), to_epoch(STEADY.now()))
            else:
                changes = self._put(await self._read(dirty))
        except BaseException:
            for kind, ids in dirty.items():
                self._dirty[kind] |= ids
            self._new_events = [*events, *self._new_events][-EVENTS:]
            self._all_dirty |= everything
            self._gap |= gap
            raise
        shown = {event["id"] for event in self._events}
        events = [event for event in events if event["id"] not in shown]
        self._events.extend(events)
        if changes or events:
            self.viewers.send(changes, events)

    async def _missed(self) -> list[EventView]:
        """After a gap: the last events, whether we were told of them or not. What the feed
        still tells of the time before is not to come after them."""
        try:
            async with asyncio.timeout(_CATCH_UP):
                await self._router.feed.caught_up()
        except (RedisError, OSError, TimeoutError) as error:
            raise RedisUnavailable("What others wrote cannot be read.", hint="Wait.") from error
        self._new_events.clear()
        return [event_view(one.event) for one in await self._log.tail(EVENTS)]

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
        agents = [in_turn(self._rows.agent, id_) for id_ in sorted(dirty["agents"])]
        return [change for part in await asyncio.gather(*contacts, *agents) for change in part]

    async def _contact(self, contact_id: str) -> list[Change]:
        return await self._rows.contact(contact_id, self._offer_of.get(contact_id))

    async def _read_all(self) -> list[Change]:
        tables = await self._rows.tables()
        changes: list[Change] = []
        for name in TABLES:
            gone = self._tables[name].keys() - tables[name].keys()
            changes += [(name, id_, None) for id_ in sorted(gone)]
            changes += [(name, id_, row) for id_, row in tables[name].items()]
        return changes

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
