"""Last and dedicated agents: alone for a time, then anybody."""

from __future__ import annotations

from acd.model import AgentConfig, QueueConfig
from tests.acd.floor import Floor, MakeFloor

ANNA = AgentConfig(id="anna", device="1", skills={"sales": 2, "zh": 4})
BO = AgentConfig(id="bo", device="2", skills={"sales": 8})
CHEN = AgentConfig(id="chen", device="3", skills={"loans": 5})
OPEN = QueueConfig(name="open", wrap_up_seconds=0)
FAITHFUL = QueueConfig(
    name="faithful", wrap_up_seconds=0, last_agent_seconds=30, dedicated_agent_seconds=20
)


async def _served_by(floor: Floor, agent_id: str, customer: str) -> None:
    contact = await floor.comes("faithful", customer=customer)
    assert await floor.takes(contact) == agent_id
    await floor.goes(contact)


async def test_the_last_agent_has_the_customer_alone_for_a_time(make_floor: MakeFloor) -> None:
    floor = await make_floor([FAITHFUL, OPEN], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.ready("bo")
    busy = await floor.comes("open")
    assert await floor.takes(busy) == "anna"
    contact = await floor.comes("faithful", customer="mr-li")
    assert await floor.rung_for(contact) is None  # bo is free, anna is not
    await floor.goes(busy)
    assert await floor.rung_for(contact) == "anna"


async def test_after_that_time_anybody_will_do(make_floor: MakeFloor) -> None:
    floor = await make_floor([FAITHFUL, OPEN], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.takes(await floor.comes("open"))
    await floor.ready("bo")
    contact = await floor.comes("faithful", customer="mr-li")
    other = await floor.comes("faithful", customer="mrs-wu")
    assert await floor.rung_for(other) == "bo"
    await floor.goes(other)
    await floor.passes(29.9)
    assert await floor.rung_for(contact) is None
    await floor.passes(0.1)
    assert await floor.rung_for(contact) == "bo"


async def test_a_last_agent_who_is_not_logged_in_is_not_waited_for(make_floor: MakeFloor) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.router.log_out("anna")
    await floor.ready("bo")
    contact = await floor.comes("faithful", customer="mr-li")
    assert await floor.rung_for(contact) == "bo"


async def test_a_last_agent_who_logs_out_meanwhile_is_not_waited_for(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.router.set_not_ready("anna", "break")
    await floor.ready("bo")
    contact = await floor.comes("faithful", customer="mr-li")
    assert await floor.rung_for(contact) is None
    await floor.router.log_out("anna")
    assert await floor.rung_for(contact) == "bo"


async def test_the_last_agent_must_still_fit(make_floor: MakeFloor) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.ready("bo")
    contact = await floor.comes("faithful", customer="mr-li", skills={"sales": 5})
    assert await floor.rung_for(contact) == "bo"


async def test_the_last_agent_is_remembered_by_customer_business_and_for_days(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.ready("bo")
    await floor.router.set_not_ready("anna", "break")
    other_brand = await floor.comes("faithful", customer="mr-li", business="other")
    assert await floor.rung_for(other_brand) == "bo"
    await floor.takes(other_brand)
    await floor.goes(other_brand)
    assert await floor.rung_for(await floor.comes("faithful", customer="mr-li")) is None
    floor.clock.advance(8 * 86_400)
    late = await floor.comes("faithful", customer="mr-li")
    assert (await floor.contact(late)).preferred == []


async def test_a_dedicated_agent_needs_no_skill_and_comes_before_the_last(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO, CHEN])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.ready("bo", "chen")
    contact = await floor.comes(
        "faithful", customer="mr-li", attributes={"dedicated_agent": "chen"}, skills={"sales": 1}
    )
    assert await floor.rung_for(contact) == "chen"


async def test_a_dedicated_agents_time_runs_out_into_the_last_ones(make_floor: MakeFloor) -> None:
    floor = await make_floor([FAITHFUL], [ANNA, BO, CHEN])
    await floor.ready("anna")
    await _served_by(floor, "anna", "mr-li")
    await floor.ready("bo", "chen")
    await floor.router.set_not_ready("chen", "break")
    await floor.router.set_not_ready("anna", "break")
    contact = await floor.comes(
        "faithful", customer="mr-li", attributes={"dedicated_agent": "chen"}
    )
    await floor.passes(20)
    await floor.router.set_ready("chen")
    assert await floor.rung_for(contact) is None  # anna's alone, for ten seconds more
    await floor.passes(10)
    assert await floor.rung_for(contact) == "bo"
