"""A conversation of four: customer, agent, a colleague at a phone that is not ours, and
somebody outside. Who hears whom is found out by tones."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sip.outbound import OutboundRefused
from sip.voice.conference import AlreadyMember, NoSuchMember, NotTalking
from sip.voice.desk import Target
from tests.e2e.recordings import in_ledger, sides, times_of
from tests.support.baresip import BaresipFactory
from tests.support.carrier import Carrier
from tests.support.installation import Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, hears, talking
from tests.support.wait import until

BOB_HZ, OUTSIDE_HZ = 1200, 1500


async def test_four_people(
    installation: Installation, baresip: BaresipFactory, carrier: Carrier
) -> None:
    centre = await installation(carrier.overrides)
    await carrier.start()
    bob = await baresip(centre.asterisk, "6002", hz=BOB_HZ)
    conference = centre.server.conference
    talk = await talking(centre, "alice")
    contact = talk.contact_id
    member = await conference.add(contact, Target(agent_id="bob"))
    with pytest.raises(AlreadyMember):
        await conference.add(contact, Target(agent_id="bob"))
    await bob.answer()
    await conference.add(contact, Target(number="95550100"))
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5550100"
    await outside.answer()
    await outside.tone(OUTSIDE_HZ)
    await asyncio.gather(
        hears(talk.caller, BOB_HZ), hears(talk.caller, OUTSIDE_HZ), hears(talk.agent, BOB_HZ),
        hears(talk.agent, OUTSIDE_HZ), hears(outside, CALLER_HZ), hears(outside, AGENT_HZ),
        hears(outside, BOB_HZ),
    )  # fmt: skip
    assert [(m.agent_id, m.talking) for m in conference.members(contact)] == [
        ("bob", True), ("", True),
    ]  # fmt: skip
    await conference.mute(contact, member, True)
    await hears(talk.caller, OUTSIDE_HZ, but_not=(BOB_HZ,))
    await conference.mute(contact, member, False)
    await hears(talk.caller, BOB_HZ)
    await conference.remove(contact, member)
    await bob.wait_closed()
    with pytest.raises(NoSuchMember):
        await conference.remove(contact, member)
    await outside.hangup()  # who was added leaves by hanging up; the others go on
    await until(lambda: not conference.members(contact), 15, "no member is left")
    await talk.both_hear()
    await talk.caller.hangup()
    await talk.over()
    row = await in_ledger(centre, contact)  # one recording of it all
    _, heard = await sides(centre, row)
    assert times_of(heard, AGENT_HZ)


async def test_what_may_not_be(installation: Installation, carrier: Carrier) -> None:
    centre = await installation(carrier.overrides)
    conference = centre.server.conference
    talk = await talking(centre, "alice")
    with pytest.raises(OutboundRefused):
        await conference.add(talk.contact_id, Target(number="4711"))
    await centre.server.router.hold(talk.contact_id)
    with pytest.raises(NotTalking):
        await conference.add(talk.contact_id, Target(agent_id="bob"))
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    assert conference.members(talk.contact_id) == []
    web = centre.asterisk.settings.server.web
    async with aiohttp.ClientSession(f"http://{web.host}:{web.port}") as stranger:
        path = f"/api/contacts/{talk.contact_id}/members"
        async with stranger.post(path, json={"agent": "bob"}) as answer:
            assert answer.status == 401
    await talk.caller.hangup()
    await talk.over()
