"""One change of the state: what is written together, or not at all.

The moves of contacts, agents and offers (``acd.moves``, ``acd.agents``,
``acd.claim``) alter the objects and note them here. Where a contact waits is derived
from its state, before and after, so that the two can never disagree.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from acd import codec
from acd.contact_states import ContactState
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from core.event_log import MAXLEN, STREAM
from core.events import Event
from core.redis import Keys

Thing = Contact | Agent | Offer

OFFER_KEPT_SECONDS = 3600  # so that a late answer can be told why it is refused
# One that stands outlives every ringing and talk, but not for ever a contact that is gone.
OFFER_STANDS_SECONDS = 24 * 3600
_STANDS = frozenset({OfferState.PENDING, OfferState.ACCEPTED})
_PROCESS = secrets.token_hex(5)
_number = count()
_MOST_EVENTS = str(MAXLEN)
_KIND = {Contact: "contact", Agent: "agent", Offer: "offer"}


def key_of(thing: Thing, keys: Keys) -> str:
    """Where ``thing`` is stored."""
    return keys(_KIND[type(thing)], thing.id)


def front_of(thing: Thing) -> str:
    """How the JSON of ``thing`` begins: the version, and by which write it was made."""
    return f'{{"version":{thing.version},"stamp":"{thing.stamp}",'


def place_of(contact: Contact) -> tuple[str, float] | None:
    """The queue in which the contact stands, and its rank there; None: it does not
    wait."""
    if contact.state is ContactState.QUEUED:
        assert contact.queue is not None
        return contact.queue, contact.rank
    return None


@dataclass(slots=True)
class Entry:
    """A thing that is changed, and how it was before."""

    key: str
    thing: Thing
    new: bool
    expected: str  # how what is stored now must begin; empty: must not exist
    place: tuple[str, float] | None = None  # where a contact stood
    offer_was: OfferState | None = None
    text: bytes = b""  # as it is written


@dataclass(slots=True)
class Change:
    """Gathers one atomic write; :meth:`acd.store.Store.commit` performs it.

    ``day`` is the date, in the company's zone, for counts that begin anew each day.
    """

    keys: Keys
    now: datetime
    day: str = ""
    stamp: str = field(default_factory=lambda: f"{_PROCESS}{next(_number):x}")
    entries: dict[str, Entry] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    room: list[tuple[str, int, str]] = field(default_factory=list)
    read: list[Thing] = field(default_factory=list)  # what the decision rests on
    fence: tuple[str, str] | None = None  # key and the value it must have
    notes: list[tuple[str, str, int]] = field(default_factory=list)  # key, value, seconds

    def touch(self, thing: Thing) -> None:
        """Note ``thing`` *before* it is altered; again is harmless."""
        key = key_of(thing, self.keys)
        if key in self.entries:
            return
        new = thing.version == 0
        entry = Entry(key, thing, new, "" if new else front_of(thing))
        if not new:
            if isinstance(thing, Contact):
                entry.place = place_of(thing)
            elif isinstance(thing, Offer):
                entry.offer_was = thing.state
        self.entries[key] = entry
        thing.version += 1
        thing.stamp = self.stamp

    def rests_on(self, things: Iterable[Thing | None]) -> None:
        """Let the write fail if one of these has changed since it was read."""
        self.read += [thing for thing in things if thing is not None]

    def tell_contact(self, contact: Contact, what: str, **data: Any) -> None:
        """Add ``contact.<what>`` to the contact's events (touches the contact)."""
        self.touch(contact)
        contact.event_seq += 1
        self.events.append(
            Event(
                type=f"contact.{what}",
                at=self.now,
                contact_id=contact.id,
                agent_id=contact.agent_id,
                seq=contact.event_seq,
                data={"state": contact.state.value, "queue": contact.queue, **data},
            )
        )

    def tell(
        self, type_: str, *, agent_id: str | None, contact_id: str | None, data: Mapping[str, Any]
    ) -> None:
        """Add an event that belongs to no contact's own list."""
        self.events.append(
            Event(type=type_, at=self.now, agent_id=agent_id, contact_id=contact_id, data=data)
        )

    def require_room(self, queue: str, most: int, contact_id: str) -> None:
        """Let the write fail as full if ``queue`` already holds ``most`` others."""
        self.room.append((self.keys("queue", queue), most, contact_id))

    def note(self, key: str, value: str, seconds: int) -> None:
        """Write a small key besides."""
        self.notes.append((key, value, seconds))

    @property
    def empty(self) -> bool:
        """Whether nothing was changed and nothing told."""
        return not self.entries and not self.events

    @property
    def things(self) -> list[Thing]:
        """What is changed."""
        return [entry.thing for entry in self.entries.values()]

    def encode(self) -> None:
        """Fix what is written: nothing may be altered after this."""
        for entry in self.entries.values():
            entry.text = codec.encode(entry.thing)

    def operations(self) -> list[str]:
        """What the commit script takes, see ``lua/commit.lua``; after :meth:`encode`."""
        keys, entries = self.keys, self.entries
        ops: list[str] = []
        for entry in entries.values():
            ops += ("V", entry.key, entry.expected)
        for thing in self.read:
            key = key_of(thing, keys)
            if key not in entries:
                ops += ("V", key, front_of(thing))
        if self.fence is not None:
            ops += ("E", *self.fence)
        for room in self.room:
            ops += ("R", room[0], str(room[1]), room[2])
        for entry in entries.values():
            self._write(ops, entry)
        for name, value, seconds in self.notes:
            ops += ("S", name, value, str(seconds))
        stream = keys(STREAM)
        for event in self.events:
            text = codec.encode(event.as_dict()).decode()
            if event.seq:
                ops += ("L", keys("contact", event.contact_id or "", "events"), text)
            ops += ("X", stream, _MOST_EVENTS, text)
        ops.append(";")
        return ops

    def _write(self, ops: list[str], entry: Entry) -> None:
        thing, keys, life = entry.thing, self.keys, "0"
        if isinstance(thing, Offer):
            life = str(OFFER_STANDS_SECONDS if thing.state in _STANDS else OFFER_KEPT_SECONDS)
        ops += ("T", entry.key, entry.text.decode(), life)
        if isinstance(thing, Contact):
            ops += ("H", keys("dirty"), thing.id, str(thing.version))
            place = place_of(thing)
            if place != entry.place:
                if entry.place is not None and (place is None or place[0] != entry.place[0]):
                    ops += ("z", keys("queue", entry.place[0]), thing.id)
                if place is not None:
                    ops += ("Z", keys("queue", place[0]), repr(place[1]), thing.id)
        if entry.new and not isinstance(thing, Offer):
            registry = "contacts" if isinstance(thing, Contact) else "agents"
            ops += ("A", keys(registry), thing.id)
