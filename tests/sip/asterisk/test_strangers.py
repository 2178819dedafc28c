"""What people who should not be here get: nothing, and no way to learn anything."""

from __future__ import annotations

import asyncio
import random

from tests.support.parley_asterisk import ParleyAsterisk, ParleyAsteriskFactory
from tests.support.raw_sip import RawSip

METHODS = ("INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "PUBLISH", "NOTIFY", "INFO")


async def channels(asterisk: ParleyAsterisk) -> int:
    """How many channels there are right now."""
    shown = await asterisk.instance.rx("core show channels count")
    return int(shown.split()[0])


async def test_a_scanner_cannot_tell_who_exists(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk()
    async with RawSip.to(asterisk.sip_port) as peer:
        for method in METHODS:
            shapes = set()
            for to, user in (("4001", "6001"), ("6001", "6001"), ("9999", "nobody"),
                             ("100", "demo-carrier"), ("901380000", "branch-pbx")):  # fmt: skip
                answer = await peer.request(method, to, from_user=user)
                shapes.add(answer.shape)
                assert answer.status == 401, (method, to, user, answer)
            assert len(shapes) == 1, (method, shapes)
    assert await channels(asterisk) == 0


async def test_wrong_passwords_are_refused_like_unknown_names(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    async with RawSip.to(asterisk.sip_port) as peer:
        for user in ("6001", "demo-carrier", "nobody", "branch-pbx"):
            for method in ("REGISTER", "INVITE"):
                answer = await peer.request(method, "4001", from_user=user, login=(user, "1234"))
                assert answer.status in (401, 403), (user, method, answer)
        assert peer.requests == []
    assert await channels(asterisk) == 0


async def test_a_phone_password_opens_no_trunk_and_the_reverse(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    phone = ("6001", asterisk.phone_password("6001"))
    trunk = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    async with RawSip.to(asterisk.sip_port) as peer:
        mixed = (("6001", trunk[1]), ("demo-carrier", phone[1]), ("6002", phone[1]))
        for login in mixed:
            answer = await peer.request("INVITE", "4001", from_user=login[0], login=login)
            assert answer.status in (401, 403), login
        # A trunk is no phone: it has no registration to give.
        answer = await peer.request("REGISTER", "6001", from_user=trunk[0], login=trunk)
        assert answer.status in (401, 403, 404)


async def test_a_caller_name_does_not_make_an_agent(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    """The From header of a trunk's call is the caller's to choose; only the digest counts."""
    asterisk = await parley_asterisk()
    trunk = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    async with RawSip.to(asterisk.sip_port) as peer:
        for claimed in ("6001", "6090", "branch-pbx"):
            answer = await peer.request("INVITE", "6002", from_user=claimed, login=trunk)
            assert answer.status == 404, "6002 can be dialled by agents only"


async def test_a_trunk_dials_nothing_but_our_numbers(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    trunk = ("demo-carrier", asterisk.trunk_password("demo-carrier"))
    async with (
        RawSip.to(asterisk.sip_port) as peer,
        RawSip.to(asterisk.sip_port) as outside,
    ):
        for number in ("6001", "901381234567", "9001234567890", "0", "s", "h", "i", "echo"):
            answer = await peer.request("INVITE", number, login=trunk)
            assert answer.status == 404, number
        assert outside.requests == []
    assert await channels(asterisk) == 0


async def test_garbage_and_floods_leave_nothing_behind(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    noise = random.Random(1)
    async with RawSip.to(asterisk.sip_port) as peer:
        for _ in range(300):
            peer.send(noise.randbytes(noise.randrange(1, 1400)))
        peer.send(b"INVITE sip:4001@127.0.0.1 SIP/2.0\r\n" + b"X: " + b"a" * 60000)
        peer.send(b"INVITE sip:4001@127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n")
        peer.send(b"\x00" * 1000)
        assert (await peer.request("OPTIONS")).status == 401, "it still answers"
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(_stranger(asterisk.sip_port))
    assert await channels(asterisk) == 0
    assert await asterisk.instance.rx("core show uptime")


async def _stranger(port: int) -> None:
    async with RawSip.to(port) as peer:
        for _ in range(10):
            assert (await peer.request("INVITE")).status == 401
