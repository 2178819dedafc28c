"""Reading the history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import ContactNotFound
from acd.model import EndReason, SegmentKind
from acd.records.queries import ContactFilter, ContactHistory
from acd.records.store import store
from core.database import DatabaseUnavailable, create_engine
from core.errors import BadInput
from tests.acd.records.build import CUSTOMER, START, Call, arrive, whole_call


@pytest.fixture
def history(engine: AsyncEngine) -> ContactHistory:
    return ContactHistory(engine)


async def keep(engine: AsyncEngine, *calls: Call) -> None:
    await store(engine, [call.versions[-1].rows() for call in calls])


async def test_pages_give_every_contact_once(engine: AsyncEngine, history: ContactHistory) -> None:
    """Also when several were created at the same instant, and when more arrive."""
    calls = [arrive(START + timedelta(microseconds=n // 4)) for n in range(30)]
    await keep(engine, *calls)
    wanted = sorted(calls, key=lambda c: (c.contact.created_at, c.id), reverse=True)
    found: list[str] = []
    after = None
    while True:
        page = await history.find(limit=7, after=after)
        found += [row.id for row in page.contacts]
        await keep(engine, arrive(START + timedelta(hours=1)))
        if (after := page.next) is None:
            break
    assert found == [call.id for call in wanted]


async def test_the_last_page_is_known_as_such(engine: AsyncEngine, history: ContactHistory) -> None:
    await keep(engine, *(arrive() for _ in range(4)))
    assert (await history.find(limit=4)).next is None
    page = await history.find(limit=3)
    assert len(page.contacts) == 3
    assert page.next is not None
    assert len((await history.find(limit=3, after=page.next)).contacts) == 1


async def test_filters(engine: AsyncEngine, history: ContactHistory) -> None:
    whole = whole_call()
    abandoned = arrive(START + timedelta(hours=1), customer_number="+4989_1234")
    abandoned.contact.queue = "loans"
    abandoned.begin(SegmentKind.QUEUE, 1, queue="cards")
    abandoned.begin(SegmentKind.QUEUE, 1, queue="loans")
    abandoned.begin(SegmentKind.RING, 1, queue="loans", agent_id="ben")
    abandoned.end(9, EndReason.ABANDONED_IN_QUEUE)
    fresh = arrive(START + timedelta(hours=2), business="shop")
    fresh.contact.queue = "shop"  # refused before it waited
    fresh.step("contact.refused")
    await keep(engine, whole, abandoned, fresh)

    async def found(**wanted: object) -> list[Call]:
        page = await history.find(ContactFilter(**wanted))  # type: ignore[arg-type]
        by_id = {call.id: call for call in (whole, abandoned, fresh)}
        return [by_id[row.id] for row in page.contacts]

    assert await found() == [fresh, abandoned, whole]
    assert await found(since=START + timedelta(hours=1)) == [fresh, abandoned]
    assert await found(until=START + timedelta(hours=1)) == [whole]
    assert await found(queue="cards") == [abandoned, whole]
    assert await found(queue="loans") == [abandoned]
    assert await found(queue="shop") == [fresh]
    assert await found(agent="anna") == [whole]
    assert await found(agent="ben") == []  # was rung, did not talk
    assert await found(state="ended") == [abandoned, whole]
    assert await found(end_reason="abandoned_in_queue") == [abandoned]
    assert await found(business="shop") == [fresh]
    assert await found(number=CUSTOMER) == [fresh, whole]
    assert await found(number="4000") == [fresh, abandoned, whole]
    assert await found(number="*1234") == [fresh, abandoned, whole]
    assert await found(number="*_1234") == [abandoned]  # no wildcard
    assert await found(number="*%") == []
    assert await found(queue="cards", state="ended", agent="anna", number="*1234") == [whole]
    assert await found(queue="'; DROP TABLE contact;--") == []


async def test_one_contact_whole_and_in_order(engine: AsyncEngine, history: ContactHistory) -> None:
    call = whole_call()
    await keep(engine, call, whole_call())
    record = await history.get(call.id)
    assert record.contact.id == call.id
    assert [s.id for s in record.segments] == [s.id for s in call.contact.segments]
    assert [e.id for e in record.events] == [e.id for e in call.events]
    assert [r.id for r in record.recordings] == [call.contact.recordings[0]["id"]]
    assert [d.code for d in record.dispositions] == ["resolved"]


async def test_what_is_not_there(history: ContactHistory) -> None:
    with pytest.raises(ContactNotFound):
        await history.get("con_NONE")
    assert (await history.find()).contacts == []


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_limits(history: ContactHistory, limit: int) -> None:
    with pytest.raises(BadInput, match="limit"):
        await history.find(limit=limit)


@pytest.mark.parametrize("after", ["", "x", "1", "x.con_1", "9" * 40 + ".con_1", "1.5.con"])
async def test_cursors_that_are_none(history: ContactHistory, after: str) -> None:
    if after == "1.5.con":  # a strange id is no error, it is only after nothing
        assert (await history.find(after=after)).contacts == []
        return
    with pytest.raises(BadInput, match="no page"):
        await history.find(after=after)


async def test_a_database_that_is_away() -> None:
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none")
    history = ContactHistory(engine)
    for work in (history.find(), history.get("con_1")):
        with pytest.raises(DatabaseUnavailable) as away:
            await work
        assert away.value.retryable
    await engine.dispose()
