"""SIP requests that belong to no call: each is answered, and nothing comes of it."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from tests.support.installation import TRUNK, Centre, Installation
from tests.support.raw_sip import RawSip

_SAME_FOR_ALL = {"BYE": 481}
# method (and what tells it from its sibling) -> headers, answer to phones, answer to trunks.
# 501: a method that Asterisk serves within a dialog alone, or not at all.
_REQUESTS: dict[str, tuple[str, int, int]] = {
    "REFER": ("Refer-To: <sip:6002@127.0.0.1>\r\n", 501, 501),
    "REFER out": ("Refer-To: <sip:90900123456@127.0.0.1>\r\n", 501, 501),
    "MESSAGE": ("", 501, 501),
    "INFO": ("", 501, 501),
    "INFO key": ("Content-Type: application/dtmf-relay\r\n", 501, 501),
    "NOTIFY": ("Event: message-summary\r\nSubscription-State: active\r\n", 501, 501),
    "NOTIFY restart": ("Event: check-sync;reboot=true\r\n", 501, 501),
    "SUBSCRIBE": ("Event: presence\r\nExpires: 60\r\n", 404, 603),
    "SUBSCRIBE no event": ("Expires: 60\r\n", 489, 603),
    "SUBSCRIBE unknown": ("Event: nothing-known\r\nExpires: 60\r\n", 489, 603),
    "PUBLISH": ("Event: presence\r\nExpires: 60\r\n", 489, 489),
    "OPTIONS": ("", 200, 200),
    "UPDATE": ("", 501, 501),
    "PRACK": ("RAck: 1 1 INVITE\r\n", 501, 501),
    "NONSENSE": ("", 501, 501),
    "BYE": ("", 481, 481),
}
_NUMBER = "4000"


async def _answers(
    centre: Centre, address: str, login: tuple[str, str] | None, *, tag: str = ""
) -> dict[str, int | str]:
    """The status of the final answer to each request; ``silence`` without one."""
    found: dict[str, int | str] = {}

    async def ask(name: str, headers: str) -> None:
        user = login[0] if login else "someone"
        to_header = f"<sip:{_NUMBER}@127.0.0.1>{tag}"
        async with RawSip(centre.asterisk.sip_port, address) as peer:
            try:
                answer = await peer.request(
                    name.split()[0], _NUMBER, from_user=user, login=login, headers=headers,
                    to_header=to_header, seconds=20,
                )  # fmt: skip
                found[name] = answer.status
            except TimeoutError:
                found[name] = "silence"

    await asyncio.gather(*(ask(name, headers) for name, (headers, _, _) in _REQUESTS.items()))
    return found


async def test_requests_of_no_call_are_answered_and_change_nothing(
    installation: Installation,
) -> None:
    # Three wrong passwords would block an address; none of these has registered a phone,
    # which would spare it.
    centre = await installation({"sip.guard.failures": "3"})
    alice = await centre.agent("alice")
    before = await centre.agent_state("alice")
    seen = len(centre.events)
    phone = ("6001", centre.asterisk.phone_password("6001"))
    trunk = (TRUNK, centre.asterisk.trunk_password(TRUNK))
    phones = {name: answer for name, (_, answer, _) in _REQUESTS.items()}
    trunks = {name: answer for name, (_, _, answer) in _REQUESTS.items()}
    strangers = {name: _SAME_FOR_ALL.get(name, 401) for name in _REQUESTS}
    within = dict.fromkeys(_REQUESTS, 481)  # of a dialog that does not exist
    assert await _answers(centre, "127.0.0.7", phone) == phones
    assert await _answers(centre, "127.0.0.8", trunk) == trunks
    assert await _answers(centre, "127.0.0.6", None) == strangers
    for address, login in (("127.0.0.7", phone), ("127.0.0.8", trunk), ("127.0.0.6", None)):
        assert await _answers(centre, address, login, tag=";tag=none") == within
    assert centre.server.guard.blocks == []
    assert await centre.contacts() == []
    assert await centre.server.ami.query("CoreShowChannels") == []
    assert await centre.agent_state("alice") == before
    assert before.state is AgentState.READY
    assert centre.events[seen:] == []
    assert not [e for e in alice.phone.history.events if e["event"] == "incoming"]
    errors = [x for x in centre.log_lines if x["level"] in ("warning", "error", "critical")]
    assert {x["event"] for x in errors} <= {"http.people_without_password"}
    # And the phone is rung as ever.
    call = await centre.call(_NUMBER)
    await (await alice.phone.next_incoming()).answer()
    await call.wait_state("confirmed")
