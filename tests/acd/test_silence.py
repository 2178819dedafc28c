"""Silent customers of text media hold nobody's hands, and come back to the same agent."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import AgentConfig, EndReason, Medium, QueueConfig, SegmentKind
from tests.acd.floor import MakeFloor

ANNA, BO = AgentConfig(id="anna", device="1"), AgentConfig(id="bo", device="2")
OPEN = QueueConfig(name="open", wrap_up_seconds=0)
CHAT = Medium.CHAT


@pytest.mark.parametrize(
    ("medium", "seconds"), [(Medium.CHAT, 300), (Medium.SOCIAL, 900), (Medium.SMS, 900)]
)
async def test_who_is_silent_is_parked_without_holding_capacity(
    make_floor: MakeFloor, medium: Medium, seconds: float
) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open", medium)
    await floor.takes(contact_id)
    await floor.passes(seconds - 1)
    assert await floor.state(contact_id) is ContactState.CONNECTED
    await floor.passes(1)
    assert await floor.state(contact_id) is ContactState.PARKED
    agent = await floor.agent("anna")
    assert (agent.state, agent.assignments) == (AgentState.READY, [])
    assert await floor.rung_for(await floor.comes("open", Medium.VOICE)) == "anna"


async def test_each_word_begins_the_clock_anew(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.passes(200)
    floor.router.heard(await floor.contact(contact_id))
    await floor.passes(299)
    assert await floor.state(contact_id) is ContactState.CONNECTED
    await floor.passes(1)
    assert await floor.state(contact_id) is ContactState.PARKED


async def test_who_writes_again_comes_back_to_the_same_agent_at_the_old_age(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    entered = (await floor.contact(contact_id)).enqueued_at
    await floor.takes(contact_id)
    await floor.passes(300)
    call = await floor.comes("open", Medium.VOICE)
    assert await floor.takes(call) == "anna"
    await floor.ready("bo")
    await floor.router.unpark(contact_id)
    assert await floor.rung_for(contact_id) is None  # bo is free, but anna knows the matter
    await floor.goes(call)
    assert await floor.takes(contact_id) == "anna"
    contact = await floor.contact(contact_id)
    assert contact.enqueued_at == entered
    assert [s.kind for s in contact.segments if s.kind is not SegmentKind.RING] == [
        SegmentKind.QUEUE, SegmentKind.TALK, SegmentKind.PARKED, SegmentKind.QUEUE,
        SegmentKind.TALK,
    ]  # fmt: skip


async def test_after_a_while_another_agent_will_do(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    assert await floor.takes(await floor.comes("open", Medium.VOICE)) == "anna"
    await floor.ready("bo")
    await floor.router.unpark(contact_id)
    assert await floor.rung_for(contact_id) is None
    await floor.passes(120)
    assert await floor.rung_for(contact_id) == "bo"


async def test_an_agent_who_went_home_is_not_waited_for(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA, BO])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    await floor.router.log_out("anna")
    await floor.ready("bo")
    await floor.router.unpark(contact_id)
    assert await floor.rung_for(contact_id) == "bo"


async def test_an_earlier_agents_leaving_does_not_end_who_is_parked(
    make_floor: MakeFloor,
) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    await floor.router.agent_left(contact_id, "anna", None)
    assert await floor.state(contact_id) is ContactState.PARKED


async def test_who_never_writes_again_is_ended(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    await floor.passes(86_400 * 8)
    contact = await floor.contact(contact_id)
    assert (contact.state, contact.end_reason) == (ContactState.ENDED, EndReason.SILENT)


async def test_a_restart_watches_the_silent_on(make_floor: MakeFloor) -> None:
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    talking, parked = await floor.comes("open", CHAT), await floor.comes("open", CHAT)
    for contact_id in (talking, parked):
        await floor.takes(contact_id)
    await floor.router.park(parked)
    await floor.kill("east")
    await floor.start("east")
    await floor.settle()
    assert await floor.state(talking) is ContactState.CONNECTED
    await floor.passes(300)
    assert await floor.state(talking) is ContactState.PARKED
    await floor.router.unpark(parked)
    assert await floor.rung_for(parked) == "anna"


async def test_late_news_of_parking_watches_nobody_who_has_gone(make_floor: MakeFloor) -> None:
    """A recovery has read the contact, or the answer to the write is late, and meanwhile
    the customer goes: nothing is timed for them."""
    floor = await make_floor([OPEN], [ANNA])
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    parked = await floor.contact(contact_id)
    await floor.goes(contact_id)
    assert not [name for name in floor.stations["east"].timers.due if contact_id in name]
    await floor.router._recover_contact(parked)
    assert not [name for name in floor.stations["east"].timers.due if contact_id in name]


async def test_a_recovery_forgets_whom_others_ended(make_floor: MakeFloor) -> None:
    """Nobody tells a process that was stopped for longer than its lease what the only
    other one wrote meanwhile."""
    floor = await make_floor([OPEN], [ANNA], nodes=2)
    await floor.ready("anna")
    contact_id = await floor.comes("open", CHAT)
    await floor.takes(contact_id)
    await floor.router.park(contact_id)
    await floor.settle()
    station = floor.stations["east"]
    assert [name for name in station.timers.due if contact_id in name]
    floor.stop("east")
    await floor.settle()
    await floor.at("north").end(contact_id, EndReason.ERROR)
    await floor.settle()
    floor.go_on("east")
    await floor.settle()
    assert not [name for name in station.timers.due if contact_id in name]
