"""The phone's own transfer button: REFER, blind."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.model import EndReason
from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from tests.support.carrier import Carrier
from tests.support.installation import AgentDesk, Centre, Installation
from tests.support.talk import AGENT_HZ, THIRD_HZ, answer, hears, talking

NUMBER = "95551234"
SHARED = "7001"


async def refer(centre: Centre, call: Call, number: str) -> None:
    await call.transfer(f"sip:{number}@127.0.0.1:{centre.asterisk.sip_port}")


async def progress(call: Call, *codes: int) -> None:
    """Wait until the phone was told one of ``codes`` of its transfer."""
    await call.wait_event(
        lambda e: e["event"] == "transfer" and e["code"] in codes, 10, "news of the transfer"
    )


async def test_to_a_colleague(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30"})
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob")
    await refer(centre, talk.agent, "6002")
    incoming = await bob.phone.next_incoming()
    await progress(talk.agent, 200)
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await incoming.answer()
    await incoming.tone(THIRD_HZ)
    await hears(talk.caller, THIRD_HZ)
    now = await centre.wait_state(talk.contact_id, "connected")
    assert now.agent_id == "bob"
    await talk.agent.wait_state("disconnected")
    await talk.caller.hangup()
    await incoming.wait_state("disconnected")
    await centre.wait_agent("bob", AgentState.WRAP_UP)
    for one in ("alice", "bob"):
        await centre.server.router.wrap_up_done(one)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    assert (record.contact.first_agent_id, record.contact.last_agent_id) == ("alice", "bob")


async def test_to_a_colleague_who_is_not_there(installation: Installation) -> None:
    """The customer waits on at the old age; nobody is dropped."""
    centre = await installation()
    talk = await talking(centre, "alice")
    age = (await centre.the_contact()).enqueued_at
    await centre.server.router.set_not_ready("alice", "break")
    await refer(centre, talk.agent, "6002")
    contact = await centre.wait_state(talk.contact_id, "queued")
    assert (contact.queue, contact.enqueued_at) == ("support", age)
    await talk.agent.wait_state("disconnected")
    await centre.server.router.set_ready("alice")
    again = await answer(centre, talk.desk, talk.caller)
    assert again.contact_id == talk.contact_id
    await talk.caller.hangup()
    await again.over()


async def test_to_a_number_outside(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    talk = await talking(centre, "alice")
    await refer(centre, talk.agent, NUMBER)
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    await talk.agent.wait_state("disconnected")
    await outside.answer()
    await outside.tone(THIRD_HZ)
    await hears(talk.caller, THIRD_HZ)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
    await talk.caller.hangup()
    await outside.wait_state("disconnected")


async def test_from_a_shared_phone(installation: Installation, carrier: Carrier) -> None:
    """The customer takes the same way, not that of what the phone itself may dial."""
    centre = await installation({**carrier.overrides, "shared_phones.desk-1.extension": SHARED})
    await carrier.start()
    phone = await Phone.launch()
    account = await phone.register(
        SHARED, centre.asterisk.phone_password(SHARED), port=centre.asterisk.sip_port
    )
    await centre.server.router.move("alice", SHARED)
    await centre.server.router.log_in("alice", ready=True)
    desk = centre.agents["alice"] = AgentDesk("alice", phone, account)
    talk = await talking(centre, desk)
    await refer(centre, talk.agent, NUMBER)
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    await outside.answer()
    await outside.tone(THIRD_HZ)
    await hears(talk.caller, THIRD_HZ)
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
    await talk.caller.hangup()
    await outside.wait_state("disconnected")


async def test_to_a_number_of_ours(installation: Installation) -> None:
    """As if the customer had dialled it: its flow leads them to its queue."""
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.router.set_not_ready("alice", "break")
    await refer(centre, talk.agent, "4002")
    contact = await centre.wait_state(talk.contact_id, "queued")
    assert contact.queue == "vip"
    bob = await answer(centre, await centre.agent("bob"), talk.caller)
    assert bob.contact_id == talk.contact_id
    await talk.caller.hangup()
    await bob.over()


@pytest.mark.parametrize("number", ["7123", "s", "4000,1"])
async def test_to_what_may_not_be(installation: Installation, number: str) -> None:
    """Refused at once, and the call goes on."""
    centre = await installation()
    talk = await talking(centre, "alice")
    await refer(centre, talk.agent, number.replace(",", "%2c"))
    await progress(talk.agent, 403, 404, 480, 603)
    await asyncio.gather(hears(talk.agent, 440), hears(talk.caller, AGENT_HZ))
    assert (await centre.the_contact()).agent_id == "alice"
    await talk.agent.hangup()
    await talk.over()


async def test_a_customer_may_not(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await refer(centre, talk.caller, "6002")
    await progress(talk.caller, 403, 603, 405, 501)
    await talk.both_hear()
    assert (await centre.the_contact()).agent_id == "alice"
    await talk.agent.hangup()
    await talk.over()


async def test_attended_to_a_colleague(installation: Installation) -> None:
    """The agent calls a colleague on a second line, and joins the two."""
    centre = await installation({"queues.support.wrap_up_seconds": "30"})
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob")
    await talk.agent.hold()
    await centre.wait_state(talk.contact_id, "held")
    second = await talk.desk.phone.call("6002")
    incoming = await bob.phone.next_incoming()
    await incoming.answer()
    await asyncio.gather(second.tone(AGENT_HZ), incoming.tone(THIRD_HZ))
    await asyncio.gather(hears(second, THIRD_HZ), hears(incoming, AGENT_HZ))
    (other,) = [c for c in await centre.contacts() if c.id != talk.contact_id]
    await centre.wait_state(other.id, "connected")
    await talk.agent.transfer_to(second)
    await asyncio.gather(hears(talk.caller, THIRD_HZ), hears(incoming, 440))
    await asyncio.gather(talk.agent.wait_state("disconnected"), second.wait_state("disconnected"))
    await centre.wait_event("contact.transferred", contact=talk.contact_id)
    assert (await centre.server.router.contacts.get(talk.contact_id)).agent_id == "bob"
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await centre.wait_agent("bob", AgentState.BUSY)
    await talk.caller.hangup()
    await incoming.wait_state("disconnected")
    await centre.wait_agent("bob", AgentState.WRAP_UP)
    assert (await centre.record(other.id)).contact.end_reason == EndReason.MERGED
    for one in ("alice", "bob"):
        await centre.server.router.wrap_up_done(one)
    record = await centre.record(talk.contact_id)
    assert (record.contact.first_agent_id, record.contact.last_agent_id) == ("alice", "bob")


async def test_attended_to_a_number_outside(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({"own_calls.wrap_up_seconds": "30", **carrier.overrides})
    await carrier.start()
    talk = await talking(centre, "alice")
    await talk.agent.hold()
    second = await talk.desk.phone.call(NUMBER)
    outside = await carrier.phone.next_incoming()
    await outside.answer()
    await asyncio.gather(second.tone(AGENT_HZ), outside.tone(THIRD_HZ))
    await hears(second, THIRD_HZ)
    (other,) = [c for c in await centre.contacts() if c.id != talk.contact_id]
    await centre.wait_state(other.id, "connected")
    await talk.agent.transfer_to(second)
    await asyncio.gather(hears(talk.caller, THIRD_HZ), hears(outside, 440))
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
    await centre.wait_agent("alice", AgentState.READY)
    await talk.caller.hangup()
    await outside.wait_state("disconnected")
