"""One contact from arrival to the end of wrap-up."""

from __future__ import annotations

import json
from typing import Any

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from tests.support.routing import House


async def test_a_contact_from_arrival_to_the_end_of_wrap_up(house: House) -> None:
    contact_id = await house.customer()
    await house.router.contacts.ivr_started(contact_id)
    house.clock.advance(5)
    await house.router.enqueue(contact_id, "sales")
    house.clock.advance(10)
    await house.ready("anna")
    await house.medium.rings("anna")
    assert await house.router.position(contact_id) == 1
    house.clock.advance(3)
    await house.medium.picks_up("anna")
    await house.contact_is(contact_id, ContactState.CONNECTED)
    house.clock.advance(60)
    await house.router.hold(contact_id)
    house.clock.advance(7)
    await house.router.resume(contact_id)
    house.clock.advance(20)
    await house.medium.customer_hangs_up(contact_id)

    contact = await house.contact_is(contact_id, ContactState.WRAP_UP)
    assert contact.end_reason is EndReason.CUSTOMER_HUNG_UP
    assert (await house.agent("anna")).state is AgentState.WRAP_UP
    await house.router.contacts.set_disposition(contact_id, "sold")
    await house.timers.advance(30)
    assert (await house.agent("anna")).state is AgentState.READY

    contact = await house.contact(contact_id)
    assert contact.state is ContactState.ENDED
    lasted = [
        (s.kind, (s.ended_at - s.started_at).total_seconds(), s.agent_id)
        for s in contact.segments
        if s.ended_at
    ]
    assert lasted == [
        (SegmentKind.IVR, 5, None),
        (SegmentKind.QUEUE, 14, None),
        (SegmentKind.RING, 4, "anna"),
        (SegmentKind.TALK, 60, "anna"),
        (SegmentKind.HOLD, 7, "anna"),
        (SegmentKind.TALK, 20, "anna"),
        (SegmentKind.WRAP_UP, 30, "anna"),
    ]
    assert contact.disposition == "sold"


async def test_each_change_is_one_whole_write(house: House) -> None:
    contact_id = await house.connect("sales", "bo")
    await house.medium.customer_hangs_up(contact_id)
    await house.router.wrap_up_done("bo")
    contact = await house.contact(contact_id)
    keys, redis = house.keys, house.redis
    events = [
        json.loads(raw) for raw in await redis.lrange(keys("contact", contact_id, "events"), 0, -1)
    ]
    assert [event["seq"] for event in events] == list(range(1, contact.event_seq + 1))
    assert [event["type"] for event in events] == [
        "contact.arrived",
        "contact.queued",
        "contact.offered",
        "contact.answered",
        "contact.connected",
        "contact.customer_left",
        "contact.ended",
    ]
    assert await redis.hget(keys("dirty"), contact_id) == str(contact.version)
    assert contact_id in await redis.smembers(keys("contacts"))
    entries: Any = await redis.xrange(keys("events"))
    stream = [json.loads(entry["e"]) for _, entry in entries]
    assert [e["id"] for e in stream] == [event.id for event in house.events]
