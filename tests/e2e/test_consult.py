"""Attended transfer: the agent asks somebody first while the customer holds."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.errors import AgentNotReady
from acd.model import EndReason, SegmentKind
from agent_softphone.remote_call import Call
from sip.outbound import NumberNotAllowed
from sip.voice.desk import AlreadyConsulting, NotConsulting, Target
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, THIRD_HZ, Talk, hears, hears_music, talking
from tests.support.wait import until


async def _consulting(centre: Centre, *, by_phone: bool = False) -> tuple[Talk, Call]:
    """Alice talks with a customer, then with Bob."""
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob", ready=False)
    if by_phone:
        await talk.agent.hold()
        await centre.wait_state(talk.contact_id, "held")
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    asked = await bob.phone.next_incoming()
    await hears_music(talk.caller)
    await asked.answer()
    await asked.tone(THIRD_HZ)
    if by_phone:
        await talk.agent.unhold()
    await hears(talk.agent, THIRD_HZ, but_not=(CALLER_HZ,))
    await hears(asked, AGENT_HZ, but_not=(CALLER_HZ,))
    await hears_music(talk.caller)
    assert (await centre.agent_state("bob")).state is AgentState.BUSY
    return talk, asked


@pytest.mark.parametrize("by_phone", [False, True], ids=["", "held-by-the-phone-first"])
async def test_complete(installation: Installation, by_phone: bool) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30"})
    talk, asked = await _consulting(centre, by_phone=by_phone)
    with pytest.raises(AlreadyConsulting):
        await centre.server.desk.consult(talk.contact_id, Target(agent_id="carol"))
    assert (await centre.the_contact()).state is ContactState.HELD
    await centre.server.desk.consult_complete(talk.contact_id)
    await talk.agent.wait_state("disconnected")
    await hears(talk.caller, THIRD_HZ)
    await hears(asked, CALLER_HZ, but_not=(AGENT_HZ,))
    contact = await centre.the_contact()
    assert (contact.state, contact.agent_id) == (ContactState.CONNECTED, "bob")
    assert (await centre.agent_state("alice")).state is AgentState.WRAP_UP
    # Bob is now the agent in every respect.
    await centre.server.router.hold(talk.contact_id)
    await hears_music(talk.caller)
    await centre.server.router.resume(talk.contact_id)
    await hears(talk.caller, THIRD_HZ)
    await asked.hangup()
    await talk.caller.wait_state("disconnected")
    for agent in ("alice", "bob"):
        await centre.wait_agent(agent, AgentState.WRAP_UP)
        await centre.server.router.wrap_up_done(agent)
    assert (await centre.agent_state("bob")).state is AgentState.NOT_READY  # as before
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    assert SegmentKind.CONSULT in [s.kind for s in record.segments]


async def test_cancel_and_resume(installation: Installation) -> None:
    centre = await installation()
    talk, asked = await _consulting(centre)
    await centre.server.desk.consult_cancel(talk.contact_id)
    await asked.wait_state("disconnected")
    await centre.wait_agent("bob", AgentState.NOT_READY)
    with pytest.raises(NotConsulting):
        await centre.server.desk.consult_complete(talk.contact_id)
    assert (await centre.the_contact()).state is ContactState.HELD
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    # It can be done again.
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    await (await centre.agents["bob"].phone.next_incoming()).answer()
    await talk.caller.hangup()
    await talk.over()
    await centre.wait_agent("bob", AgentState.NOT_READY)


async def test_the_one_asked_hangs_up(installation: Installation) -> None:
    centre = await installation()
    talk, asked = await _consulting(centre)
    await asked.hangup()
    await centre.wait_event("contact.consult_ended", contact=talk.contact_id)
    await centre.wait_agent("bob", AgentState.NOT_READY)
    await hears_music(talk.caller)
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.caller.hangup()
    record = await centre.record(talk.contact_id)
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP


@pytest.mark.parametrize("how", ["rejects", "has no phone"])
async def test_the_one_asked_is_not_reached(installation: Installation, how: str) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob", ready=False, register=how == "rejects")
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    if how == "rejects":
        await (await bob.phone.next_incoming()).reject(603)
    await centre.wait_event("contact.consult_ended", contact=talk.contact_id)
    await centre.wait_agent("bob", AgentState.NOT_READY)
    with pytest.raises(NotConsulting):
        await centre.server.desk.consult_complete(talk.contact_id)
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.agent.hangup()


@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_somebody_leaves_meanwhile(installation: Installation, who: str) -> None:
    centre = await installation()
    talk, asked = await _consulting(centre)
    await getattr(talk, who).hangup()
    await talk.over()
    await asked.wait_state("disconnected")
    await centre.wait_agent("alice", AgentState.READY)
    await centre.wait_agent("bob", AgentState.NOT_READY)
    record = await centre.record(talk.contact_id)
    wanted = EndReason.CUSTOMER_HUNG_UP if who == "caller" else EndReason.AGENT_HUNG_UP
    assert record.contact.end_reason == wanted


async def test_the_one_asked_leaves_while_redis_is_away(installation: Installation) -> None:
    """They are free when it is back, and the customer can be taken back."""
    centre = await installation()
    centre.expected_errors |= {"records.write_failed", "router.unsure", "job.failed"}
    talk, asked = await _consulting(centre)
    centre.server.router.store.patience = 0.3
    await centre.valkey.kill()
    await asked.hangup()
    await until(lambda: centre.server.router.unsure, 15, "a call given up")
    await centre.valkey.start()
    await centre.wait_agent("bob", AgentState.NOT_READY)
    await until(lambda: not centre.server.router.unsure, 15, "all made up for")
    assert (await centre.the_contact()).state is ContactState.HELD
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.caller.hangup()


async def test_who_may_be_asked(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    with pytest.raises(AgentNotReady):
        await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    for target in (Target(agent_id="alice"), Target(number="6002"), Target()):
        with pytest.raises(NumberNotAllowed):
            await centre.server.desk.consult(talk.contact_id, target)
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.caller.hangup()


async def test_with_somebody_outside(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30", **carrier.overrides})
    await carrier.start()
    talk = await talking(centre, "alice")
    await centre.server.desk.consult(talk.contact_id, Target(number="95551234"))
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    with pytest.raises(NotConsulting):
        await centre.server.desk.consult_complete(talk.contact_id)
    await outside.answer()
    await outside.tone(THIRD_HZ)
    await hears(talk.agent, THIRD_HZ, but_not=(CALLER_HZ,))
    await hears(outside, AGENT_HZ, but_not=(CALLER_HZ,))
    await centre.server.desk.consult_complete(talk.contact_id)
    await talk.agent.wait_state("disconnected")
    await hears(talk.caller, THIRD_HZ)
    await hears(outside, CALLER_HZ)
    await centre.wait_agent("alice", AgentState.WRAP_UP)
    await centre.server.router.wrap_up_done("alice")
    await centre.server.resync.run()
    await hears(outside, CALLER_HZ)
    await talk.caller.hangup()
    await outside.wait_state("disconnected")
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.TRANSFERRED_OUT
