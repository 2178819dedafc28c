"""Lamps on phones: a colleague's extension and state as a subscriber sees them, and the
number of waiting messages; also from a phone that is not ours."""

from __future__ import annotations

from core import ids
from sip import verbs
from sip.asterisk.generate import dialplan
from tests.support.baresip import Baresip, BaresipFactory
from tests.support.installation import TRUNK, Installation
from tests.support.subscriber import Subscriber
from tests.support.talk import talking
from tests.support.wait import eventually, until

DIALOG = "dialog", "application/dialog-info+xml"
PRESENCE = "presence", "application/pidf+xml"
ALICE, BOB = "6001", "6002"


async def test_a_colleagues_extension_and_state(installation: Installation) -> None:
    centre = await installation({"queues.support.wrap_up_seconds": "30"})
    asterisk, router = centre.asterisk, centre.server.router
    login = BOB, asterisk.phone_password(BOB)
    port = asterisk.sip_port
    async with Subscriber.to(port) as line, Subscriber.to(port) as said:
        assert await line.subscribe(ALICE, *DIALOG, login) == 200
        assert await said.subscribe(f"*46{ALICE}", *PRESENCE, login) == 200
        talk = await talking(centre, "alice")
        await line.wait_body("<state>confirmed</state>")
        await said.wait_body("On the phone")
        await talk.caller.hangup()
        await talk.over()
        await line.wait_body("<state>terminated</state>")
        await said.wait_body("On hold")  # wrap-up
        await router.wrap_up_done("alice")
        await said.wait_body("Ready")
        await router.set_not_ready("alice", "break")
        await said.wait_body("On hold")
        await router.set_not_ready("alice", "do_not_disturb")
        await line.wait_body("<state>confirmed</state>")
        await said.wait_body("On the phone")
        await router.set_ready("alice")
        await line.wait_body("<state>terminated</state>")


async def test_who_may_subscribe_and_to_what(installation: Installation) -> None:
    centre = await installation()
    asterisk = centre.asterisk
    async with Subscriber.to(asterisk.sip_port) as phone:
        own = BOB, asterisk.phone_password(BOB)
        trunk = TRUNK, asterisk.trunk_password(TRUNK)
        assert await phone.subscribe(ALICE, *DIALOG, trunk) == 603
        assert await phone.subscribe("4000", *DIALOG, own) == 404  # no agent
        assert await phone.subscribe(ALICE, *DIALOG, (BOB, "wrong")) == 401


async def test_a_phone_that_is_not_ours(
    installation: Installation, baresip: BaresipFactory
) -> None:
    centre = await installation()
    asterisk = centre.asterisk
    bob = await baresip(asterisk, BOB, contacts=(f"{ALICE};presence=p2p",))
    await _shows(bob, "Offline")
    await baresip(asterisk, ALICE)
    await _shows(bob, "Online")
    await centre.server.router.log_in("alice", ready=True)
    await centre.server.router.set_not_ready("alice", "do_not_disturb")
    await until(lambda: "<note>On the phone" in bob.log, 15, "news that alice is busy")
    box, leg = dialplan.mailbox(BOB), ids.new_id(ids.CHANNEL)
    await verbs.set_messages(centre.server.ami, box, leg, new=2, old=1)
    await until(lambda: "Voice-Message: 2/1" in bob.log, 15, "news of two waiting messages")


async def _shows(phone: Baresip, status: str) -> None:
    async def look() -> bool:
        return status in await phone.command("contacts")

    await eventually(look, f"{status} in the list of contacts", seconds=20)
