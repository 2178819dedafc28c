"""An agent's own wrap-up is instead of what queue and medium give."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.assignment_states import AssignmentState
from acd.model import AgentConfig, Medium, QueueConfig
from tests.acd.floor import Floor, MakeFloor

QUEUE = QueueConfig(name="q", wrap_up_seconds=30, wrap_up={Medium.CHAT: 12})
OTHER = QueueConfig(name="other", skills={"nobody": 1})
BO = AgentConfig(id="bo", device="2", capacity=200)


async def _talks(floor: Floor, medium: Medium) -> str:
    await floor.ready("anna")
    contact_id = await floor.comes("q", medium)
    assert await floor.takes(contact_id) == "anna"
    return contact_id


async def _ends(floor: Floor, contact_id: str, how: str) -> None:
    if how == "customer":
        await floor.goes(contact_id)
    elif how == "agent":
        floor.hangs_up("anna", 0)
    elif how == "queue":
        await floor.router.transfer_to_queue(contact_id, "other")
    else:
        await floor.ready("bo")
        await floor.router.hold(contact_id)
        await floor.router.consult_started(contact_id, "bo")
        await floor.router.handed_over(contact_id, "bo")
        line = floor.world.lines[contact_id]
        line.up["bo"] = line.up.pop("anna")
        line.joined, line.on_hold = "bo", False
    await floor.settle()


@pytest.mark.parametrize("how", ["customer", "agent", "queue", "colleague"])
@pytest.mark.parametrize(
    ("own", "medium", "seconds"),
    [
        (None, Medium.VOICE, 30),
        (None, Medium.CHAT, 12),
        (7, Medium.VOICE, 7),
        (7, Medium.CHAT, 7),
        (0, Medium.VOICE, 0),
    ],
)
async def test_it_lasts_so_long_however_the_contact_goes(
    make_floor: MakeFloor, how: str, own: float | None, medium: Medium, seconds: float
) -> None:
    anna = AgentConfig(id="anna", device="1", wrap_up_seconds=own)
    floor = await make_floor([QUEUE, OTHER], [anna, BO])
    await _ends(floor, await _talks(floor, medium), how)
    if seconds:
        await floor.passes(seconds - 0.1)
        (one,) = (await floor.agent("anna")).assignments
        assert one.state is AssignmentState.WRAP_UP
        await floor.passes(0.1)
    assert (await floor.agent("anna")).state is AgentState.READY
