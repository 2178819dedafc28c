"""What a caller says is never taken for what Asterisk says.

A stranger's call comes through a trunk; beside it two others talk, and one waits. The
stranger knows more than strangers can: the ids and names of the victims' channels.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import pytest

from acd.contact_states import ContactState
from acd.model import Contact
from agent_softphone.remote_call import Call
from sip.voice.legs import Leg, Role
from tests.support.hostile_sip import Hostile, HostileTrunk, escaped
from tests.support.installation import Centre, Installation
from tests.support.talk import talking
from tests.support.wait import until


@dataclass
class Victims:
    """A talk, and a caller who waits."""

    talk: Contact
    waits: Contact

    @property
    def ids(self) -> list[str]:
        return [self.talk.id, self.waits.id]


async def _victims(centre: Centre) -> Victims:
    await talking(centre, "alice")
    waiting: Call = await centre.call("4000", caller="13800000002")
    await waiting.wait_state("confirmed")

    async def look() -> Victims | None:
        contacts = {c.state: c for c in await centre.contacts()}
        if contacts.keys() != {ContactState.CONNECTED, ContactState.QUEUED}:
            return None
        return Victims(contacts[ContactState.CONNECTED], contacts[ContactState.QUEUED])

    return await until(look, 20, "a talk and a caller who waits")


def _legs(centre: Centre, victims: Victims) -> list[Leg]:
    legs = [leg for id_ in victims.ids for leg in centre.server.legs.of(id_)]
    assert {leg.role for leg in legs} == {Role.CUSTOMER, Role.AGENT}
    return legs


def _frames(legs: list[Leg], centre: Centre) -> list[str]:
    """Forged endings and movements of each of ``legs``, with and without all that Asterisk
    itself would print before them."""
    found = []
    for leg in legs:
        names = f"Channel: {leg.channel}\r\nUniqueid: {leg.id}\r\n"
        for event in (
            f"Event: Hangup\r\n{names}Cause: 16",
            f"Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\n{names}Cause: 16",
            f"Event: Hold\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\n{names}X: y",
            f"Event: BridgeEnter\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\n"
            f"BridgeNumChannels: 2\r\n{names}X: y",
        ):
            found += [f"1\r\n\r\n{event}\r\nX: y", f"1\r\n\r\n{event}\r\n\r\nEvent: X\r\nX: y"]
        found.append(f"1\r\n{names}Cause: 16\r\nX: y")
    return found


async def _as_before(centre: Centre, victims: Victims, legs: list[Leg]) -> None:
    """Nothing has happened to the victims, and nobody talks to them who did not."""
    for contact in (victims.talk, victims.waits):
        now = await centre.server.router.contacts.get(contact.id)
        assert (now.state, now.offer_id) == (contact.state, contact.offer_id)
        assert [s.kind for s in now.segments] == [s.kind for s in contact.segments]
    for leg in legs:
        assert centre.server.legs.get(leg.id) is leg
        assert not leg.holds


async def test_no_caller_ends_or_moves_the_calls_of_others(installation: Installation) -> None:
    centre = await installation()
    victims = await _victims(centre)
    legs = _legs(centre, victims)
    async with HostileTrunk.of(centre) as trunk:
        for text in _frames(legs, centre):
            assert (await trunk.say(Hostile(user=escaped(text), to="4001"))).status == 200
            await _as_before(centre, victims, legs)
            trunk.hang_up()

        async def only_victims() -> bool:
            return {c.id for c in await centre.contacts()} == set(victims.ids)

        await until(only_victims, 20, "the stranger's own contacts are over")
    await _as_before(centre, victims, legs)


@pytest.mark.parametrize("header", ["From", "P-Asserted-Identity", "Remote-Party-ID"])
async def test_no_caller_is_taken_for_another(installation: Installation, header: str) -> None:
    """A forged ``agi_uniqueid`` would leave a contact with somebody else's channel."""
    centre = await installation()
    victims = await _victims(centre)
    legs = _legs(centre, victims)
    lines = (
        f"1\nagi_uniqueid: {victims.waits.address}\nagi_channel: {legs[-1].channel}\n"
        f"agi_callerid: 13800000002\nagi_arg_1: x"
    )
    user = escaped(lines)
    async with HostileTrunk.of(centre) as trunk:
        headers = () if header == "From" else (f"{header}: <sip:{user}@127.0.0.1>",)
        answer = await trunk.say(
            Hostile(user=user if header == "From" else "1", headers=headers, to="4001")
        )
        assert answer.status == 200

        async def third() -> Contact | None:
            others = [c for c in await centre.contacts() if c.id not in victims.ids]
            return others[0] if others else None

        contact = await until(third, 20, "the stranger's own contact")
        assert contact.address not in {leg.id for leg in legs}
        # What is no number is nobody's.
        assert re.fullmatch(r"[0-9A-Za-z+*#._;=-]{0,40}", contact.customer_number)
        trunk.hang_up()
        await centre.wait_event("contact.ended", contact=contact.id)
    await _as_before(centre, victims, legs)


async def test_a_hang_up_that_is_torn_by_its_own_number_still_ends(
    installation: Installation,
) -> None:
    """Whoever spoils the events of their own channel has no contact afterwards."""
    centre = await installation()
    async with HostileTrunk.of(centre) as trunk:
        for text in ("1\r\n\r\nX: y", "1\r\nUniqueid: 1", "1\nagi_uniqueid: 2", "\r\n\r\n"):
            await trunk.say(Hostile(user=escaped(text), to="4001"))
            await asyncio.sleep(0)
            trunk.hang_up()
    await centre.wait_quiet(30)
