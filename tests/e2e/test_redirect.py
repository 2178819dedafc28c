"""An agent's phone answers 302 Moved Temporarily: nobody is called in its place."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.model import SegmentKind
from tests.support.carrier import Carrier
from tests.support.installation import Installation
from tests.support.talk import answer, hears_music


@pytest.mark.parametrize("target", ["95551234", "6002", "6001", "4000", "nobody"])
async def test_a_redirection_is_refused(
    installation: Installation, carrier: Carrier, target: str
) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    alice = await centre.agent("alice")
    bob = await centre.agent("bob", ready=False)
    call = await centre.call("4000")
    ringing = await alice.phone.next_incoming()
    contact = await centre.the_contact()
    await ringing.redirect(f"sip:{target}@127.0.0.1:{centre.asterisk.sip_port}")
    agent = await centre.wait_agent("alice", AgentState.NOT_READY)
    assert agent.reason == "redirected"
    await hears_music(call)
    # The caller's is the only channel, and nobody else was rung.
    shown = await centre.server.ami.query("CoreShowChannels")
    assert [c.get("Channel").partition("/")[0] for c in shown] == ["PJSIP"]
    assert not alice.phone.calls
    assert not bob.phone.calls
    assert not carrier.phone.calls
    assert len(await centre.contacts()) == 1
    await centre.server.router.set_ready("bob")
    talk = await answer(centre, bob, call)
    assert talk.contact_id == contact.id
    await call.hangup()
    await talk.over()
    record = await centre.record(contact.id)
    rings = [(s.agent_id, s.outcome) for s in record.segments if s.kind == SegmentKind.RING]
    assert rings == [("alice", "redirected"), ("bob", "answered")]
