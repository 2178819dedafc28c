"""Parking slots: of any medium, whoever looks after the clock."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from acd.contact_states import ContactState
from acd.model import AgentConfig, Medium, QueueConfig, Target
from acd.slots import NoSuchSlot, ParkingSlots, SlotEmpty, SlotsTaken
from acd.why import Cause, Explanations
from core.redis import RedisUnavailable
from core.state_table import IllegalTransition
from tests.acd.floor import Floor, MakeFloor

CHAT = Medium.CHAT
ANNA = AgentConfig(id="anna", device="1", skills={"sales": 9})
BO = AgentConfig(id="bo", device="2", skills={"sales": 3})
SALES = QueueConfig(name="sales", wrap_up_seconds=0)


def _slots(floor: Floor, *, count: int = 2) -> ParkingSlots:
    return ParkingSlots(
        floor.redis, floor.keys, floor.router, count=count, seconds=60, back_seconds=20,
        fallback=None,
    )  # fmt: skip


async def _talks(floor: Floor) -> str:
    contact_id = await floor.comes("sales", CHAT)
    assert await floor.takes(contact_id) == "anna"
    return contact_id


async def test_nobody_is_offered_who_is_parked(make_floor: MakeFloor) -> None:
    floor = await make_floor([SALES], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await _talks(floor)
    slots = _slots(floor)
    assert await slots.park(contact_id) == 1
    await floor.ready("bo")
    await floor.passes(58)
    assert await floor.rung_for(contact_id) is None
    assert [(one.slot, one.contact.id) for one in await slots.parked()] == [(1, contact_id)]
    why = await Explanations(floor.router, floor.redis).live(contact_id)
    assert why.waits is not None
    assert why.waits.cause is Cause.IN_SLOT
    assert await slots.pick_up(1, "bo") == contact_id
    assert await floor.rung_for(contact_id) == "bo"
    with pytest.raises(SlotEmpty):
        await slots.pick_up(1, "bo")


async def test_it_comes_back_to_who_parked_it_and_then_to_anybody(make_floor: MakeFloor) -> None:
    floor = await make_floor([SALES], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await _talks(floor)
    await _slots(floor).park(contact_id)
    await floor.router.set_not_ready("anna", "break")
    await floor.ready("bo")
    await floor.passes(60)
    assert await floor.rung_for(contact_id) is None, "anna is here, and may be ready soon"
    await floor.passes(20)
    assert await floor.rung_for(contact_id) == "bo"


async def test_the_queue_sends_nobody_away_meanwhile(make_floor: MakeFloor) -> None:
    brief = QueueConfig(
        name="sales", wrap_up_seconds=0, overflow_after=10,
        overflow_to=Target(kind="queue", name="other"),
    )  # fmt: skip
    floor = await make_floor([brief, QueueConfig(name="other")], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await _talks(floor)
    await _slots(floor).park(contact_id)
    await floor.router.set_not_ready("anna", "break")
    await floor.passes(69)
    assert (await floor.contact(contact_id)).queue == "sales"
    await floor.passes(1)
    assert (await floor.contact(contact_id)).queue == "other"


async def test_one_slot_holds_one(make_floor: MakeFloor) -> None:
    floor = await make_floor([SALES], [ANNA, BO])
    await floor.ready("anna")
    first, second = await _talks(floor), await _talks(floor)
    slots = _slots(floor, count=1)
    for number in (0, 2):
        with pytest.raises(NoSuchSlot):
            await slots.park(first, slot=number)
    assert await slots.park(first) == 1
    with pytest.raises(SlotsTaken):
        await slots.park(second)
    assert (await floor.contact(second)).state is ContactState.CONNECTED
    await floor.router.end(first)
    assert await slots.park(second) == 1, "what has ended takes no slot"


async def test_without_redis_there_is_a_clear_error(make_floor: MakeFloor) -> None:
    floor = await make_floor([SALES], [ANNA])
    nowhere = Redis(port=1)
    slots = ParkingSlots(
        nowhere, floor.keys, floor.router, count=1, seconds=60, back_seconds=20, fallback=None
    )
    with pytest.raises(RedisUnavailable):
        await slots.parked()
    await nowhere.aclose()


async def test_who_waits_is_not_parked_and_takes_no_slot(make_floor: MakeFloor) -> None:
    floor = await make_floor([SALES], [ANNA])
    contact_id = await floor.comes("sales", CHAT)
    slots = _slots(floor, count=1)
    with pytest.raises(IllegalTransition):
        await slots.park(contact_id)
    await floor.ready("anna")
    assert await floor.takes(contact_id) == "anna"
    assert await slots.park(contact_id) == 1
