"""Who calls and whom: withheld numbers, names, and numbers in every form."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from acd.model import EndReason
from acd.records.tables.contact import ContactRow
from app.calls.caller import NAME, WITHHELD
from tests.support.installation import TRUNK, Centre, Installation
from tests.support.raw_sip import Answer, RawSip
from tests.support.wait import until

SECRET = "13912345678"  # the number that the network knows and nobody may see


async def arrived(centre: Centre, calling: Awaitable[Answer]) -> ContactRow:
    """The contact of one call that is answered and ends at once."""
    known = {e.contact_id for e in centre.events if e.type == "contact.arrived"}
    answer = await calling
    assert answer.status == 200, answer

    def look() -> str | None:
        new = [e for e in centre.events if e.type == "contact.arrived"]
        return next((e.contact_id for e in new if e.contact_id not in known), None)

    record = await centre.record(await until(look, 20, "the contact"))
    return record.contact


async def _call(centre: Centre, to: str = "4000", **shape: Any) -> ContactRow:
    """One call of the trunk, shaped as told; its contact."""
    login = (TRUNK, centre.asterisk.trunk_password(TRUNK))
    async with RawSip.to(centre.asterisk.sip_port) as peer:
        calling = peer.request("INVITE", to, login=login, seconds=30, **shape)
        return await arrived(centre, calling)


async def _all_of(redis: Redis) -> str:
    """All keys and values, as one text."""
    reading: dict[str, Callable[[str], Any]] = {
        "string": redis.get, "hash": redis.hgetall, "set": redis.smembers,
        "list": lambda key: redis.lrange(key, 0, -1),
        "zset": lambda key: redis.zrange(key, 0, -1), "stream": redis.xrange,
    }  # fmt: skip
    found = [
        (key, await reading[str(await redis.type(key))](key)) async for key in redis.scan_iter("*")
    ]
    return str(found)


async def test_who_withholds_the_number_is_nobody(installation: Installation) -> None:
    centre = await installation()
    asserted = f"P-Asserted-Identity: <sip:{SECRET}@carrier.example>\r\n"
    anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    rpid = f"Remote-Party-ID: <sip:{SECRET}@c.example>;party=calling;screen=yes;privacy="
    for shape in (
        {"headers": f"{asserted}Privacy: id\r\n", "from_header": anonymous},
        {"headers": f"{asserted}Privacy: id\r\n", "from_user": SECRET},
        {"headers": f"{asserted}Privacy: user;critical\r\n", "from_user": SECRET},
        {"headers": "Privacy: id\r\n", "from_user": SECRET},
        {"headers": f"{rpid}full\r\n", "from_user": SECRET},
        {"headers": asserted, "from_header": anonymous},
        {"from_header": anonymous},
        {"from_header": "<sip:Anonymous@carrier.example>"},
        {"from_header": '"Restricted" <sip:restricted@carrier.example>'},
    ):
        contact = await _call(centre, **shape)
        assert contact.customer_number == "", shape
        assert contact.attributes.get(WITHHELD) is True, shape
        assert NAME not in contact.attributes
    # No trace of it: not in what was told, logged, or left in Redis.
    seen = json.dumps([event.as_dict() for event in centre.events], default=str)
    assert SECRET not in seen
    assert SECRET not in str(centre.log_lines)
    kept = await _all_of(centre.server.redis)
    assert SECRET not in kept
    assert ":last:" not in kept, "nobody was served, least of all a customer 'anonymous'"
    database = Path(centre.asterisk.settings.server.state_dir).glob("parley.db*")
    assert all(SECRET.encode() not in file.read_bytes() for file in database)


async def test_what_is_shown_is_believed_as_the_trunk_is(installation: Installation) -> None:
    centre = await installation(
        {"company.numbering": "{country: CN}", f"trunks.{TRUNK}.trust_identity": "false"}
    )
    asserted = "P-Asserted-Identity: <sip:13900000000@carrier.example>\r\n"
    contact = await _call(centre, headers=asserted, from_user="13800138000")
    assert contact.customer_number == "+8613800138000"
    # Privacy is honoured all the same.
    contact = await _call(centre, headers=f"{asserted}Privacy: id\r\n", from_user="13800138000")
    assert (contact.customer_number, contact.attributes.get(WITHHELD)) == ("", True)


async def test_numbers_and_names_in_every_form(installation: Installation) -> None:
    centre = await installation(
        {
            "company.numbering": "{country: CN}",
            "numbers.+862162345678": "{flow: direct, language: en}",
        }
    )
    for shown in (
        "<sip:13800138000@c.example>",
        "<sip:+8613800138000@c.example;user=phone>",
        "<sip:+8613800138000;npdi;rn=+8612345@c.example;user=phone>",
        "<sip:008613800138000@c.example>",
    ):
        contact = await _call(centre, from_header=shown)
        assert contact.customer_number == "+8613800138000", shown
        assert NAME not in contact.attributes
    for name, kept in (
        ('"王芳 Müller"', "王芳 Müller"),
        ('"=?UTF-8?B?546L6Iqz?="', "王芳"),
        ('"A, \\"B\\" <x>"', None),  # whatever is kept, on one line
    ):
        contact = await _call(centre, from_header=f"{name} <sip:13800138000@c.example>")
        found = contact.attributes.get(NAME, "")
        assert found == kept if kept is not None else found.isprintable()
    for dialled in (
        "sip:+862162345678@127.0.0.1", "sip:862162345678@127.0.0.1", "sip:02162345678@127.0.0.1",
        "sip:00862162345678@127.0.0.1", "sip:+862162345678;npdi;rn=+8699@127.0.0.1;user=phone",
        "sip:2162345678@127.0.0.1",
    ):  # fmt: skip
        contact = await _call(centre, uri=dialled)
        assert contact.dialled_number == "+862162345678", dialled
    login = (TRUNK, centre.asterisk.trunk_password(TRUNK))
    async with RawSip.to(centre.asterisk.sip_port) as peer:
        unknown = await peer.request("INVITE", "+862162345679", login=login, seconds=30)
    assert unknown.status == 404


async def test_a_caller_without_sound_did_not_hang_up(installation: Installation) -> None:
    centre = await installation({"sip.rtp_timeout_seconds": "6", "sip.not_heard_seconds": "1"})
    centre.expected_errors.add("leg.ended")
    login = (TRUNK, centre.asterisk.trunk_password(TRUNK))
    async with RawSip.to(centre.asterisk.sip_port) as peer:
        answer = await peer.request("INVITE", "4000", login=login, seconds=30, stay=True)
        assert answer.status == 200
        await centre.wait_event("contact.customer_not_heard")
        event = await centre.wait_event("contact.ended", timeout=40)
        assert event.contact_id is not None
        record = await centre.record(event.contact_id)
    assert record.contact.end_reason == EndReason.NO_SOUND
    told = [e.type for e in centre.events if e.contact_id == event.contact_id]
    assert told.count("contact.customer_not_heard") == 1
    assert told.index("contact.customer_not_heard") < told.index("contact.ended")
    # One who hangs up without a word is one who hung up.
    contact = await _call(centre)
    assert contact.end_reason != EndReason.NO_SOUND
