"""Some hundred hostile values through every field, beside people who notice nothing.

``make chaos`` sends thousands (``tests/chaos/attacks/hostile_callers.py``).
"""

from __future__ import annotations

import re

import pytest

from acd.contact_states import ContactState
from acd.model import Contact
from acd.records.tables import RecordingRow
from tests.support.hostile_sip import say_all
from tests.support.hostile_values import hostile_calls
from tests.support.installation import TRUNK, Centre, Installation
from tests.support.talk import talking
from tests.support.wait import until

COUNT = 160
NEVER = {"agi.bad_request", "agi.unreadable_answer", "agi.route_failed", "ami.unreadable_message"}


async def _waiting(centre: Centre) -> Contact:
    call = await centre.call("4000", caller="13800000002")
    await call.wait_state("confirmed")

    async def look() -> Contact | None:
        found = [c for c in await centre.contacts() if c.state is ContactState.QUEUED]
        return found[0] if found else None

    return await until(look, 20, "a caller who waits")


@pytest.mark.timeout(300)
async def test_nobody_notices_hostile_callers(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    waits = await _waiting(centre)
    talks = await centre.wait_state(talk.contact_id, "connected")
    victims = [(leg.channel, leg.id) for leg in centre.server.legs]
    assert len(victims) == 3
    legs = list(centre.server.legs)
    login = TRUNK, centre.asterisk.trunk_password(TRUNK)
    calls = hostile_calls(COUNT, victims=victims, numbers=("4001", "4001", "4009"))
    said = await say_all(centre.asterisk.sip_port, login, calls)
    assert said.asked == COUNT
    assert said.answered > COUNT // 4, said

    async def only_victims() -> bool:
        return {c.id for c in await centre.contacts()} == {talks.id, waits.id}

    await until(only_victims, 60, "the strangers' contacts are over")
    for before in (talks, waits):
        now = await centre.server.router.contacts.get(before.id)
        assert (now.state, now.offer_id, now.segments) == (
            before.state, before.offer_id, before.segments
        )  # fmt: skip
    assert [centre.server.legs.get(leg.id) for leg in legs] == legs
    assert not any(leg.holds for leg in legs)
    await talk.both_hear()
    lines = {line["event"] for line in centre.log_lines}
    assert lines & NEVER == set()
    arrived = [e.contact_id for e in centre.events if e.type == "contact.arrived"]
    assert len(arrived) == len(set(arrived))
    # What the talk was recorded into is whole, and nothing else was written.
    await talk.caller.hangup()

    async def finished() -> RecordingRow | None:
        record = await centre.record(talk.contact_id)
        return next((one for one in record.recordings if one.bytes), None)

    recording = await until(finished, 30, "the recording of the talk")
    assert recording.channels == 2
    recordings = centre.server.recordings.raw.parent
    names = {path.name for path in recordings.rglob("*") if path.is_file()}
    assert all(re.fullmatch(r"[a-z]+_[0-9A-Z]{26}[A-Za-z0-9._-]*", name) for name in names), names
