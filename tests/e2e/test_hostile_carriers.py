"""A carrier that answers calls out with hostile values, beside people who notice nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import cycle

import pytest

from acd.agent_states import AgentState
from acd.model import EndReason
from agent_softphone.phone_errors import PhoneRefused
from core.ports import PortBlock
from tests.support.hostile_carrier import WHERES, HostileCarrier, Part
from tests.support.hostile_values import forged
from tests.support.installation import TRUNK, AgentDesk, Centre, Installation
from tests.support.talk import Talk, talking
from tests.support.wait import until

NEVER = {"agi.bad_request", "agi.unreadable_answer", "agi.route_failed", "ami.unreadable_message"}
_PLAIN = (
    "a" * 300, "b" * 2500, "\udcff\udcfe", "王芳\u2028\u2029\x85", "\x1b[2J\x7f\t",
    "%0d%0aX%3a%20y", "${SHELL(id)}", "1&PJSIP/6002", "<script>alert(1)</script>",
)  # fmt: skip
_ENDS = {
    EndReason.CUSTOMER_HUNG_UP, EndReason.AGENT_HUNG_UP, EndReason.NUMBER_UNKNOWN,
    EndReason.NO_ANSWER,  # an answer whose SDP cannot be read
}  # fmt: skip
_FORGED = 12  # of the many forms


async def _call_out(
    centre: Centre, alice: AgentDesk, carrier: HostileCarrier, part: Part, *, they_end: bool
) -> bool:
    """One call of ``alice``; whether it was answered. It ends, whatever came back."""
    carrier.plays(part)
    call = await alice.phone.call("95551234")
    try:
        await asyncio.wait_for(carrier.settled.wait(), 4)
    except TimeoutError:  # Asterisk does not read such a response: it goes on ringing
        assert call.state != "disconnected"
    connected = False
    if carrier.settled.is_set():  # it goes on, or ends: a call with such an SDP, too
        await until(lambda: call.state in ("confirmed", "disconnected"), 10, "an outcome")
        connected = call.state == "confirmed"
    if connected:
        await centre.wait_agent("alice", AgentState.BUSY)
        contact = await centre.contact_of("alice")
        await centre.wait_state(contact, "connected")
        for method in ("INVITE", "UPDATE"):
            status = await carrier.in_mid_call(method, seconds=2)
            assert status == 200, (part, method, status)
        assert call.state == "confirmed", part
    if connected and they_end:
        carrier.bye()
        with suppress(TimeoutError):  # a request that Asterisk does not read
            await asyncio.wait_for(carrier.over.wait(), 2)
    if call.state != "disconnected":
        with suppress(PhoneRefused):  # it ends just now
            await call.hangup()
    await call.wait_state("disconnected", 20)
    await centre.wait_agent_not("alice", AgentState.BUSY)
    return connected


async def _nothing_happened(centre: Centre, talk: Talk) -> None:
    now = await centre.server.router.contacts.get(talk.contact_id)
    assert now.state.value == "connected"
    assert not any(leg.holds for leg in centre.server.legs)
    await talk.both_hear()


@pytest.mark.timeout(300)
async def test_nobody_notices_a_hostile_carrier(installation: Installation) -> None:
    block = PortBlock.reserve()
    port = block.take()
    centre = await installation(
        {f"trunks.{TRUNK}.carrier.port": str(port), "own_calls.wrap_up_seconds": "0"}
    )
    talk = await talking(centre, "bob")
    victims = [(leg.channel, leg.id) for leg in centre.server.legs]
    alice = await centre.agent("alice", ready=False)
    values = forged(victims)
    values = [*_PLAIN, *values[:: max(1, len(values) // _FORGED)]]
    places, connected = cycle(WHERES), 0
    async with HostileCarrier(port) as carrier:
        for number, value in enumerate(values):
            part = Part(value, next(places), refuses=number % 4 == 3)
            they_end = number % 2 == 0
            connected += await _call_out(centre, alice, carrier, part, they_end=they_end)
        await _nothing_happened(centre, talk)
    assert connected > len(values) // 3
    mine = [e.contact_id for e in centre.events if e.type == "contact.dialled"]
    assert len(mine) == len(set(mine)) == len(values)
    for contact_id in mine:
        assert contact_id is not None
        record = await centre.record(contact_id)
        assert record.contact.customer_number == "5551234"
        assert record.contact.attributes == {}
        assert record.contact.end_reason in _ENDS
    assert {line["event"] for line in centre.log_lines} & NEVER == set()
    await talk.caller.hangup()
    await talk.over()
    block.release()
