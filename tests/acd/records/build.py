"""Contacts that live through a call in steps, as the ACD would write them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd import codec
from acd.contact_states import ContactState
from acd.model import Contact, EndReason, Medium, Segment, SegmentKind
from acd.records.rows import DISPOSED, Rows, build
from acd.records.tables import ContactRow, DispositionRow, EventRow, RecordingRow, SegmentRow
from core import ids
from core.event_log import FIELD, STREAM, encode
from core.events import Event
from core.redis import Keys

START = datetime(2026, 3, 4, 9, 0, 0, 250000, tzinfo=UTC)
CUSTOMER = "+493055501234"


@dataclass
class Version:
    """A contact at one version, with all its events so far."""

    contact: Contact
    events: list[Event]

    def rows(self) -> Rows:
        return build(self.contact, self.events)


@dataclass
class Call:
    """A contact that changes; :attr:`versions` keeps how it was each time."""

    contact: Contact
    at: datetime = START
    events: list[Event] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.contact.id

    def step(self, what: str, seconds: float = 0, **data: Any) -> Call:
        """``seconds`` pass, then ``what`` happens: one more version."""
        self.at += timedelta(seconds=seconds)
        self.contact.version += 1
        self.contact.event_seq += 1
        self.events.append(
            Event(
                type=what, at=self.at, contact_id=self.id, agent_id=self.contact.agent_id,
                seq=self.contact.event_seq, data=data,
            )
        )  # fmt: skip
        self.versions.append(Version(copy.deepcopy(self.contact), list(self.events)))
        return self

    def begin(self, kind: SegmentKind, after: float, **fields: Any) -> Call:
        """After a time the open stretch ends and one of ``kind`` begins."""
        at = self.at + timedelta(seconds=after)
        for segment in self.contact.segments:
            if segment.ended_at is None:
                segment.ended_at = at
        self.contact.segments.append(
            Segment(id=ids.new_id(ids.SEGMENT), kind=kind, started_at=at, **fields)
        )
        return self.step(f"contact.{kind.value}_began", after)

    def end(self, after: float, reason: EndReason) -> Call:
        """The last version."""
        at = self.at + timedelta(seconds=after)
        for segment in self.contact.segments:
            if segment.ended_at is None:
                segment.ended_at = at
        self.contact.state = ContactState.ENDED
        self.contact.ended_at = at
        self.contact.end_reason = reason
        return self.step("contact.ended", after, reason=reason.value)

    async def save(self, redis: Redis, keys: Keys, version: Version | None = None) -> None:
        """Write it to Redis in one atomic step, as the ACD does."""
        version = version or self.versions[-1]
        contact = codec.encode(version.contact)
        events = [codec.encode(event.as_dict()) for event in version.events]
        pipe = redis.pipeline(transaction=True)
        pipe.set(keys("contact", self.id), contact)
        pipe.delete(keys("contact", self.id, "events"))
        pipe.rpush(keys("contact", self.id, "events"), *events)
        pipe.sadd(keys("contacts"), self.id)
        pipe.hset(keys("dirty"), self.id, str(version.contact.version))
        pipe.xadd(keys(STREAM), {FIELD: encode(version.events[-1])})
        await pipe.execute()


def arrive(at: datetime = START, **fields: Any) -> Call:
    """A contact that has just arrived."""
    contact = Contact(
        id=ids.new_id(ids.CONTACT), medium=Medium.VOICE, channel="phone", direction="inbound",
        created_at=at, **{"customer_number": CUSTOMER, "dialled_number": "4000", **fields},
    )  # fmt: skip
    return Call(contact, at).step("contact.arrived")


def whole_call(**fields: Any) -> Call:
    """IVR 5 s, queue 20 s (ring 4 s), talk 60 s, hold 15 s, talk 30 s, wrap-up 10 s."""
    call = arrive(business="parley-bank", language="de", **fields)
    call.contact.state = ContactState.IVR
    call.begin(SegmentKind.IVR, 0.5)
    call.contact.state, call.contact.queue = ContactState.QUEUED, "cards"
    call.contact.enqueued_at = call.at + timedelta(seconds=5)
    call.begin(SegmentKind.QUEUE, 5, queue="cards")
    waiting = call.contact.segments[-1]
    call.contact.state = ContactState.OFFERED
    call.begin(SegmentKind.RING, 16, queue="cards", agent_id="anna")
    waiting.ended_at = None  # ringing lies within it
    call.contact.state, call.contact.agent_id = ContactState.CONNECTED, "anna"
    call.contact.segments[-1].outcome = waiting.outcome = "answered"
    call.begin(SegmentKind.TALK, 4, agent_id="anna")
    call.begin(SegmentKind.HOLD, 60, agent_id="anna")
    call.begin(SegmentKind.TALK, 15, agent_id="anna")
    call.contact.state = ContactState.WRAP_UP
    call.contact.hangup_cause = 16
    call.contact.recordings.append(
        {
            "id": ids.new_id(ids.RECORDING), "path": "2026/03/04/x.wav", "agent_id": "anna",
            "started_at": call.at.timestamp(), "channels": 2, "sample_rate": 8000,
            "bytes": 3_360_044, "codec": "slin",
        }
    )  # fmt: skip
    call.begin(SegmentKind.WRAP_UP, 30, agent_id="anna")
    call.contact.disposition = "resolved"
    call.step(DISPOSED, 2, disposition="resolved", note="new card ordered")
    return call.end(8, EndReason.CUSTOMER_HUNG_UP)


async def everything(engine: AsyncEngine, contact_id: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of a contact, as a comparable value."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with engine.connect() as connection:
        for kind in (ContactRow, SegmentRow, EventRow, RecordingRow, DispositionRow):
            table = kind.__table__
            column = table.c.id if kind is ContactRow else table.c.contact_id
            result = await connection.execute(
                select(table).where(column == contact_id).order_by(table.c.id)
            )
            found[kind.__tablename__] = [dict(row) for row in result.mappings()]
    return found


async def dirty(redis: Redis, keys: Keys) -> dict[str, str]:
    """The hash of contacts to be stored."""
    answer: Any = await redis.hgetall(keys("dirty"))
    return dict(answer)
