"""Call-backs: the customer hangs up, keeps the place, and is called when it is their turn."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from acd.model import Contact, EndReason, SegmentKind
from agent_softphone.remote_call import Call
from tests.support.carrier import Carrier
from tests.support.installation import AgentDesk, Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER, CALLER_HZ, Talk, answer
from tests.support.wait import until


async def _agreed(centre: Centre, *, number: str = "4003") -> str:
    """A customer asks to be called back and hangs up; their contact."""
    call = await centre.call(number)
    await _asked(centre)
    await call.dtmf("1")
    event = await centre.wait_event("contact.call_back_agreed")
    await centre.wait_event("contact.queued", contact=event.contact_id)
    await call.hangup()
    assert event.contact_id is not None
    await centre.wait_event("contact.hung_up_to_wait", contact=event.contact_id)
    return event.contact_id


async def _asked(centre: Centre) -> None:
    def look() -> bool:
        return any(
            line["event"] == "ivr.node_entered" and line.get("node") == "ask"
            for line in centre.log_lines
        )

    await until(look, 15, "the question")


async def _waiting(centre: Centre, caller: str) -> tuple[Call, str]:
    known = {c.id for c in await centre.contacts()}
    call = await centre.call("4000", caller=caller)

    async def look() -> str | None:
        new = [c for c in await centre.contacts() if c.id not in known]
        return new[0].id if new and new[0].state.value == "queued" else None

    return call, await until(look, 15, "a queued contact")


async def _reach(centre: Centre, desk: AgentDesk, carrier: Carrier) -> tuple[Call, Call]:
    """The agent answers and hears it ringing; the customer's phone rings."""
    incoming = await desk.phone.next_incoming()
    assert incoming.from_user == CALLER
    await incoming.answer()
    ringing = await carrier.phone.next_incoming()
    assert ringing.to_user == CALLER
    await incoming.hear_sound(10)
    return incoming, ringing


async def test_the_place_is_kept(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    first = await _agreed(centre)
    second, second_id = await _waiting(centre, "13800000002")
    third, third_id = await _waiting(centre, "13800000003")
    assert await centre.server.router.position(first) == 1
    alice = await centre.agent("alice")
    incoming, back = await _reach(centre, alice, carrier)
    assert (await centre.server.router.contacts.get(first)).state.value == "offered"
    await back.answer()
    await asyncio.gather(back.tone(CALLER_HZ), incoming.tone(AGENT_HZ))
    talk = Talk(centre, first, back, incoming, alice)
    await talk.both_hear()
    contact = await centre.wait_state(first, "connected")
    assert contact.address
    await centre.server.router.hold(first)
    await centre.server.router.resume(first)
    await talk.both_hear()
    await back.hangup()
    await talk.over()
    record = await centre.record(first)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    assert [s.outcome for s in record.segments if s.kind == SegmentKind.RING] == ["answered"]
    for waiting, contact_id in ((second, second_id), (third, third_id)):
        ringing = await alice.phone.next_incoming()
        await ringing.answer()
        await centre.wait_state(contact_id, "connected")
        await waiting.hangup()
        await ringing.wait_state("disconnected")


async def test_who_was_called_back_and_waits_again_may_leave(
    installation: Installation, carrier: Carrier
) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    contact_id = await _agreed(centre)
    alice = await centre.agent("alice")
    incoming, back = await _reach(centre, alice, carrier)
    await back.answer()
    await centre.wait_state(contact_id, "connected")
    await centre.server.router.transfer_to_queue(contact_id, "loans")
    await incoming.wait_state("disconnected")
    await back.hangup()
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.ABANDONED_IN_QUEUE


async def test_a_customer_who_does_not_answer_is_tried_again(
    installation: Installation, carrier: Carrier
) -> None:
    centre = await installation(
        {
            **carrier.overrides,
            "queues.support.call_back": "{retry_seconds: 1, attempts: 3}",
            "call_backs.ring_seconds": "5",
        }
    )
    await carrier.start()
    contact_id = await _agreed(centre)
    age = (await centre.the_contact()).enqueued_at
    alice = await centre.agent("alice")
    incoming, ringing = await _reach(centre, alice, carrier)
    await ringing.reject(486)
    await incoming.wait_state("disconnected")
    await centre.wait_event("contact.call_back_postponed", contact=contact_id)
    again, ringing = await _reach(centre, alice, carrier)  # alice was not blamed
    await ringing.wait_state("disconnected", 12)  # nobody answers
    await again.wait_state("disconnected")
    last, ringing = await _reach(centre, alice, carrier)
    assert (await centre.server.router.contacts.get(contact_id)).enqueued_at == age
    await ringing.reject(480)
    await last.wait_state("disconnected")
    record = await centre.record(contact_id)
    assert record.contact.end_reason == EndReason.CALL_BACK_FAILED
    await centre.wait_agent("alice", AgentState.READY)


async def test_the_agent_hangs_up_while_the_customer_is_called(
    installation: Installation, carrier: Carrier
) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    contact_id = await _agreed(centre)
    alice = await centre.agent("alice")
    incoming, ringing = await _reach(centre, alice, carrier)
    await incoming.hangup()
    await ringing.wait_state("disconnected")
    waits = await centre.wait_state(contact_id, "queued")
    assert waits.call_back is not None
    assert waits.call_back.attempts == 0
    await centre.wait_agent("alice", AgentState.NOT_READY)
    await centre.server.router.end(contact_id, EndReason.ABANDONED_IN_QUEUE)


async def test_who_answers_and_hangs_up_at_once(
    installation: Installation, carrier: Carrier
) -> None:
    """They talked, or they were not reached; in neither case does anything stay behind."""
    centre = await installation({**carrier.overrides, "queues.support.call_back": "{attempts: 1}"})
    await carrier.start()
    contact_id = await _agreed(centre)
    alice = await centre.agent("alice")
    incoming, ringing = await _reach(centre, alice, carrier)
    await ringing.answer()
    await ringing.hangup()
    await incoming.wait_state("disconnected")
    record = await centre.record(contact_id)
    assert record.contact.end_reason in (EndReason.CALL_BACK_FAILED, EndReason.CUSTOMER_HUNG_UP)
    await centre.wait_agent("alice", AgentState.READY)


async def test_offered_while_they_wait(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(
        {**carrier.overrides, "queues.support.call_back": "{offer_after_seconds: 0}"}
    )
    await carrier.start()
    call, contact_id = await _waiting(centre, CALLER)
    await until(lambda: centre.server.agi.sessions, 15, "the announcement")
    await call.dtmf("1")
    await call.wait_state("disconnected", 15)
    contact = await _without_phone(centre, contact_id)
    assert contact.call_back is not None
    alice = await centre.agent("alice")
    incoming, back = await _reach(centre, alice, carrier)
    await back.answer()
    await asyncio.gather(back.tone(CALLER_HZ), incoming.tone(AGENT_HZ))
    await Talk(centre, contact_id, back, incoming, alice).both_hear()
    await incoming.hangup()
    await back.wait_state("disconnected")


async def _without_phone(centre: Centre, contact_id: str) -> Contact:
    async def look() -> Contact | None:
        contact = await centre.server.router.contacts.get(contact_id)
        return None if contact.address else contact

    return await until(look, 15, "the hang-up")


async def test_who_does_not_want_it_waits(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    call = await centre.call("4003")
    await _asked(centre)
    await call.dtmf("2")
    await centre.wait_event("contact.queued")
    talk = await answer(centre, await centre.agent("alice"), call)
    await call.hangup()
    await talk.over()


async def test_another_number(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({**carrier.overrides, "call_backs.other_numbers": "true"})
    await carrier.start()
    call = await centre.call("4003")
    await _asked(centre)
    await call.dtmf("3")
    await call.dtmf("13987654321#")
    await call.dtmf("1")
    event = await centre.wait_event("contact.call_back_agreed")
    await call.wait_state("disconnected", 15)
    alice = await centre.agent("alice")
    incoming = await alice.phone.next_incoming()
    await incoming.answer()
    ringing = await carrier.phone.next_incoming()
    assert ringing.to_user == "13987654321"
    await incoming.hangup()
    await ringing.wait_state("disconnected")
    assert event.contact_id is not None
    await centre.wait_state(event.contact_id, "queued")
    await centre.server.router.end(event.contact_id, EndReason.ABANDONED_IN_QUEUE)
