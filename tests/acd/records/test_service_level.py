"""Results of queues, and dispositions that came late, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.model import Contact, EndReason, Medium, Segment, SegmentKind
from acd.records.dispositions import LateDispositions
from acd.records.queries import ContactHistory
from acd.records.rows import build
from acd.records.service_level import QueueResult, queue_results
from acd.records.store import store
from core import ids
from tests.acd.records.build import START


async def stay(
    engine: AsyncEngine, queue: str, seconds: float | None, outcome: str | None,
    *, after: float = 0, agent_id: str | None = None, state: ContactState = ContactState.ENDED,
) -> str:  # fmt: skip
    """A stored contact that stayed in a queue for ``seconds`` (None: it still does)."""
    began = START + timedelta(seconds=after)
    ended = None if seconds is None else began + timedelta(seconds=seconds)
    contact = Contact(
        id=ids.new_id(ids.CONTACT), medium=Medium.VOICE, channel="phone", direction="inbound",
        created_at=began, queue=queue, state=state, end_reason=EndReason.CUSTOMER_HUNG_UP,
        version=1,
    )  # fmt: skip
    contact.segments.append(
        Segment(
            id=ids.new_id(ids.SEGMENT), kind=SegmentKind.QUEUE, started_at=began,
            ended_at=ended, queue=queue, outcome=outcome,
        )
    )  # fmt: skip
    if agent_id is not None:
        contact.segments.append(
            Segment(
                id=ids.new_id(ids.SEGMENT), kind=SegmentKind.TALK, started_at=began,
                ended_at=began, queue=queue, agent_id=agent_id,
            )
        )  # fmt: skip
    await store(engine, [build(contact, [])])
    return contact.id


async def test_results_count_what_ended_within_the_time(engine: AsyncEngine) -> None:
    await stay(engine, "cards", 19.999, "answered")
    await stay(engine, "cards", 20.0, "answered")
    await stay(engine, "cards", 20.001, "answered")
    await stay(engine, "cards", 3, "abandoned")
    await stay(engine, "cards", 3, "moved")  # to another queue: not this one's result
    await stay(engine, "cards", None, None)
    await stay(engine, "cards", 1, "answered", after=-1)  # before the time asked for
    await stay(engine, "loans", 39.5, "answered")
    await stay(engine, "elsewhere", 1, "answered")
    found = await queue_results(engine, START, {"cards": 20.0, "loans": 40.0, "accounts": 20.0})
    assert found == {
        "cards": QueueResult(answered=3, abandoned=1, within=2),
        "loans": QueueResult(answered=1, abandoned=0, within=1),
        "accounts": QueueResult(),
    }
    assert found["cards"].service_level == 0.5
    assert found["accounts"].service_level is None
    assert await queue_results(engine, START, {}) == {}


async def test_a_late_disposition_counts_and_the_earlier_one_stays(engine: AsyncEngine) -> None:
    late = LateDispositions(engine)
    contact_id = await stay(engine, "cards", 1, "answered", agent_id="wang.fang")
    assert await late.served(contact_id, "wang.fang")
    assert not await late.served(contact_id, "li.wei")
    await late.add(contact_id, "resolved", by="wang.fang", at=START)
    later = START + timedelta(seconds=5)
    await late.add(contact_id, "complaint", by="wang.fang", at=later, note="odd \x00 text")
    record = await ContactHistory(engine).get(contact_id)
    assert record.contact.disposition == "complaint"
    assert [(d.code, d.at, d.note) for d in record.dispositions] == [
        ("resolved", START, ""),
        ("complaint", later, "odd \ufffd text"),
    ]


async def test_none_is_added_to_what_has_not_ended(engine: AsyncEngine) -> None:
    late = LateDispositions(engine)
    contact_id = await stay(engine, "cards", None, None, state=ContactState.QUEUED)
    for id_ in (contact_id, "con_nobody"):
        with pytest.raises(ContactNotFound):
            await late.add(id_, "resolved", by="wang.fang", at=START)
    record = await ContactHistory(engine).get(contact_id)
    assert record.contact.disposition is None
    assert record.dispositions == []
