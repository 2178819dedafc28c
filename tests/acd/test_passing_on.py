"""Who sends a contact to a queue is not offered it back in the same pass."""

from __future__ import annotations

import pytest

from acd.model import AgentConfig, Medium, QueueConfig, Relaxation, Target
from acd.why import Code, Explanations, Words
from tests.acd.floor import Floor, MakeFloor

CHAT = Medium.CHAT
ANNA = AgentConfig(id="anna", device="1", skills={"sales": 9})
BO = AgentConfig(id="bo", device="2", skills={"sales": 3})
FRONT = QueueConfig(name="front", wrap_up_seconds=0)
SALES = QueueConfig(name="sales", skills={"sales": 1}, wrap_up_seconds=0, transfer_back_after=60)


async def _passed_on(floor: Floor, queue: str = "sales") -> str:
    """A chat that anna, who is ready and has room, has just sent to ``queue``."""
    await floor.ready("anna")
    contact_id = await floor.comes("front", CHAT)
    assert await floor.takes(contact_id) == "anna"
    await floor.router.transfer_to_queue(contact_id, queue)
    await floor.settle()
    return contact_id


async def _bo_is_there(floor: Floor) -> None:
    await floor.router.log_in("bo")
    await floor.settle()


async def test_it_goes_to_anybody_else_first(make_floor: MakeFloor) -> None:
    """Though the one who passed it on is free, and bo is not, for a while."""
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor)
    assert await floor.rung_for(contact_id) is None
    await floor.router.set_ready("bo")
    assert await floor.rung_for(contact_id) == "bo"


async def test_after_a_time_anybody_will_do(make_floor: MakeFloor) -> None:
    """By a timer of its own: nobody comes, nobody goes."""
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor)
    await floor.passes(59.9)
    assert await floor.rung_for(contact_id) is None
    await floor.passes(0.1)
    assert await floor.rung_for(contact_id) == "anna"


async def test_once_another_was_offered_it_the_pass_is_over(make_floor: MakeFloor) -> None:
    """What comes back after RONA, or rejected, is for anybody."""
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor)
    await floor.router.set_ready("bo")
    assert await floor.rung_for(contact_id) == "bo"
    await floor.refuses(contact_id)
    assert await floor.rung_for(contact_id) == "anna"


async def test_alone_they_have_it_back_at_once(make_floor: MakeFloor) -> None:
    """Nobody waits in vain for a colleague who is not there."""
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    contact_id = await _passed_on(floor)
    assert await floor.rung_for(contact_id) == "anna"


async def test_the_only_other_one_comes_and_goes(make_floor: MakeFloor) -> None:
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await floor.comes("front", CHAT)
    await floor.takes(contact_id)
    await floor.router.set_not_ready("anna", "break")
    await floor.router.transfer_to_queue(contact_id, "sales")
    await floor.settle()
    await _bo_is_there(floor)
    await floor.router.set_ready("anna")
    assert await floor.rung_for(contact_id) is None  # bo could take it, later
    await floor.router.log_out("bo")
    assert await floor.rung_for(contact_id) == "anna"


async def test_a_colleague_of_a_later_step_comes_before_them(make_floor: MakeFloor) -> None:
    """A step that nobody else can fill is passed over at once, as ever."""
    steps = QueueConfig(
        name="steps", skills={"sales": 5}, wrap_up_seconds=0,
        relax=[Relaxation(after=40, lower={"sales": 1})],
    )  # fmt: skip
    floor = await make_floor([FRONT, steps], [ANNA, BO])
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor, "steps")
    await floor.router.set_ready("bo")
    assert await floor.rung_for(contact_id) == "bo"


async def test_it_is_kept_from_them_in_the_next_queue_too(make_floor: MakeFloor) -> None:
    brief = QueueConfig(
        name="brief", skills={"sales": 1}, overflow_after=10,
        overflow_to=Target(kind="queue", name="sales"),
    )  # fmt: skip
    floor = await make_floor([FRONT, SALES, brief], [ANNA, BO])
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor, "brief")
    await floor.passes(10)
    assert (await floor.contact(contact_id)).queue == "sales"
    assert await floor.rung_for(contact_id) is None
    await floor.passes(50)
    assert await floor.rung_for(contact_id) == "anna"


async def test_a_queue_may_give_it_back_at_once(make_floor: MakeFloor) -> None:
    queue = QueueConfig(name="sales", wrap_up_seconds=0, transfer_back_after=0)
    floor = await make_floor([FRONT, queue], [ANNA, BO])
    await _bo_is_there(floor)
    assert await floor.rung_for(await _passed_on(floor)) == "anna"


async def test_a_transfer_by_name_keeps_it_from_nobody(make_floor: MakeFloor) -> None:
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await floor.ready("anna", "bo")
    contact_id = await floor.comes("front", CHAT)
    assert await floor.takes(contact_id) == "anna"
    await floor.router.transfer_to_agent(contact_id, "bo", queue="sales")
    assert await floor.rung_for(contact_id) == "bo"
    await floor.refuses(contact_id)
    assert await floor.rung_for(contact_id) == "anna"


async def test_whom_a_supervisor_moves_while_they_wait_anybody_may_have(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    await _bo_is_there(floor)
    await floor.ready("anna")
    contact_id = await floor.comes("front", CHAT)
    assert await floor.rung_for(contact_id) == "anna"
    await floor.router.transfer_to_queue(contact_id, "sales")
    assert await floor.rung_for(contact_id) == "anna"


async def test_the_leader_elsewhere_keeps_to_it(make_floor: MakeFloor) -> None:
    """And so does the next one, who knows what Redis says."""
    floor = await make_floor([FRONT, SALES], [ANNA, BO], nodes=2)
    (leader,) = [s.node for s in floor.running if s.router.leads]
    (other,) = set(floor.stations) - {leader}
    await floor.router.log_in("bo")
    await floor.ready("anna")
    contact_id = await floor.comes("front", CHAT, node=other)
    assert await floor.takes(contact_id) == "anna"
    await floor.at(other).transfer_to_queue(contact_id, "sales")
    assert await floor.rung_for(contact_id) is None
    await floor.kill(leader)
    await floor.settle()
    assert await floor.rung_for(contact_id) is None
    await floor.passes(60)
    assert await floor.rung_for(contact_id) == "anna"


@pytest.mark.parametrize(
    ("language", "obstacle", "asks", "queued", "offered"),
    [
        (
            "en",
            "has just passed it on",
            "Not offered back to anna, who passed it on, for another 0:45.",
            "anna passed it on to sales, at its old age, with priority 0",
            "(anna had passed it on, but nobody else logged in could take it)",
        ),
        (
            "zh-CN",
            "刚将其转出",
            "anna 刚将其转出，0:45 内不再派回。",
            "anna 转至队列 sales，保留原有等待时间，优先级 0",
            "（虽由 anna 转出，但已签入的坐席中没有其他人能接）",
        ),
    ],
)
async def test_why_says_so(
    make_floor: MakeFloor, language: str, obstacle: str, asks: str, queued: str,
    offered: str,
) -> None:  # fmt: skip
    floor = await make_floor([FRONT, SALES], [ANNA, BO])
    words = Words("en" if language == "en" else "zh-CN")
    explanations = Explanations(floor.router, floor.redis)
    await _bo_is_there(floor)
    contact_id = await _passed_on(floor)
    await floor.passes(15)
    why = await explanations.live(contact_id)
    assert why.waits is not None
    by_id = {one.agent_id: one for one in why.waits.candidates}
    assert [one.code for one in by_id["anna"].obstacles] == [Code.PASSED_ON]
    assert words.candidate(by_id["anna"], CHAT) == obstacle
    assert asks in words.asks(why.waits)
    assert words.step(why.steps[-1]) == queued
    assert why.waits.next is not None
    assert why.waits.next.asked.but is None
    await floor.router.log_out("bo")
    assert await floor.rung_for(contact_id) == "anna"
    why = await explanations.live(contact_id)
    assert words.step(why.steps[-1]).endswith(offered)
