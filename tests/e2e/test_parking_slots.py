"""Customers are parked in numbered slots and picked up by colleagues."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from acd.slots import NoSuchSlot, SlotEmpty, SlotsTaken
from core.state_table import IllegalTransition
from sip.asterisk.generate import dialplan
from tests.support.app_process import Killable
from tests.support.baresip import BaresipFactory
from tests.support.installation import Centre, Installation
from tests.support.talk import answer, hears_music, talking
from tests.support.wait import until


async def _lamp(centre: Centre, slot: int, state: str) -> None:
    device = dialplan.slot_lamp(slot)

    async def shown() -> bool:
        said = await centre.asterisk.instance.rx(f"core show hint *60{slot}")
        return device in said and f"State:{state}" in said.replace(" ", "")

    await until(shown, 15, f"slot {slot} is {state}")


async def test_parked_and_picked_up_by_a_colleague(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "0"})
    talk = await talking(centre, "alice")
    age = (await centre.the_contact()).enqueued_at
    bob = await centre.agent("bob", ready=False)  # nobody is offered who is parked
    assert await centre.server.slots.park(talk.contact_id) == 1
    await talk.agent.wait_state("disconnected")
    await hears_music(talk.caller)
    await centre.wait_agent("alice", AgentState.READY)
    contact = await centre.wait_state(talk.contact_id, "queued")
    assert (contact.slot, contact.agent_id, contact.enqueued_at) == (1, None, age)
    with pytest.raises(IllegalTransition):
        await centre.server.slots.park(talk.contact_id)
    await _lamp(centre, 1, "InUse")
    await centre.server.router.set_ready("bob")
    with pytest.raises(SlotEmpty):
        await centre.server.slots.pick_up(2, "bob")
    with pytest.raises(NoSuchSlot):
        await centre.server.slots.pick_up(10, "bob")
    # At the phone: the code and the number of the slot.
    code = await bob.phone.call("*601")
    second = await answer(centre, bob, talk.caller)
    assert second.contact_id == talk.contact_id
    await code.wait_state("disconnected")
    await second.both_hear()
    await _lamp(centre, 1, "Idle")
    assert (await centre.the_contact()).slot is None
    await talk.caller.hangup()
    await second.over()
    record = await centre.record(talk.contact_id)
    assert [s.agent_id for s in record.segments if s.kind == SegmentKind.TALK] == ["alice", "bob"]
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP


async def test_who_is_not_picked_up_comes_back(installation: Installation) -> None:
    """To the agent who parked them, though a colleague is free, and skilled."""
    centre = await installation(
        {"parking_slots.seconds": "2", "queues.support.wrap_up_seconds": "0"}
    )
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob")
    await centre.server.slots.park(talk.contact_id)
    again = await answer(centre, talk.desk, talk.caller)
    assert again.contact_id == talk.contact_id
    assert not bob.phone.calls
    assert await centre.server.slots.parked() == []
    await again.agent.hangup()
    await again.over()


async def test_every_slot_taken_and_a_caller_who_hangs_up(installation: Installation) -> None:
    centre = await installation({"parking_slots.count": "1", "queues.support.wrap_up_seconds": "0"})
    first = await talking(centre, "alice")
    await centre.server.slots.park(first.contact_id, slot=1)
    second = await talking(centre, "bob")
    with pytest.raises(SlotsTaken):
        await centre.server.slots.park(second.contact_id)
    await second.both_hear()  # nothing has happened to them
    await first.caller.hangup()
    record = await centre.record(first.contact_id)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_QUEUE
    await _lamp(centre, 1, "Idle")
    assert await centre.server.slots.park(second.contact_id) == 1
    await second.caller.hangup()


async def test_parked_by_the_button_of_a_phone(
    installation: Installation, baresip: BaresipFactory
) -> None:
    """A phone that is not ours transfers the customer to the slot (REFER)."""
    centre = await installation()
    desk = await baresip(centre.asterisk, "6001")
    await centre.server.router.log_in("alice", ready=True)
    caller = await centre.call("4000")
    await desk.answer()
    contact = await centre.wait_state((await centre.the_contact()).id, "connected")
    await desk.transfer("*603")
    await desk.wait_closed()
    parked = await centre.wait_state(contact.id, "queued")
    assert parked.slot == 3
    await hears_music(caller)
    await caller.hangup()
    await centre.record(contact.id)


async def test_a_slot_outlives_the_app(killable: Killable) -> None:
    centre = await killable({"parking_slots.seconds": "600"})
    alice, bob = await centre.agent("alice"), await centre.agent("bob", ready=False)
    call = await centre.call("4000")
    await (await alice.phone.next_incoming()).answer()
    contact = await centre.wait_contact(ContactState.CONNECTED)
    parked = await centre.api("POST", f"/api/contacts/{contact.id}/slot", slot=2)
    assert parked == {"slot": 2}
    await centre.wait_contact(ContactState.QUEUED)
    await centre.kill_app()
    await hears_music(call)
    await centre.start_app()
    assert [one["slot"] for one in await centre.api("GET", "/api/slots")] == [2]
    await centre.api("POST", "/api/agents/bob/ready")
    code = await bob.phone.call("*602")
    await (await bob.phone.next_incoming()).answer()
    await centre.wait_contact(ContactState.CONNECTED)
    await code.wait_state("disconnected")
    await call.hangup()
    await centre.record(contact.id)
