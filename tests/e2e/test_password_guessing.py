"""Somebody guesses SIP passwords while people talk."""

from __future__ import annotations

import pytest

from sip.guard.guard import NotBlocked
from tests.support.app_process import Killable
from tests.support.guesser import Guesser
from tests.support.installation import Centre, Installation
from tests.support.raw_sip import RawSip
from tests.support.wait import until

_FAILURES = 10  # that are counted before the address is blocked


async def _logs_in(centre: Centre, address: str, extension: str) -> bool:
    """Whether the phone ``extension`` can register from ``address``."""
    login = (extension, centre.asterisk.phone_password(extension))
    async with RawSip(centre.asterisk.sip_port, address) as phone:
        return (await phone.request("REGISTER", extension, from_user=extension,
                                    login=login)).status == 200  # fmt: skip


async def test_thousands_of_guesses_end_after_a_few_and_nobody_else_notices(
    installation: Installation,
) -> None:
    centre = await installation()
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    talk = await alice.phone.next_incoming()
    await talk.answer()
    await centre.wait_event("contact.connected")
    guesser = Guesser(centre.asterisk.sip_port, "127.0.0.2")
    # Some get through while Asterisk reads the block.
    await guesser.until_refused("6001", 500)
    blocked = await centre.wait_event("sip.address_blocked")
    assert blocked.data["address"] == "127.0.0.2"
    assert blocked.data["accounts"] == ["6001"]
    assert blocked.data["failures"] == _FAILURES
    answers = await guesser.guess("6001", 2000)
    assert set(answers) == {403}, "not one more password is looked at"
    assert (await guesser.guess("6002", 10))[403] == 10, "nor for another account"
    await call.tone(440)
    await talk.tone(880)
    await talk.hear_tone(440)
    await call.hear_tone(880)
    assert await _logs_in(centre, "127.0.0.3", "6002")
    await call.hangup()
    await talk.wait_state("disconnected")
    again = await centre.call("4000")
    rung = await alice.phone.next_incoming()
    await rung.answer()
    await again.hangup()


async def test_a_block_is_listed_lifted_and_over_in_time(installation: Installation) -> None:
    centre = await installation({"sip.guard.block_seconds": "3"})
    guesser = Guesser(centre.asterisk.sip_port, "127.0.0.2")
    guard = centre.server.guard

    async def let_in() -> bool | None:
        return (await guesser.guess("6001", 1))[401] > 0 or None

    await guesser.until_refused("nobody", 500)
    (block,) = guard.blocks
    assert (block.address, block.times, block.accounts) == ("127.0.0.2", 1, ())
    await guard.lift("127.0.0.2")
    with pytest.raises(NotBlocked):
        await guard.lift("127.0.0.2")
    await until(let_in, 15, "the address that was let in")
    await guesser.until_refused("6001", 500)
    await until(let_in, 30, "the end of the block")
    await guesser.until_refused("6001", 500)
    (block,) = guard.blocks
    assert block.times == 2
    assert block.until - block.since == pytest.approx(6), "the next one is longer"


async def test_a_phone_is_never_locked_out_by_its_neighbour(installation: Installation) -> None:
    """Behind one router there are a phone of ours and somebody who guesses."""
    centre = await installation()
    assert await _logs_in(centre, "127.0.0.4", "6002")
    await until(lambda: centre.server.guard._rightful or None, 10, "the phone noticed")
    answers = await Guesser(centre.asterisk.sip_port, "127.0.0.4").guess("6001", 100)
    assert set(answers) == {401}
    told = await centre.wait_event("sip.passwords_guessed")
    assert told.data["address"] == "127.0.0.4"
    assert centre.server.guard.blocks == []
    assert await _logs_in(centre, "127.0.0.4", "6002")

    async def told_by_health() -> bool | None:
        report = await centre.server.web.health.report()
        assert report["status"] == "ok"
        return report["parts"]["sip_passwords"]["code"] == "sip_passwords_guessed" or None

    await until(told_by_health, 15, "health that tells of it")


async def test_a_trunk_and_this_machine_are_never_blocked(installation: Installation) -> None:
    centre = await installation(
        {
            "trunks.demo-carrier.hosts": "[127.0.0.1, 127.0.0.64/26]",
            "sip.guard.never": "[127.0.1.0/24]",
        }
    )
    for address in ("127.0.0.1", "127.0.0.70", "127.0.1.9"):
        answers = await Guesser(centre.asterisk.sip_port, address).guess("6001", 30)
        assert set(answers) == {401}, address
    await Guesser(centre.asterisk.sip_port, "127.0.0.10").until_refused("6001", 500)


async def test_blocks_outlive_the_app(killable: Killable) -> None:
    centre = await killable()
    guesser = Guesser(centre.asterisk.sip_port, "127.0.0.2")
    await guesser.until_refused("6001", 500)
    await centre.kill_app()
    assert set(await guesser.guess("6001", 20)) == {403}
    await centre.start_app()
    (block,) = await centre.api("GET", "/api/blocked-addresses")
    assert block["address"] == "127.0.0.2"
    assert set(await guesser.guess("6001", 20)) == {403}
    left = await centre.api("POST", "/api/blocked-addresses/lift", address="127.0.0.2")
    assert left == []

    async def let_in() -> bool | None:
        return (await guesser.guess("6001", 1))[401] > 0 or None

    await until(let_in, 15, "the address that was let in")
