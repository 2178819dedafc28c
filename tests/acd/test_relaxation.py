"""Whom waiting contacts may be offered, and how that widens while they wait."""

from __future__ import annotations

import pytest

from acd.model import AgentConfig, QueueConfig, Relaxation
from acd.requirement import parse
from tests.acd.floor import Floor, MakeFloor

OPEN = QueueConfig(name="open", wrap_up_seconds=0)
LOANS = QueueConfig(name="loans", skills={"loans": 3}, wrap_up_seconds=0)
STEPS = QueueConfig(
    name="steps", skills={"sales": 7, "zh": 3}, wrap_up_seconds=0,
    relax=[
        Relaxation(after=20, lower={"sales": 5}),
        Relaxation(after=40, drop=["zh"]),
        Relaxation(after=60, also=["loans"]),
    ],
)  # fmt: skip


async def _busy_expert(floor: Floor) -> None:
    """Somebody who fits all that is asked is at work, so that no step is skipped; they
    are on a break."""
    await floor.ready("expert")
    await floor.router.set_not_ready("expert", "break")


EXPERT = AgentConfig(id="expert", device="9", skills={"sales": 9, "zh": 9})


@pytest.mark.parametrize(
    ("agent", "after"),
    [
        (AgentConfig(id="x", device="1", skills={"sales": 7, "zh": 3}), 0),
        (AgentConfig(id="x", device="1", skills={"sales": 5, "zh": 3}), 20),
        (AgentConfig(id="x", device="1", skills={"sales": 5}), 40),
        (AgentConfig(id="x", device="1", skills={"loans": 3}), 60),
        (AgentConfig(id="x", device="1", skills={"sales": 4, "zh": 9, "loans": 2}), None),
        (AgentConfig(id="x", device="1", skills={}), None),  # a missing skill is not a zero
    ],
)
async def test_each_step_lets_more_agents_in_at_its_time(
    make_floor: MakeFloor, agent: AgentConfig, after: float | None
) -> None:
    """By a timer of its own: nobody comes, nobody goes, only time passes."""
    floor = await make_floor([STEPS, LOANS], [agent, EXPERT])
    await _busy_expert(floor)
    await floor.ready("x")
    contact = await floor.comes("steps")
    if after:
        await floor.passes(after - 0.1)
        assert await floor.rung_for(contact) is None
        await floor.passes(0.1)
    elif after is None:
        await floor.passes(600)
    assert await floor.rung_for(contact) == (None if after is None else "x")


async def test_a_step_that_nobody_logged_in_can_fill_is_skipped_at_once(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([STEPS, LOANS], [AgentConfig(id="x", device="1", skills={"loans": 3})])
    await floor.ready("x")
    contact = await floor.comes("steps")
    assert await floor.rung_for(contact) == "x"


async def test_who_could_fill_a_step_comes_and_goes(make_floor: MakeFloor) -> None:
    """The contact waits for the expert while there is one, and no longer."""
    agents = [AgentConfig(id="x", device="1", skills={"loans": 3}), EXPERT]
    floor = await make_floor([STEPS, LOANS], agents)
    await _busy_expert(floor)
    contact = await floor.comes("steps")
    await floor.ready("x")
    assert await floor.rung_for(contact) is None
    await floor.router.log_out("expert")
    assert await floor.rung_for(contact) == "x"


async def test_a_requirement_may_speak_of_waiting(make_floor: MakeFloor) -> None:
    queue = QueueConfig(
        name="q", requires=parse('agent.team == "north" or waiting >= 30'), wrap_up_seconds=0
    )
    south = AgentConfig(id="s", device="1", attributes={"team": "south"})
    floor = await make_floor([queue], [south])
    await floor.ready("s")
    contact = await floor.comes("q")
    await floor.passes(29.5)
    assert await floor.rung_for(contact) is None
    await floor.passes(0.5)
    assert await floor.rung_for(contact) == "s"


async def test_waiting_time_of_an_earlier_queue_counts(make_floor: MakeFloor) -> None:
    """Age never resets: who was moved here after a minute is past the first step."""
    floor = await make_floor([STEPS, LOANS, OPEN], [
        AgentConfig(id="x", device="1", skills={"sales": 5}), EXPERT,
    ])  # fmt: skip
    await _busy_expert(floor)
    contact = await floor.comes("loans")
    await floor.passes(45)
    await floor.ready("x")
    await floor.router.enqueue(contact, "steps")
    assert await floor.rung_for(contact) == "x"


async def test_a_step_that_was_skipped_is_come_back_to_when_time_makes_it_possible(
    make_floor: MakeFloor,
) -> None:
    """What it asks first nobody can meet yet; after a while the expert can, and has it alone
    from then on."""
    queue = QueueConfig(
        name="q", skills={"sales": 5}, wrap_up_seconds=0,
        relax=[Relaxation(after=60, drop=["sales"], also=["open"])],
    )  # fmt: skip
    novice = AgentConfig(id="novice", device="1", skills={"sales": 1})
    floor = await make_floor([queue, OPEN], [novice, EXPERT])
    await _busy_expert(floor)
    contact = await floor.comes("q", asks="sales >= 10 or waiting >= 20")
    await floor.passes(19)
    await floor.router.log_in("novice")
    await floor.passes(1)
    await floor.router.set_ready("novice")
    assert await floor.rung_for(contact) is None  # the novice would have to wait for 60 s
    await floor.router.set_ready("expert")
    assert await floor.rung_for(contact) == "expert"


@pytest.mark.parametrize("moment", [19.5, 20])
async def test_a_preferred_agent_is_asked_when_time_makes_them_fit(
    make_floor: MakeFloor, moment: float
) -> None:
    queue = QueueConfig(name="q", wrap_up_seconds=0, last_agent_seconds=30)
    anna = AgentConfig(id="anna", device="1", skills={"sales": 1})
    bo = AgentConfig(id="bo", device="2", skills={"sales": 9})
    floor = await make_floor([queue], [anna, bo])
    await floor.ready("anna")
    first = await floor.comes("q", customer="mr-li")
    assert await floor.takes(first) == "anna"
    await floor.goes(first)
    await floor.router.log_in("bo")
    contact = await floor.comes("q", customer="mr-li", asks="sales >= 5 or waiting >= 20")
    await floor.passes(moment)
    assert await floor.rung_for(contact) == (None if moment < 20 else "anna")
