"""What is asked for a single contact is read with every skill there is, once, and refused
where nobody could ever meet it."""

from __future__ import annotations

from typing import Any

import pytest

from acd.contact_states import ContactState
from acd.directory import StaticDirectory
from acd.errors import UnknownSkill
from acd.model import AgentConfig, QueueConfig
from acd.requirement import RequirementError
from core.errors import BadInput
from tests.acd.floor import MakeFloor

OPEN = QueueConfig(name="open", wrap_up_seconds=0)
SALES = QueueConfig(name="sales", skills={"sales": 1}, wrap_up_seconds=0)
ANNA = AgentConfig(id="anna", device="1", skills={"sales": 2, "zh": 4})
BO = AgentConfig(id="bo", device="2", skills={"sales": 8})


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"skills": {"sails": 1}}, UnknownSkill, "There is no skill 'sails'.*'sales'"),
        ({"skills": {"sales": 1, "xyzzy": 3}}, UnknownSkill, "'xyzzy'.*Define it"),
        ({"asks": "has xyzzy"}, RequirementError, "There is no skill 'xyzzy'"),
        ({"asks": "skill.xyzzy >= 3"}, UnknownSkill, "'xyzzy'"),
        ({"asks": "sales >= 5 and sales < 3"}, RequirementError, "No agent can ever"),
        ({"asks": "sales >= "}, RequirementError, "ends"),
        ({"asks": "zh >= 5", "skills": {"zh": 12}}, RequirementError, "No agent can ever"),
    ],
)
async def test_nothing_is_half_done(
    make_floor: MakeFloor, asked: dict[str, Any], error: type[BadInput], said: str
) -> None:
    """Neither for one who comes nor for one who waits already; and all others go on."""
    floor = await make_floor([OPEN, SALES], [ANNA, BO])
    new, waiting = await floor.comes(), await floor.comes("sales")
    before = [await floor.contact(one) for one in (new, waiting)]
    for contact_id, queue in ((new, "open"), (waiting, "open")):
        with pytest.raises(error, match=said):
            await floor.router.enqueue(contact_id, queue, **asked)
    if "asks" not in asked:
        with pytest.raises(error, match=said):
            await floor.router.transfer_to_queue(waiting, "open", **asked)
    assert [await floor.contact(one) for one in (new, waiting)] == before
    assert await floor.state(new) is ContactState.ARRIVED
    await floor.ready("bo")
    assert await floor.rung_for(waiting) == "bo"


async def test_a_skill_that_only_agents_have(make_floor: MakeFloor) -> None:
    """No queue speaks of it: it is a skill all the same, not an attribute of the contact."""
    floor = await make_floor([OPEN], [ANNA, BO])
    await floor.ready("bo", "anna")
    first = await floor.comes("open", asks="zh >= 3")
    assert (await floor.contact(first)).asks == "skill.zh >= 3"
    assert await floor.rung_for(first) == "anna"
    second = await floor.comes("open", asks="has zh")
    assert await floor.rung_for(second) is None


async def test_a_skill_that_only_the_directory_has(make_floor: MakeFloor) -> None:
    """Nobody has it today; whoever asks for it waits."""
    floor = await make_floor([OPEN], [ANNA])
    directory = StaticDirectory([OPEN], [ANNA], ["fr"])
    assert directory.skills() == {"fr", "sales", "zh"}
    floor.directory = directory
    await floor.kill("east")
    await floor.start("east")
    await floor.settle()
    await floor.ready("anna")
    contact_id = await floor.comes("open", asks="fr >= 3 or has fr and waiting >= 9")
    assert await floor.rung_for(contact_id) is None
    assert await floor.state(contact_id) is ContactState.QUEUED


async def test_what_is_longer_in_full_than_people_may_write(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    text = " or ".join(f"tier == {n} and (zh >= 3 or sales >= 9)" for n in range(45))
    assert len(text) < 2000
    contact_id = await floor.comes(attributes={"tier": 7})
    await floor.router.enqueue(contact_id, "open", asks=text)
    full = (await floor.contact(contact_id)).asks
    assert len(full) > 2000
    await floor.router.enqueue(contact_id, "open", asks=full)
    assert (await floor.contact(contact_id)).asks == full
    await floor.ready("bo", "anna")
    assert await floor.rung_for(contact_id) == "anna"
