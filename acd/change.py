"""One change of the state: what is written together, or not at all.

The moves of contacts, agents and offers (``acd.moves``, ``acd.agents``,
``acd.claim``) alter the objects and note them here. Where a thing waits (the
lines of contacts and of ready agents) is derived from its state, before and
after, so that the two can never disagree.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acd import choice, codec, order
from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import Agent, Contact, Offer
from acd.offer_states import OfferState
from core.clock import to_epoch
from core.events import Event
from core.redis import Keys

Thing = Contact | Agent | Offer

STREAM_ENTRIES = 100_000
OFFER_KEPT_SECONDS = 3600  # so that a late answer can be told why it is refused
# One that stands outlives every ringing and talk, but not for ever a contact that is gone.
OFFER_STANDS_SECONDS = 24 * 3600
_STANDS = frozenset({OfferState.PENDING, OfferState.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a line: a sorted set, and the set that lists the non-empty ones."""

    line: str
    member: str
    registry: str
    score: float


@dataclass(slots=True)
class Entry:
    """A thing that is changed, and how it was before."""

    key: str
    thing: Thing
    version: int  # that must be stored now; 0: must not exist
    before: list[Place]
    offer_was: OfferState | None = None


def places_of(thing: Thing, keys: Keys) -> list[Place]:
    """Where ``thing`` has to stand, by its state."""
    if isinstance(thing, Contact) and thing.state is ContactState.QUEUED:
        score = order.rank(thing)
        line = keys("wait", choice.need_of(thing))
        assert thing.queue is not None
        return [
            Place(line, thing.id, keys("needs"), score),
            Place(keys("queue", thing.queue), thing.id, "", score),
        ]
    if isinstance(thing, Agent) and thing.state is AgentState.READY:
        assert thing.idle_since is not None
        line = keys("ready", choice.profile_of(thing))
        return [Place(line, thing.id, keys("profiles"), to_epoch(thing.idle_since))]
    return []


@dataclass(slots=True)
class Change:
    """Gathers one atomic write; :meth:`acd.store.Store.commit` performs it."""

    keys: Keys
    now: datetime
    entries: dict[str, Entry] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    room: list[tuple[str, int]] = field(default_factory=list)

    def touch(self, thing: Thing) -> None:
        """Note ``thing`` *before* it is altered; again is harmless."""
        kind = type(thing).__name__.lower()
        key = self.keys(kind, thing.id)
        if key in self.entries:
            return
        new = thing.version == 0
        entry = Entry(key, thing, thing.version, [] if new else places_of(thing, self.keys))
        if isinstance(thing, Offer) and not new:
            entry.offer_was = thing.state
        self.entries[key] = entry
        thing.version += 1

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
        self, type_: str, *, agent_id: str, contact_id: str | None, data: Mapping[str, Any]
    ) -> None:
        """Add an event that belongs to no contact's own list."""
        self.events.append(
            Event(type=type_, at=self.now, agent_id=agent_id, contact_id=contact_id, data=data)
        )

    def require_room(self, queue: str, most: int) -> None:
        """Let the write fail as full if ``queue`` already holds ``most`` contacts."""
        self.room.append((self.keys("queue", queue), most))

    @property
    def empty(self) -> bool:
        """Whether nothing was changed and nothing told."""
        return not self.entries and not self.events

    def joined(self) -> bool:
        """Whether somebody now waits who did not, or elsewhere than before."""
        return any(
            set(places_of(entry.thing, self.keys)) - set(entry.before)
            for entry in self.entries.values()
        )

    def arguments(self) -> list[str]:
        """What the commit script takes."""
        texts: list[str] = []
        token = secrets.token_hex(8)  # two writes are never alike, see commit.lua

        def text(raw: Mapping[str, Any]) -> int:
            texts.append(codec.dumps(raw))
            return len(texts) + 1

        plan: dict[str, Any] = {
            "things": [], "room": self.room, "leave": [], "join": [], "add": [], "dirty": [],
            "stream": [self.keys("events"), STREAM_ENTRIES],
        }  # fmt: skip
        for entry in self.entries.values():
            raw = codec.to_dict(entry.thing)
            raw["write"] = token
            self._plan_thing(plan, entry, text(raw))
        plan["events"] = [
            [self.keys("contact", event.contact_id or "", "events") if event.seq else "", index]
            for event in self.events
            for index in [text(event.as_dict())]
        ]
        return [codec.dumps(plan), *texts]

    def _plan_thing(self, plan: dict[str, Any], entry: Entry, index: int) -> None:
        thing = entry.thing
        life = 0
        if isinstance(thing, Offer):
            life = OFFER_STANDS_SECONDS if thing.state in _STANDS else OFFER_KEPT_SECONDS
        plan["things"].append([entry.key, entry.version, index, life])
        after = places_of(thing, self.keys)
        plan["leave"] += [
            [place.line, place.member, place.registry]
            for place in entry.before
            if place not in after
        ]
        plan["join"] += [
            [place.line, place.member, place.registry, repr(place.score)]
            for place in after
            if place not in entry.before
        ]
        if isinstance(thing, Contact):
            plan["dirty"].append([self.keys("dirty"), thing.id, str(thing.version)])
        if entry.version == 0 and not isinstance(thing, Offer):
            kind = "contacts" if isinstance(thing, Contact) else "agents"
            plan["add"].append([self.keys(kind), thing.id])
