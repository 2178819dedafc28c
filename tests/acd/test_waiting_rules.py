"""Who is next and who serves them: ageing, priorities that change, strategies, supervisors'
decisions, hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from acd.contact_states import ContactState
from acd.errors import AgentNotReady, QueueClosed
from acd.model import AgentConfig, Medium, Ordering, QueueConfig, Strategy
from core.clock import ManualClock
from core.errors import BadInput
from core.state_table import IllegalTransition
from tests.acd.floor import MakeFloor

ANNA = AgentConfig(id="anna", device="1", skills={"sales": 2, "zh": 4})
BO = AgentConfig(id="bo", device="2", skills={"sales": 8})
CHEN = AgentConfig(id="chen", device="3", skills={"loans": 5})
OPEN = QueueConfig(name="open", wrap_up_seconds=0)
LOANS = QueueConfig(name="loans", skills={"loans": 3}, wrap_up_seconds=0)


async def test_a_queue_that_ages_faster_overtakes(make_floor: MakeFloor) -> None:
    fast = QueueConfig(name="fast", ageing=3, wrap_up_seconds=0)
    floor = await make_floor([OPEN, fast], [ANNA])
    slow_one = await floor.comes("open")
    floor.clock.advance(60)
    fast_one = await floor.comes("fast")
    floor.clock.advance(20)  # 1.33 points against 1.0
    await floor.ready("anna")
    assert await floor.rung_for(slow_one) == "anna"
    await floor.router.set_not_ready("anna", "break")
    floor.clock.advance(20)  # 1.68 points against 2.05
    await floor.router.set_ready("anna")
    assert await floor.rung_for(fast_one) == "anna"
    assert await floor.rung_for(slow_one) is None


async def test_nobody_starves(make_floor: MakeFloor) -> None:
    """However many with a higher priority keep coming: at last it is one's turn."""
    vip = QueueConfig(name="vip", priority=5, wrap_up_seconds=0)
    floor = await make_floor([OPEN, vip], [ANNA])
    patient = await floor.comes("open")
    await floor.ready("anna")
    await floor.goes(patient)
    patient = await floor.comes("vip")
    await floor.takes(patient)
    poor = await floor.comes("open")
    for minute in range(1, 9):
        rich = await floor.comes("vip")
        await floor.goes(patient)
        if await floor.rung_for(poor):
            assert minute > 5  # five points are five minutes
            return
        patient = rich
        await floor.takes(rich)
        floor.clock.advance(60)
    raise AssertionError("never served")


async def test_under_service_level_ordering_the_short_target_comes_first(
    make_floor: MakeFloor,
) -> None:
    def queue(name: str, target: float) -> QueueConfig:
        return QueueConfig(
            name=name, ordering=Ordering.SERVICE_LEVEL, service_level_seconds=target,
            wrap_up_seconds=0,
        )  # fmt: skip

    floor = await make_floor([queue("gold", 10), queue("iron", 80)], [ANNA])
    iron = await floor.comes("iron")
    floor.clock.advance(40)
    gold = await floor.comes("gold")
    floor.clock.advance(8)  # 80 % of its target; the other is at 60 %
    await floor.ready("anna")
    assert await floor.rung_for(gold) == "anna"
    await floor.goes(gold)
    assert await floor.rung_for(iron) == "anna"


async def test_a_caller_becomes_angry_while_waiting(make_floor: MakeFloor) -> None:
    """Priority changes the order at once, up and down; age and place in life stay."""
    floor = await make_floor([OPEN], [ANNA])
    first, second, third = [await floor.comes("open") for _ in range(3)]
    await floor.router.prioritise(third, 10, by="tension")
    assert await floor.router.position(third) == 1
    await floor.router.prioritise(first, -10)
    assert [await floor.router.position(one) for one in (third, second, first)] == [1, 2, 3]
    entered = (await floor.contact(third)).enqueued_at
    assert entered == (await floor.contact(first)).enqueued_at
    await floor.ready("anna")
    assert await floor.rung_for(third) == "anna"
    with pytest.raises(BadInput):
        await floor.router.prioritise(first, 1001)


async def test_a_complaint_goes_to_the_most_experienced(make_floor: MakeFloor) -> None:
    old = AgentConfig(id="old", device="1", experience=20)
    young = AgentConfig(id="young", device="2", experience=1)
    floor = await make_floor([OPEN], [old, young])
    await floor.ready("young", "old")
    contact = await floor.comes("open", attributes={"complaint": True})
    assert await floor.rung_for(contact) == "old"


async def test_a_supervisor_assigns_whatever_the_skills(make_floor: MakeFloor) -> None:
    floor = await make_floor([LOANS], [ANNA, CHEN])
    await floor.ready("chen", "anna")
    first, second = await floor.comes("loans"), await floor.comes("loans")
    assert await floor.rung_for(first) == "chen"
    await floor.router.assign(second, "anna")
    assert await floor.rung_for(second) == "anna"
    third = await floor.comes("loans")
    with pytest.raises(AgentNotReady):
        await floor.router.assign(third, "anna")
    assert await floor.state(third) is ContactState.QUEUED
    await floor.takes(second)
    with pytest.raises(IllegalTransition):
        await floor.router.assign(second, "chen")


async def test_assigning_one_who_is_being_rung_for_lets_that_agent_go(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    await floor.ready("anna", "bo")
    contact = await floor.comes("open")
    assert await floor.rung_for(contact) == "anna"
    await floor.router.assign(contact, "bo")
    assert await floor.rung_for(contact) == "bo"
    assert (await floor.agent("anna")).assignments == []


async def test_a_supervisor_moves_and_the_age_stays(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN, LOANS], [CHEN])
    contact = await floor.comes("open")
    entered = (await floor.contact(contact)).enqueued_at
    floor.clock.advance(30)
    await floor.router.transfer_to_queue(contact, "loans")
    moved = await floor.contact(contact)
    assert (moved.queue, moved.enqueued_at) == ("loans", entered)
    await floor.ready("chen")
    assert await floor.rung_for(contact) == "chen"


@pytest.mark.parametrize(
    ("strategy", "first", "second"),
    [
        (Strategy.LONGEST_IDLE, "a", "b"),
        (Strategy.BEST_PROFICIENCY, "b", "b"),
        (Strategy.MOST_EXPERIENCED, "c", "c"),
        (Strategy.ROUND_ROBIN, "a", "b"),
        (Strategy.WEIGHTED, "c", "c"),
        (Strategy.LEAST_OCCUPIED, "a", "b"),
    ],
)
async def test_whom_each_strategy_chooses_twice_in_a_row(
    make_floor: MakeFloor, strategy: Strategy, first: str, second: str
) -> None:
    queue = QueueConfig(name="q", skills={"s": 1}, strategy=strategy, wrap_up_seconds=0)
    agents = [
        AgentConfig(id="a", device="1", skills={"s": 2}, weight=0.5, experience=1),
        AgentConfig(id="b", device="2", skills={"s": 9}, weight=1, experience=2),
        AgentConfig(id="c", device="3", skills={"s": 5}, weight=4, experience=3),
    ]
    floor = await make_floor([queue], agents)
    await floor.ready("a", "b", "c")
    for expected in (first, second):
        contact = await floor.comes("q")
        assert await floor.takes(contact) == expected
        floor.clock.advance(10)
        await floor.goes(contact)
        floor.clock.advance(1)


# Hours.


class Hours:
    """Open for the first minute of the test."""

    def is_open(self, at: datetime) -> bool:
        return (at - ManualClock().now()).total_seconds() < 60


async def test_a_closed_queue_takes_nobody_new_and_serves_who_waits(
    make_floor: MakeFloor,
) -> None:
    queue = QueueConfig(name="day", hours=Hours(), wrap_up_seconds=0)
    floor = await make_floor([queue, OPEN], [ANNA])
    early = await floor.comes("day")
    floor.clock.advance(61)
    late = await floor.comes()
    with pytest.raises(QueueClosed):
        await floor.router.enqueue(late, "day")
    assert await floor.state(late) is ContactState.ARRIVED
    mail = await floor.comes(medium=Medium.EMAIL)
    await floor.router.enqueue(mail, "day", if_closed=True)
    await floor.ready("anna")
    assert await floor.rung_for(early) == "anna"
    assert await floor.state(mail) is ContactState.QUEUED
