"""Hold, by us and by the phone itself, and what can happen meanwhile."""

from __future__ import annotations

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from core.state_table import IllegalTransition
from sip.voice.driver import HeldByPhone
from tests.support.installation import Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, hears, hears_music, talking

_KINDS = [SegmentKind.TALK, SegmentKind.HOLD, SegmentKind.TALK]


async def test_held_by_us_the_customer_hears_music_and_the_agent_nothing(
    installation: Installation,
) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.router.hold(talk.contact_id)
    await talk.agent.miss_tone(CALLER_HZ)
    await hears_music(talk.caller)
    with pytest.raises(IllegalTransition):
        await centre.server.router.hold(talk.contact_id)
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    # The phone holds and takes back a talk that we hold: the customer must not notice.
    await centre.server.router.hold(talk.contact_id)
    await talk.agent.hold()
    await talk.agent.wait_media("local_hold")
    with pytest.raises(HeldByPhone):
        await centre.server.router.resume(talk.contact_id)
    await talk.agent.unhold()
    await talk.agent.wait_media("active")
    assert (await centre.the_contact()).state is ContactState.HELD
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.agent.hangup()
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
    kinds = [s.kind for s in record.segments if s.kind in _KINDS]
    assert kinds == [*_KINDS, SegmentKind.HOLD, SegmentKind.TALK]


async def test_held_by_the_phone(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await talk.agent.hold()
    await centre.wait_state(talk.contact_id, "held")
    await hears_music(talk.caller)
    with pytest.raises(HeldByPhone):
        await centre.server.router.resume(talk.contact_id)
    await talk.agent.unhold()
    await centre.wait_state(talk.contact_id, "connected")
    await talk.both_hear()
    await talk.caller.hangup()
    await talk.over()
    record = await centre.record(talk.contact_id)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    assert [s.kind for s in record.segments if s.kind in _KINDS] == _KINDS


@pytest.mark.parametrize("by_phone", [False, True], ids=["server", "phone"])
@pytest.mark.parametrize("who", ["caller", "agent"])
async def test_somebody_hangs_up_during_hold(
    installation: Installation, who: str, by_phone: bool
) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    if by_phone:
        await talk.agent.hold()
    else:
        await centre.server.router.hold(talk.contact_id)
    await centre.wait_state(talk.contact_id, "held")
    await getattr(talk, who).hangup()
    await talk.over()
    await centre.wait_agent("alice", AgentState.READY)
    record = await centre.record(talk.contact_id)
    wanted = EndReason.CUSTOMER_HUNG_UP if who == "caller" else EndReason.AGENT_HUNG_UP
    assert record.contact.end_reason == wanted
    assert record.segments[-1].kind == SegmentKind.HOLD
    assert all(s.ended_at is not None for s in record.segments)


async def test_a_party_that_leaves_in_talk(installation: Installation) -> None:
    centre = await installation()
    desk = await centre.agent("alice")
    for who, reason in (
        ("caller", EndReason.CUSTOMER_HUNG_UP),
        ("agent", EndReason.AGENT_HUNG_UP),
    ):
        for _ in range(3):  # Asterisk ends the two legs in any order
            talk = await talking(centre, desk)
            await hears(talk.caller, AGENT_HZ)
            await getattr(talk, who).hangup()
            await talk.over()
            await centre.wait_event("contact.ended", contact=talk.contact_id)
            record = await centre.record(talk.contact_id)
            assert record.contact.end_reason == reason
            assert record.contact.hangup_cause == 16
