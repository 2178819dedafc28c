"""Malformed, hostile and far too much SIP does not disturb a call in progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.support import bad_sip
from tests.support.installation import TRUNK, Centre, Installation
from tests.support.talk import hears, talking
from tests.support.wait import eventually

Messages = Iterable[bytes | str]

_KINDS: dict[str, Callable[[], Messages]] = {
    "garbage": lambda: bad_sip.garbage(400),
    "truncated": bad_sip.truncated,
    "malformed": lambda: [m for _ in range(5) for m in bad_sip.malformed()],
    "unknown peers": lambda: (
        bad_sip.invite("4000", caller=f"stranger{number}") for number in range(200)
    ),
    "wrong digests": lambda: (
        bad_sip.invite("4000", caller=user, more=bad_sip.digest(user))
        for _ in range(100)
        for user in (TRUNK, "6001")
    ),
    "OPTIONS": lambda: (bad_sip.request("OPTIONS", "4000") for _ in range(400)),
    "REGISTER": lambda: (
        bad_sip.request("REGISTER", user, caller=user, more=more)
        for _ in range(100)
        for user in ("6001", "nobody")
        for more in ("", bad_sip.digest(user))
    ),
    "requests out of the blue": lambda: (
        bad_sip.request(method, "4000")
        for _ in range(40)
        for method in ("BYE", "CANCEL", "ACK", "INFO", "REFER", "UPDATE", "PRACK", "SUBSCRIBE")
    ),
}


async def _still_answers(centre: Centre) -> None:
    """Asterisk answers a command, and has no channel but the two of the talk."""

    async def two() -> bool:
        return len(await centre.server.ami.query("CoreShowChannels")) == 2

    await eventually(two, "two channels")


async def test_nothing_disturbs_a_talk(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    for kind, messages in _KINDS.items():
        await bad_sip.send(centre.asterisk.sip_port, messages())
        await talk.caller.tone(660)
        await hears(talk.agent, 660)
        await talk.caller.tone(440)
        await talk.both_hear()
        await _still_answers(centre)
        assert [c.id for c in await centre.contacts()] == [talk.contact_id], kind
    await talk.caller.hangup()
    await talk.over()
    # And the next call comes through as if nothing had been.
    again = await talking(centre, talk.desk)
    await again.agent.hangup()
    await again.over()
    assert not centre.caller_phones[0].died


@pytest.mark.parametrize("number", ["4000", "6001"])
async def test_strangers_reach_nobody(installation: Installation, number: str) -> None:
    """Without our trunk's password: refused, and not a trace in the records."""
    centre = await installation()
    alice = await centre.agent("alice")
    phone = centre.caller_phones[0]
    for user, password in (("stranger", "x"), (TRUNK, "wrong"), ("6002", "wrong")):
        account = await phone.account(user, password, port=centre.asterisk.sip_port)
        call = await phone.call(number, account=account)
        await call.wait_state("disconnected")
        assert call.code in (401, 403), (user, call.code)
    assert await centre.contacts() == []
    assert not alice.phone.calls
    assert not [e for e in centre.events if e.type.startswith("contact.")]
