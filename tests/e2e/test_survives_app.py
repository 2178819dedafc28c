"""The app is killed at every stage of a call; the people on the phone hardly notice."""

from __future__ import annotations

import time

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from acd.records.tables import RecordingRow
from core.clock import to_epoch
from tests.support.app_process import Killable, KillableCentre
from tests.support.wait import until


async def test_two_people_keep_talking_and_the_record_is_right(killable: Killable) -> None:
    centre = await killable()
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    answered = incoming.at["confirmed"]
    await centre.kill_app()
    await call.tone(660)
    await incoming.tone(1200)
    await incoming.hear_tone(660)
    await call.hear_tone(1200)
    await centre.start_app()
    assert (await centre.wait_contact(ContactState.CONNECTED)).id == contact_id
    assert (await centre.wait_agent("alice", AgentState.BUSY)).contact_id == contact_id
    await call.tone(440)
    await incoming.hear_tone(440)
    ended = await call.hangup()
    await incoming.wait_state("disconnected")
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(contact_id)
    (talk,) = [s for s in record.segments if s.kind == SegmentKind.TALK]
    assert talk.ended_at is not None
    assert abs((talk.ended_at - talk.started_at).total_seconds() - (ended - answered)) < 0.5
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    recordings = await until(lambda: _finished(centre, contact_id), 10, "a finished recording")
    assert abs(recordings[0].details["seconds"] - (ended - answered)) < 1


async def _finished(centre: KillableCentre, contact_id: str) -> list[RecordingRow] | None:
    record = await centre.history.get(contact_id)
    done = [r for r in record.recordings if r.details.get("state") == "finished"]
    return done or None


async def test_a_call_that_ends_meanwhile_has_its_true_end(killable: Killable) -> None:
    centre = await killable()
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    await centre.kill_app()
    ended = await call.hangup()
    await incoming.wait_state("disconnected")
    pause = time.monotonic() + 2
    await until(lambda: time.monotonic() > pause or None, 5, "two seconds without an app")
    await centre.start_app()
    record = await centre.record(contact_id)
    (talk,) = [s for s in record.segments if s.kind == SegmentKind.TALK]
    assert talk.ended_at is not None
    assert abs(to_epoch(talk.ended_at) - ended) < 0.5
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    await centre.wait_agent("alice", AgentState.READY)
    (recording,) = await until(lambda: _finished(centre, contact_id), 10, "a finished recording")
    assert recording.agent_id == "alice"
    assert recording.bytes


async def test_waiting_callers_keep_their_ages_and_order(killable: Killable) -> None:
    centre = await killable()
    first = await centre.call("4000", caller="13800000001")
    await centre.wait_contact(ContactState.QUEUED)
    await centre.call("4000", caller="13800000002")
    await centre.wait_contact(ContactState.QUEUED, count=2)
    before = {c.id: c.enqueued_at for c in await centre.live()}
    await centre.kill_app()
    await centre.start_app()
    assert {c.id: c.enqueued_at for c in await centre.live()} == before
    agent = await centre.agent("alice")
    incoming = await agent.phone.next_incoming()
    assert incoming.from_user == "13800000001"
    await incoming.answer()
    await first.tone(440)
    await incoming.hear_tone(440)


async def test_an_answer_that_nobody_heard_is_joined_after_the_restart(killable: Killable) -> None:
    centre = await killable({"queues.support.ring_seconds": "20"})
    agent = await centre.agent("alice")
    call = await centre.call("4000")
    incoming = await agent.phone.next_incoming()
    await centre.kill_app()
    await incoming.answer()
    await call.tone(440)
    await incoming.tone(880)
    await centre.start_app()
    await incoming.hear_tone(440)
    await call.hear_tone(880)
    await centre.wait_contact(ContactState.CONNECTED)


async def test_a_ringing_offer_is_adopted_and_can_still_be_answered(killable: Killable) -> None:
    centre = await killable({"queues.support.ring_seconds": "20"})
    agent = await centre.agent("alice")
    call = await centre.call("4000")
    incoming = await agent.phone.next_incoming()
    await centre.kill_app()
    await centre.start_app()
    await incoming.answer()
    await call.tone(440)
    await incoming.hear_tone(440)
    await call.hangup()
    await centre.wait_agent("alice", AgentState.READY)


async def test_a_consultation_that_ends_meanwhile(killable: Killable) -> None:
    """Who was asked is free again, and the customer can be taken back."""
    centre = await killable()
    alice = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(alice)
    bob = await centre.agent("bob", ready=False)
    await centre.api("POST", f"/api/contacts/{contact_id}/consult", agent="bob")
    asked = await bob.phone.next_incoming()
    await asked.answer()
    await asked.tone(1200)
    await incoming.hear_tone(1200)
    await centre.kill_app()
    await asked.hangup()
    await centre.start_app()
    await centre.wait_agent("bob", AgentState.NOT_READY)
    assert (await centre.wait_contact(ContactState.HELD)).id == contact_id
    await centre.api("POST", f"/api/contacts/{contact_id}/resume")
    await incoming.hear_tone(440)
    await call.hear_tone(880)
    await call.hangup()
    await centre.wait_agent("alice", AgentState.READY)


async def test_a_caller_in_the_menu_goes_on_at_the_same_node(killable: Killable) -> None:
    centre = await killable()
    agent = await centre.agent("alice")
    call = await centre.call("4001")
    await call.wait_state("confirmed")
    await call.dtmf("21")  # English, then the loans menu
    contact = await centre.wait_contact(ContactState.IVR)
    await until(lambda: _at_node(centre, contact.id, "loans"), 10, "the loans menu")
    await centre.kill_app()
    await centre.start_app()
    await until(lambda: _resumed(centre), 15, "the menu once more")
    await call.dtmf("1")
    incoming = await agent.phone.next_incoming(20)
    await incoming.answer()
    connected = await centre.wait_contact(ContactState.CONNECTED)
    assert (connected.id, connected.queue, connected.language) == (contact.id, "loans", "en")


async def _at_node(centre: KillableCentre, contact_id: str, node: str) -> bool:
    text = await centre.redis.get(centre.store.keys("ivr", contact_id))
    return text is not None and f'"node": "{node}"' in text


def _resumed(centre: KillableCentre) -> bool:
    return "ivr.resumed" in centre.app.log_file.read_text()


async def test_wrap_up_goes_on_where_it_was(killable: Killable) -> None:
    centre = await killable({"queues.support.wrap_up_seconds": "12"})
    agent = await centre.agent("alice")
    call, _, contact_id = await centre.talk(agent)
    await call.hangup()
    before = await centre.wait_agent("alice", AgentState.WRAP_UP)
    await centre.kill_app()
    await centre.start_app()
    after = await centre.wait_agent("alice", AgentState.WRAP_UP)
    assert after.wrap_up_until == before.wrap_up_until
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(contact_id)
    (wrap_up,) = [s for s in record.segments if s.kind == SegmentKind.WRAP_UP]
    assert wrap_up.ended_at is not None
    assert 11.5 < (wrap_up.ended_at - wrap_up.started_at).total_seconds() < 15


async def test_a_caller_in_a_survey_is_left_there(killable: Killable) -> None:
    survey = "[parley-after-custom]\nexten => s,1,Milliwatt(o)\n"
    centre = await killable(custom={"extensions-custom.conf": survey})
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    await incoming.hangup()
    await call.hear_tone(1004)
    await centre.record(contact_id)
    await centre.kill_app()
    await centre.start_app()
    assert await centre.live() == []
    await call.hear_tone(1004)
    await call.hangup()
