"""Agents dial themselves: each such call is a contact, and takes the agent."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from agent_softphone.remote_call import Call
from tests.support.carrier import Carrier
from tests.support.installation import AgentDesk, Centre, Installation
from tests.support.talk import AGENT_HZ, THIRD_HZ, answer, hears, hears_music
from tests.support.wait import until

NUMBER = "95551234"


async def out(centre: Centre, desk: AgentDesk, carrier: Carrier) -> tuple[Call, Call, str]:
    """The agent talks with somebody outside: both calls and the contact's id."""
    call = await desk.phone.call(NUMBER)
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    contact = await centre.contact_of(desk.id)
    await outside.answer()
    await asyncio.gather(call.tone(AGENT_HZ), outside.tone(THIRD_HZ))
    await asyncio.gather(hears(call, THIRD_HZ), hears(outside, AGENT_HZ))
    await centre.wait_state(contact, "connected")
    return call, outside, contact


async def test_a_call_out_is_a_contact(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({"own_calls.wrap_up_seconds": "30", **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    dialling = await alice.phone.call(NUMBER)
    outside = await carrier.phone.next_incoming()
    # From the INVITE on the agent has it: no call of a queue rings on top.
    await centre.wait_agent("alice", AgentState.BUSY)
    customer = await centre.call("4000")
    await hears_music(customer)
    contact = await centre.server.router.contacts.get(await centre.contact_of("alice"))
    assert (contact.state, contact.direction) == (ContactState.DIALLING, "outbound")
    assert (contact.customer_number, contact.dialled_number) == ("5551234", NUMBER)
    assert len(alice.phone.calls) == 1
    await outside.answer()
    await asyncio.gather(dialling.tone(AGENT_HZ), outside.tone(THIRD_HZ))
    await asyncio.gather(hears(dialling, THIRD_HZ), hears(outside, AGENT_HZ))
    await centre.wait_state(contact.id, "connected")
    await until(lambda: _recorded(centre, contact.id), 10, "a recording")
    await outside.hangup()
    await dialling.wait_state("disconnected")
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await centre.server.router.contacts.set_disposition(contact.id, "resolved")
    await centre.server.router.wrap_up_done("alice")
    record = await centre.record(contact.id)
    assert record.contact.direction == "outbound"
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    assert record.contact.disposition == "resolved"
    assert record.contact.talk_seconds > 0
    kinds = [(s.kind, s.agent_id) for s in record.segments]
    assert kinds == [
        (k, "alice") for k in (SegmentKind.DIAL, SegmentKind.TALK, SegmentKind.WRAP_UP)
    ]
    talk = await answer(centre, alice, customer)  # it waited for her
    await customer.hangup()
    await talk.over()


async def _recorded(centre: Centre, contact_id: str) -> bool:
    contact = await centre.server.router.contacts.get(contact_id)
    return any(r["state"] == "recording" for r in contact.recordings)


@pytest.mark.parametrize(
    ("how", "reason", "code"),
    [
        ("busy", EndReason.BUSY, 486),
        ("declined", EndReason.DECLINED, 403),
        ("unknown", EndReason.NUMBER_UNKNOWN, 404),
        ("cancelled", EndReason.CANCELLED, 487),
        ("not allowed", EndReason.NOT_ALLOWED, 403),
    ],
)
async def test_nobody_is_reached(
    installation: Installation, carrier: Carrier, how: str, reason: EndReason, code: int
) -> None:
    overrides = {"own_calls.wrap_up_seconds": "30", **carrier.overrides}
    if how == "not allowed":
        overrides["routes.outside.right"] = "outside"
    centre = await installation(overrides)
    await carrier.start()
    alice = await centre.agent("alice")
    call = await alice.phone.call(NUMBER)
    if how != "not allowed":
        outside = await carrier.phone.next_incoming()
        if how == "cancelled":
            await call.hangup()
            await outside.wait_state("disconnected")
        else:
            await outside.reject({"busy": 486, "declined": 603, "unknown": 404}[how])
    await call.wait_state("disconnected", timeout=20)
    assert call.code == code
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    record = await centre.record(ended.contact_id)
    assert (record.contact.end_reason, record.contact.direction) == (reason, "outbound")
    await centre.wait_agent("alice", AgentState.READY)  # no wrap-up after no talk


async def test_hold_and_transfer_of_a_call_out(
    installation: Installation, carrier: Carrier
) -> None:
    """Whom an agent called is a customer like any other from then on."""
    centre = await installation({"own_calls.wrap_up_seconds": "0", **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    call, outside, contact = await out(centre, alice, carrier)
    await centre.server.router.hold(contact)
    await hears_music(outside)
    await centre.server.router.resume(contact)
    await asyncio.gather(hears(call, THIRD_HZ), hears(outside, AGENT_HZ))
    bob = await centre.agent("bob")
    await centre.server.router.transfer_to_agent(contact, "bob", queue="support")
    incoming = await bob.phone.next_incoming()
    await call.wait_state("disconnected")
    await incoming.answer()
    await incoming.tone(440)
    await asyncio.gather(hears(incoming, THIRD_HZ), hears(outside, 440))
    await centre.wait_agent("alice", AgentState.READY)
    await incoming.hangup()
    await outside.wait_state("disconnected")
    record = await centre.record(contact)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP


async def test_among_colleagues(installation: Installation) -> None:
    centre = await installation()
    alice, bob = await centre.agent("alice"), await centre.agent("bob")
    call = await alice.phone.call("6002")
    incoming = await bob.phone.next_incoming()
    await asyncio.gather(
        centre.wait_agent("alice", AgentState.BUSY), centre.wait_agent("bob", AgentState.BUSY)
    )
    customer = await centre.call("4000")
    carol = await centre.agent("carol", ready=False)
    # A third who calls one of them is told that they are busy.
    third = await carol.phone.call("6002")
    await third.wait_state("disconnected")
    assert third.code == 486
    await incoming.answer()
    await asyncio.gather(call.tone(AGENT_HZ), incoming.tone(THIRD_HZ))
    await asyncio.gather(hears(call, THIRD_HZ), hears(incoming, AGENT_HZ))
    contact = await centre.wait_state(await centre.contact_of("alice"), "connected")
    assert (contact.direction, contact.agent_id, contact.peer_agent_id) == (
        "internal", "alice", "bob",
    )  # fmt: skip
    await centre.server.router.set_ready("carol")
    talk = await answer(centre, carol, customer)
    await customer.hangup()
    await talk.over()
    await call.hangup()
    await incoming.wait_state("disconnected")
    for one in ("alice", "bob"):
        await centre.wait_agent(one, AgentState.READY)
    record = await centre.record(contact.id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    assert record.recordings == []  # not among colleagues, unless configured


async def test_who_dials_the_queue_is_not_rung_for_it(installation: Installation) -> None:
    centre = await installation({"agents.alice.capacity": "200"})
    alice = await centre.agent("alice")
    call = await alice.phone.call("4000")
    await hears_music(call)
    contact = await centre.the_contact()
    assert (contact.direction, contact.peer_agent_id) == ("internal", "alice")
    assert (await centre.agent_state("alice")).state is AgentState.BUSY
    await centre.server.router.quiet()
    assert len(alice.phone.calls) == 1
    bob = await centre.agent("bob")
    incoming = await bob.phone.next_incoming()
    assert incoming.from_user == "6001"
    await incoming.answer()
    await asyncio.gather(call.tone(AGENT_HZ), incoming.tone(THIRD_HZ))
    await asyncio.gather(hears(call, THIRD_HZ), hears(incoming, AGENT_HZ))
    await call.hangup()
    await incoming.wait_state("disconnected")
    for one in ("alice", "bob"):
        await centre.wait_agent(one, AgentState.READY)


async def test_an_agent_who_dials_while_it_rings(
    installation: Installation, carrier: Carrier
) -> None:
    """Their own call goes before: the offer is taken back, and nobody is blamed."""
    centre = await installation({"own_calls.wrap_up_seconds": "0", **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    customer = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    waiting = await centre.the_contact()
    call = await alice.phone.call(NUMBER)
    await carrier.phone.next_incoming()
    await ringing.wait_state("disconnected")
    now = await centre.wait_state(waiting.id, "queued")
    assert now.enqueued_at == waiting.enqueued_at
    await call.hangup()
    talk = await answer(centre, alice, customer)
    assert talk.contact_id == waiting.id
    await customer.hangup()
    await talk.over()
    record = await centre.record(waiting.id)
    rings = [(s.agent_id, s.outcome) for s in record.segments if s.kind == SegmentKind.RING]
    assert rings == [("alice", "agent_dialled"), ("alice", "answered")]


async def test_a_colleagues_phone_redirects(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    alice, bob = await centre.agent("alice"), await centre.agent("bob")
    call = await alice.phone.call("6002")
    await (await bob.phone.next_incoming()).redirect(
        f"sip:{NUMBER}@127.0.0.1:{centre.asterisk.sip_port}"
    )
    await call.wait_state("disconnected")
    assert not carrier.phone.calls
    for one in ("alice", "bob"):
        await centre.wait_agent(one, AgentState.READY)
