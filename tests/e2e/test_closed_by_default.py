"""What a caller from the trunk dials can never ring an agent or go out again."""

from __future__ import annotations

import pytest

from acd.model import EndReason
from tests.support.carrier import Carrier
from tests.support.installation import Installation

# Numbers for which there is a route out, a phone, or a special extension somewhere.
_UNKNOWN = ["95551234", "9", "0015551234", "6001", "6090", "*8", "#", "112", "+4915551234"]
_NO_NUMBERS = ["s", "again", "listen", "whisper", "barge", "h", "i", "t", "echo", "parley-queue"]


@pytest.fixture
def overrides(carrier: Carrier) -> dict[str, str]:
    return {"routes.everything.pattern": "X.", "routes.everything.trunk": "demo-carrier"}


async def test_dialled_numbers(
    installation: Installation, carrier: Carrier, overrides: dict[str, str]
) -> None:
    centre = await installation({**overrides, **carrier.overrides})
    await carrier.start()
    alice, sue = await centre.agent("alice"), await centre.agent("sue", ready=False)
    for number in [*_UNKNOWN, *_NO_NUMBERS]:
        before = len([e for e in centre.events if e.type == "contact.ended"])
        call = await centre.call(number)
        await call.wait_state("disconnected")
        assert call.code == 404, number
        if number in _UNKNOWN:
            await centre.wait_quiet()
            ended = [e for e in centre.events if e.type == "contact.ended"]
            assert len(ended) == before + 1, number
            assert ended[-1].contact_id is not None
            record = await centre.record(ended[-1].contact_id)
            assert record.contact.end_reason == EndReason.NUMBER_UNKNOWN
    await centre.wait_quiet()
    for phone in (alice.phone, sue.phone, carrier.phone):
        assert not [e for e in phone.history.events if e["event"] == "incoming"]


async def test_keys_pressed_while_waiting_lead_nowhere(
    installation: Installation, carrier: Carrier, overrides: dict[str, str]
) -> None:
    """Neither in the queue's music, nor on hold, is there an extension to be had."""
    centre = await installation({**overrides, **carrier.overrides})
    await carrier.start()
    sue = await centre.agent("sue", ready=False)
    call = await centre.call("4000")
    await centre.wait_event("contact.queued")
    await call.wait_state("confirmed")
    for digits in ("95551234", "6090", "*8", "#1"):
        await call.dtmf(digits, duration=40)
    assert (await centre.the_contact()).state.value == "queued"
    await call.hangup()
    await centre.wait_quiet()
    for phone in (sue.phone, carrier.phone):
        assert not [e for e in phone.history.events if e["event"] == "incoming"]


async def test_what_an_agents_phone_may_dial(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    alice, bob = await centre.agent("alice", ready=False), await centre.agent("bob", ready=False)
    inside = await alice.phone.call("6002")
    ringing = await bob.phone.next_incoming()
    await ringing.answer()
    await ringing.tone(880)
    await inside.hear_tone(880)
    await inside.hangup()
    await ringing.wait_state("disconnected")
    outside = await alice.phone.call("95551234")
    answered = await carrier.phone.next_incoming()
    assert answered.to_user == "5551234"
    await answered.answer()
    await answered.tone(880)
    await outside.hear_tone(880)
    await outside.hangup()
    for refused in ("5551234", "*8", "s", "listen", "selftest"):
        call = await alice.phone.call(refused)
        await call.wait_state("disconnected")
        assert call.code == 404, refused
    own = await alice.phone.call("4000")  # to hear what customers hear
    await centre.wait_event("contact.queued")
    await own.hangup()
    # Resync leaves calls alone that are none of ours.
    inside = await alice.phone.call("6002")
    ringing = await bob.phone.next_incoming()
    await ringing.answer()
    await ringing.tone(880)
    await inside.hear_tone(880)
    await centre.server.resync.run()
    await inside.tone(440)
    await ringing.hear_tone(440)
    await inside.hangup()
    await ringing.wait_state("disconnected")
