"""Call-backs keep the place; who does not answer is called again, so many times."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import AgentConfig, EndReason, Medium, QueueConfig
from core.errors import BadInput
from core.state_table import IllegalTransition
from tests.acd.floor import Floor, MakeFloor

ANNA, BO = AgentConfig(id="anna", device="1"), AgentConfig(id="bo", device="2")
OPEN = QueueConfig(
    name="open", wrap_up_seconds=0, call_back_attempts=2, call_back_retry_seconds=100
)


async def hangs_up_to_wait(floor: Floor, contact_id: str) -> None:
    await floor.router.agree_call_back(contact_id, "+4930123")
    await floor.goes(contact_id)
    assert await floor.state(contact_id) is ContactState.QUEUED


async def test_it_neither_jumps_nor_loses_its_place(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    waiting = []
    for _ in range(3):
        waiting.append(await floor.comes("open"))
        floor.clock.advance(1)
    entered = (await floor.contact(waiting[1])).enqueued_at
    await hangs_up_to_wait(floor, waiting[1])
    assert [await floor.router.position(one) for one in waiting] == [1, 2, 3]
    floor.clock.advance(60)
    served = []
    await floor.ready("anna")
    for contact_id in waiting:
        await floor.takes(contact_id)
        served.append(contact_id)
        assert await floor.state(contact_id) is ContactState.CONNECTED
        await floor.goes(contact_id)
    contact = await floor.contact(waiting[1])
    assert contact.enqueued_at == entered
    assert contact.end_reason is EndReason.CUSTOMER_HUNG_UP
    assert floor.router.store  # all of it by one router, and in this order
    assert served == waiting


async def test_not_reached_the_agent_is_free_and_it_is_tried_again_later(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA])
    contact_id = await floor.comes("open")
    entered = (await floor.contact(contact_id)).enqueued_at
    await hangs_up_to_wait(floor, contact_id)
    floor.world.at_home = False
    await floor.ready("anna")
    await floor.takes(contact_id)
    contact = await floor.contact(contact_id)
    assert contact.state is ContactState.QUEUED
    assert contact.call_back is not None
    assert contact.call_back.attempts == 1
    assert (await floor.agent("anna")).state is AgentState.READY  # nobody's fault
    other = await floor.comes("open")  # meanwhile another is served
    assert await floor.rung_for(other) == "anna"
    await floor.takes(other)
    await floor.goes(other)
    await floor.passes(98)
    assert await floor.rung_for(contact_id) is None
    late = await floor.comes("open")
    await floor.router.set_not_ready("anna", "break")
    await floor.passes(2)
    floor.world.at_home = True
    await floor.router.set_ready("anna")
    assert await floor.rung_for(contact_id) == "anna"  # before who came later: its old age
    await floor.takes(contact_id)
    contact = await floor.contact(contact_id)
    assert contact.state is ContactState.CONNECTED
    assert contact.enqueued_at == entered
    assert await floor.state(late) is ContactState.QUEUED


async def test_after_the_last_attempt_it_is_over(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    contact_id = await floor.comes("open")
    await hangs_up_to_wait(floor, contact_id)
    floor.world.at_home = False
    await floor.ready("anna")
    await floor.takes(contact_id)
    await floor.passes(100)
    await floor.takes(contact_id)
    contact = await floor.contact(contact_id)
    assert contact.end_reason is EndReason.CALL_BACK_FAILED
    assert contact.state is ContactState.ENDED
    assert (await floor.agent("anna")).state is AgentState.READY


async def test_an_agent_who_does_not_take_it_costs_no_attempt(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    contact_id = await floor.comes("open")
    await hangs_up_to_wait(floor, contact_id)
    await floor.ready("anna", "bo")
    await floor.refuses(contact_id, "timed_out")
    assert await floor.rung_for(contact_id) == "bo"
    contact = await floor.contact(contact_id)
    assert contact.call_back is not None
    assert contact.call_back.attempts == 0


async def test_a_restart_forgets_neither_call_back_nor_pause(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    contact_id = await floor.comes("open")
    await hangs_up_to_wait(floor, contact_id)
    floor.world.at_home = False
    await floor.ready("anna")
    await floor.takes(contact_id)
    await floor.kill("east")
    floor.clock.advance(50)
    await floor.start("east")
    await floor.settle()
    assert await floor.rung_for(contact_id) is None
    await floor.passes(50)
    assert await floor.rung_for(contact_id) == "anna"


async def test_who_can_agree_to_one(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open")
    await floor.takes(contact_id)
    with pytest.raises(IllegalTransition):
        await floor.router.agree_call_back(contact_id, "+4930123")
    arrived = await floor.comes(medium=Medium.VOICE)
    with pytest.raises(BadInput):
        await floor.router.agree_call_back(arrived, " ")


async def test_two_call_backs_and_a_caller_are_served_in_order(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    contacts = []
    for _ in range(3):
        contacts.append(await floor.comes("open"))
        floor.clock.advance(1)
    await hangs_up_to_wait(floor, contacts[0])
    await hangs_up_to_wait(floor, contacts[2])
    await floor.ready("anna")
    for contact_id in contacts:
        assert await floor.takes(contact_id) == "anna"
        await floor.goes(contact_id)
