"""After the call: the timer, done, more time, wishes, and how it went."""

from __future__ import annotations

from datetime import timedelta

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import SegmentKind
from core.state_table import IllegalTransition
from tests.support.installation import Installation
from tests.support.talk import Talk, talking


async def _hung_up(talk: Talk) -> None:
    await talk.caller.hangup()
    await talk.over()
    await talk.centre.wait_agent("alice", AgentState.WRAP_UP)


async def test_the_timer_ends_it(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "1"})
    talk = await talking(centre, "alice")
    await _hung_up(talk)
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(talk.contact_id)
    wrap_up = record.segments[-1]
    assert (wrap_up.kind, wrap_up.agent_id) == (SegmentKind.WRAP_UP, "alice")
    assert wrap_up.ended_at is not None
    lasted = wrap_up.ended_at - wrap_up.started_at
    assert timedelta(seconds=1) <= lasted < timedelta(seconds=2)
    # The contact ended when the customer left, not when the agent was done.
    assert record.contact.ended_at is not None
    assert record.contact.ended_at <= wrap_up.started_at


async def test_done_and_how_it_went(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "60"})
    talk = await talking(centre, "alice")
    await _hung_up(talk)
    assert (await centre.the_contact()).state is ContactState.WRAP_UP
    contacts = centre.server.router.contacts
    await contacts.set_disposition(talk.contact_id, "sold", by="alice", note="calls back")
    await centre.server.router.wrap_up_done("alice")
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(talk.contact_id)
    assert record.contact.disposition == "sold"
    assert [(d.code, d.agent_id, d.note) for d in record.dispositions] == [
        ("sold", "alice", "calls back")
    ]
    await centre.server.router.wrap_up_done("alice")  # twice is no error
    await centre.server.router.set_not_ready("alice", "break")
    with pytest.raises(IllegalTransition):
        await centre.server.router.wrap_up_done("alice")


async def test_more_time(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "2"})
    talk = await talking(centre, "alice")
    await _hung_up(talk)
    before = (await centre.agent_state("alice")).wrap_up_until
    await centre.server.router.extend_wrap_up("alice", 60)
    after = (await centre.agent_state("alice")).wrap_up_until
    assert before is not None
    assert after == before + timedelta(seconds=60)
    await centre.server.router.set_ready("alice")  # and yet done
    await centre.record(talk.contact_id)


@pytest.mark.parametrize(
    ("wish", "state", "reason"),
    [
        ("break", AgentState.NOT_READY, "break"),
        ("log out", AgentState.LOGGED_OUT, None),
        ("ready after all", AgentState.READY, None),
    ],
)
async def test_a_wish_during_the_call(
    installation: Installation, wish: str, state: AgentState, reason: str | None
) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "0"})
    talk = await talking(centre, "alice")
    router = centre.server.router
    if wish == "log out":
        await router.log_out("alice")
    else:
        await router.set_not_ready("alice", "break")
    if wish == "ready after all":
        await router.set_ready("alice")
    await talk.both_hear()
    assert (await centre.agent_state("alice")).state is AgentState.BUSY
    await talk.caller.hangup()
    await talk.over()
    agent = await centre.wait_agent("alice", state)
    assert agent.reason == reason


async def test_the_next_caller_comes_only_afterwards(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "60"})
    talk = await talking(centre, "alice")
    second = await centre.call("4000")
    await _hung_up(talk)
    assert not talk.desk.phone.calls
    await centre.server.router.wrap_up_done("alice")
    ringing = await talk.desk.phone.next_incoming()
    await second.hangup()
    await ringing.wait_state("disconnected")
