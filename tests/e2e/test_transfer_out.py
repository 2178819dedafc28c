"""Blind transfer to a number outside: answered, in vain, and broken off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason
from agent_softphone.remote_call import Call
from sip.causes import Cause
from sip.outbound import NumberNotAllowed
from tests.support.app_process import Killable
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.talk import CALLER_HZ, THIRD_HZ, answer, hears, hears_music, talking
from tests.support.wait import until

NUMBER = "95551234"


async def test_somebody_answers(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30", **carrier.overrides})
    await carrier.start()
    talk = await talking(centre, "alice")
    for refused in ("5551234", "6002", "4000", "9", "s", "9123,1"):
        with pytest.raises(NumberNotAllowed):
            await centre.server.desk.transfer_to_number(talk.contact_id, refused)
    await talk.both_hear()
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    await talk.agent.wait_state("disconnected")
    await centre.wait_state(talk.contact_id, "held")
    # A new connection to Asterisk must take the customer for one whom nobody serves.
    await centre.server.resync.run()
    assert (await centre.server.router.contacts.get(talk.contact_id)).state is ContactState.HELD
    await outside.answer()
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await outside.tone(THIRD_HZ)
    await hears(talk.caller, THIRD_HZ)
    await hears(outside, CALLER_HZ)
    # ... nor for somebody whose contact was lost.
    await centre.server.resync.run()
    await hears(outside, CALLER_HZ)
    await centre.server.router.wrap_up_done("alice")
    await outside.hangup()
    await talk.caller.wait_state("disconnected")
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT


@pytest.mark.parametrize("why", ["busy", "nobody answers", "unreachable"])
async def test_in_vain_they_come_back(
    installation: Installation, carrier: Carrier, why: str
) -> None:
    centre = await installation({"routes.outside.ring_seconds": "5", **carrier.overrides})
    if why != "unreachable":
        await carrier.start()
    talk = await talking(centre, "alice")
    age = (await centre.the_contact()).enqueued_at
    await centre.server.router.set_not_ready("alice", "break")
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    if why != "unreachable":
        outside = await carrier.phone.next_incoming()
        if why == "busy":
            await outside.reject(486)
        await outside.wait_state("disconnected")
    contact = await centre.wait_state(talk.contact_id, "queued", timeout=30)
    assert (contact.queue, contact.enqueued_at, contact.agent_id) == ("support", age, None)
    await centre.wait_agent("alice", AgentState.NOT_READY)
    await hears_music(talk.caller)
    second = await answer(centre, await centre.agent("bob"), talk.caller)
    assert second.contact_id == talk.contact_id
    await talk.caller.hangup()
    await second.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP


async def test_a_second_attempt(installation: Installation, carrier: Carrier) -> None:
    """What is left of the first must not stand in its way."""
    centre = await installation(carrier.overrides)
    await carrier.start()
    talk = await talking(centre, "alice")
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    await (await carrier.phone.next_incoming()).reject(486)
    again = await answer(centre, talk.desk, talk.caller)
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    outside = await carrier.phone.next_incoming()
    await outside.answer()
    await outside.tone(THIRD_HZ)
    await hears(talk.caller, THIRD_HZ)
    await again.agent.wait_state("disconnected")
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
    await talk.caller.hangup()
    await outside.wait_state("disconnected")


async def test_the_customer_gives_up(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    talk = await talking(centre, "alice")
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    outside = await carrier.phone.next_incoming()
    await talk.caller.hangup()
    await outside.wait_state("disconnected")
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    await centre.wait_agent("alice", AgentState.READY)


async def test_the_queue_is_full_meanwhile(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({"queues.support.max_waiting": "1", **carrier.overrides})
    await carrier.start()
    talk = await talking(centre, "alice")
    await centre.server.router.set_not_ready("alice", "break")
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    outside = await carrier.phone.next_incoming()
    waiting = await centre.call("4000", caller="13800000002")
    await until(lambda: _queued(centre), 15, "somebody who waits")
    await outside.reject(486)
    await talk.caller.wait_state("disconnected", timeout=20)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.QUEUE_FULL
    await waiting.hangup()


async def _queued(centre: Centre) -> bool:
    return any(c.state is ContactState.QUEUED for c in await centre.contacts())


async def _flow(installation: Installation, carrier: Carrier, folder: Path) -> tuple[Centre, Call]:
    """A caller whose flow leads to a number outside, which rings."""
    file = folder / "outside.yaml"
    file.write_text(
        "languages: [en]\nstart: out\nnodes:\n"
        f"  out: {{type: transfer, number: '{NUMBER}', prompts: [beep]}}\n"
    )
    centre = await installation({"flows.direct": str(file), **carrier.overrides})
    await carrier.start()
    caller = await centre.call("4000")
    return centre, caller


async def test_from_self_service(
    installation: Installation, carrier: Carrier, tmp_path: Path
) -> None:
    centre, caller = await _flow(installation, carrier, tmp_path)
    outside = await carrier.phone.next_incoming()
    contact = await centre.the_contact()
    assert contact.state is ContactState.IVR
    await outside.answer()
    await outside.tone(THIRD_HZ)
    await hears(caller, THIRD_HZ)
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
    await caller.hangup()
    await outside.wait_state("disconnected")


async def test_from_self_service_in_vain(
    installation: Installation, carrier: Carrier, tmp_path: Path
) -> None:
    """There is no queue to go back to: they hear so, and the record says why."""
    centre, caller = await _flow(installation, carrier, tmp_path)
    outside = await carrier.phone.next_incoming()
    contact = await centre.the_contact()
    rejected = time.time()
    await outside.reject(486)
    await caller.wait_state("disconnected", timeout=20)
    assert time.time() - rejected > 3  # what is said takes more than four seconds
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.ERROR
    assert record.contact.hangup_cause == Cause.BUSY


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "in vain"])
async def test_without_the_app(killable: Killable, carrier: Carrier, answered: bool) -> None:
    """It is killed while the number rings. Who is not answered hears music until it is
    back, and then comes back."""
    centre = await killable({"queues.support.wrap_up_seconds": "30", **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    caller, incoming, contact_id = await centre.talk(alice)
    await centre.api("POST", f"/api/contacts/{contact_id}/transfer", number=NUMBER)
    outside = await carrier.phone.next_incoming()
    await incoming.wait_state("disconnected")
    await centre.wait_contact(ContactState.HELD)
    await centre.kill_app()
    if answered:
        await outside.answer()
        await outside.tone(THIRD_HZ)
        await hears(caller, THIRD_HZ)
    else:
        await outside.reject(486)
    await centre.start_app()
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await centre.api("POST", "/api/agents/alice/wrap-up/done")
    if answered:
        record = await centre.record(contact_id)
        assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
        await hears(caller, THIRD_HZ)
        await outside.hangup()
        await caller.wait_state("disconnected")
    else:
        assert (await centre.wait_contact(ContactState.QUEUED)).id == contact_id
        await hears_music(caller)
        await caller.hangup()
