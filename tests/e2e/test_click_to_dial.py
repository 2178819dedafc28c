"""Click-to-dial over HTTP: the agent's phone rings, then whom they want."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from acd.agent_states import AgentState
from acd.model import EndReason
from app.http import operator
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.talk import AGENT_HZ, THIRD_HZ, hears

NUMBER = "95551234"
FAST = {"own_calls.wrap_up_seconds": "0", "own_calls.ring_seconds": "5"}


async def ask(centre: Centre, method: str, path: str, **body: Any) -> tuple[int, Any]:
    """Status and JSON of a request by the operator."""
    access = operator.read(centre.asterisk.settings.server.state_dir)
    headers = {"Authorization": f"Bearer {access.token}"}
    async with (
        aiohttp.ClientSession(access.url, headers=headers) as http,
        http.request(method, path, json=body or None) as answer,
    ):
        return answer.status, await answer.json() if answer.status != 204 else None


async def dial(centre: Centre, **body: Any) -> tuple[int, Any]:
    return await ask(centre, "POST", "/api/agents/alice/calls", **body)


async def test_both_are_rung_and_talk(installation: Installation, carrier: Carrier) -> None:
    centre = await installation({**FAST, "own_calls.auto_answer": "true", **carrier.overrides})
    await carrier.start()
    status, answer = await dial(centre, to=NUMBER, key="one")
    assert (status, answer["code"]) == (409, "agent_not_ready")  # not logged in: no key is used
    alice = await centre.agent("alice")
    status, answer = await dial(centre, to=NUMBER, key="one", queue="support")
    assert status == 200
    contact = answer["contact_id"]
    incoming = await alice.phone.next_incoming()
    assert (await centre.agent_state("alice")).state is AgentState.BUSY
    # The same key is the same call; another one has to wait.
    again = await dial(centre, to=NUMBER, key="one", queue="support")
    assert again == (200, {"contact_id": contact})
    for other in ({"to": "95551235"}, {"queue": None}, {"caller_id": "+4930123"}):
        body = {"to": NUMBER, "key": "one", "queue": "support", **other}
        status, refused = await dial(centre, **body)
        assert (status, refused["code"]) == (409, "dial_key_reused")
    status, refused = await dial(centre, to=NUMBER, key="two")
    assert (status, refused["code"]) == (409, "agent_not_ready")
    assert incoming.headers.get("call-info", "").endswith("answer-after=0")
    assert not carrier.phone.calls
    await incoming.answer()
    outside = await carrier.phone.next_incoming()
    assert outside.to_user == "5551234"
    await outside.answer()
    await asyncio.gather(incoming.tone(AGENT_HZ), outside.tone(THIRD_HZ))
    await asyncio.gather(hears(incoming, THIRD_HZ), hears(outside, AGENT_HZ))
    now = await centre.wait_state(contact, "connected")
    assert (now.direction, now.queue, now.customer_number) == ("outbound", "support", "5551234")
    await outside.hangup()
    await incoming.wait_state("disconnected")
    record = await centre.record(contact)
    assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
    await centre.wait_agent("alice", AgentState.READY)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("cancelled", EndReason.CANCELLED),
        ("agent does not answer", EndReason.AGENT_UNREACHED),
        ("agent declines", EndReason.AGENT_UNREACHED),
        ("busy", EndReason.BUSY),
        ("cancelled while it rings there", EndReason.CANCELLED),
    ],
)
async def test_in_vain(
    installation: Installation, carrier: Carrier, how: str, reason: EndReason
) -> None:
    centre = await installation({**FAST, **carrier.overrides})
    await carrier.start()
    alice = await centre.agent("alice")
    contact = (await dial(centre, to=NUMBER))[1]["contact_id"]
    incoming = await alice.phone.next_incoming()
    if how == "cancelled":
        assert (await ask(centre, "POST", f"/api/contacts/{contact}/hang-up"))[0] == 204
    elif how == "agent declines":
        await incoming.reject(603)
    elif how != "agent does not answer":
        await incoming.answer()
        outside = await carrier.phone.next_incoming()
        if how == "busy":
            await outside.reject(486)
        else:
            assert (await ask(centre, "POST", f"/api/contacts/{contact}/hang-up"))[0] == 204
            await outside.wait_state("disconnected")
    await incoming.wait_state("disconnected", timeout=20)
    record = await centre.record(contact)
    assert record.contact.end_reason == reason
    await centre.wait_agent("alice", AgentState.READY)


async def test_a_number_that_may_not_be_dialled(installation: Installation) -> None:
    """Nobody's phone rings for it."""
    centre = await installation({**FAST, "routes.outside.right": "outside"})
    alice = await centre.agent("alice")
    status, answer = await dial(centre, to="7123")
    assert (status, answer["code"]) == (400, "number_not_allowed")
    status, answer = await dial(centre, to=NUMBER)
    assert (status, answer["code"]) == (403, "dial_right_missing")
    status, _ = await dial(centre, to="x")
    assert status == 400
    assert not alice.phone.calls
    assert (await centre.agent_state("alice")).state is AgentState.READY
    # A colleague who is not there to be rung: the call ends with a reason.
    bob = await centre.agent("bob", ready=False)
    contact = (await dial(centre, to="6002"))[1]["contact_id"]
    await (await alice.phone.next_incoming()).answer()
    await (await bob.phone.next_incoming()).reject(486)
    record = await centre.record(contact)
    assert (record.contact.end_reason, record.contact.direction) == (EndReason.BUSY, "internal")
