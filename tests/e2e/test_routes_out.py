"""Calls out: several trunks, limits, rights, and emergency numbers, on real calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent_softphone.remote import Phone
from core.errors import ParleyError
from core.ports import PortBlock
from sip.outbound import AgentLimit, CallOut, NumberForbidden, Purpose, RightMissing
from sip.voice.desk import Target
from tests.support.carrier import Carrier
from tests.support.installation import Centre, Installation
from tests.support.talk import talking
from tests.support.wait import until

NUMBER = "95551234"
SHARED = "7001"


@pytest_asyncio.fixture
async def second() -> AsyncIterator[Carrier]:
    """Another carrier, behind the trunk 'second'."""
    block = PortBlock.reserve()
    made = Carrier(block.take())
    yield made
    await made.close()
    block.release()


def _two(carrier: Carrier, second: Carrier) -> dict[str, str]:
    return {
        **carrier.overrides,
        "trunks.second": f"{{direction: out, carrier: {{host: 127.0.0.1, port: {second.port}}}}}",
        "routes.outside": "{pattern: 9X., trunks: [demo-carrier, second], strip: 1, "
        "ring_seconds: 20}",
        "outbound.response_seconds": "4",
        "outbound.emergency": "{numbers: ['110'], prefix: '9', caller_id: '4001'}",
    }


@pytest.mark.parametrize("fault", [503, 500, "nobody there"])
async def test_the_next_trunk_where_one_fails(
    installation: Installation, carrier: Carrier, second: Carrier, fault: int | str
) -> None:
    """A transfer (carried out by the dialplan) and a consultation (by the app)."""
    centre = await installation(_two(carrier, second))
    await second.start()
    if isinstance(fault, int):
        await carrier.start()
    talk = await talking(centre, "alice")
    await centre.server.desk.consult(talk.contact_id, Target(number=NUMBER))
    if isinstance(fault, int):
        await (await carrier.phone.next_incoming()).reject(fault)
    asked = await second.phone.next_incoming(30)
    assert asked.to_user == "5551234"
    await asked.reject(486)  # the callee is busy: that is no fault of the trunk
    await centre.wait_event("contact.consult_ended", contact=talk.contact_id)
    await centre.server.router.resume(talk.contact_id)
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    if isinstance(fault, int):
        await (await carrier.phone.next_incoming()).reject(fault)
    outside = await second.phone.next_incoming(30)
    await outside.answer()
    await outside.wait_state("confirmed")
    await talk.caller.hangup()
    await outside.wait_state("disconnected")


async def test_busy_is_an_answer(
    installation: Installation, carrier: Carrier, second: Carrier
) -> None:
    centre = await installation(_two(carrier, second))
    await carrier.start()
    await second.start()
    talk = await talking(centre, "alice")
    await centre.server.desk.transfer_to_number(talk.contact_id, NUMBER)
    await (await carrier.phone.next_incoming()).reject(486)
    await centre.wait_state(talk.contact_id, "queued", "offered", timeout=30)
    assert second.phone.calls == []
    await talk.caller.hangup()


async def test_what_agents_dial_by_hand(
    installation: Installation, carrier: Carrier, second: Carrier
) -> None:
    centre = await installation(
        {
            **_two(carrier, second),
            "outbound.agent_calls_per_hour": "1",
            "outbound.forbidden": "['+881', '5559']",
            "outbound.guarded": "{far: ['5558']}",
        }
    )
    await carrier.start()
    await second.start()
    alice = await centre.agent("alice", ready=False)
    outbound = centre.server.outbound.service
    with pytest.raises(NumberForbidden):
        await outbound.plan(CallOut("95559123", Purpose.AGENT, "alice"))
    with pytest.raises(RightMissing):
        await outbound.plan(CallOut("95558123", Purpose.AGENT, "alice"))
    first = await alice.phone.call(NUMBER)
    there = await carrier.phone.next_incoming(20)
    await there.answer()
    await first.wait_state("confirmed")
    await first.hangup()
    await there.wait_state("disconnected")
    # The limit holds for the telephone as for every other way.
    with pytest.raises(AgentLimit):
        await outbound.plan(CallOut(NUMBER, Purpose.TRANSFER, "alice"))
    await _refused(centre, alice.phone, NUMBER)
    # Emergency calls go out all the same, through the next trunk if the first one fails.
    for dialled in ("110", "9110"):
        call = await alice.phone.call(dialled)
        await (await carrier.phone.next_incoming(20)).reject(503)
        police = await second.phone.next_incoming(20)
        assert (police.to_user, police.from_user) == ("110", "4001")
        await police.answer()
        await call.wait_state("confirmed")
        await call.hangup()
        await police.wait_state("disconnected")
    told = [e for e in centre.events if e.type == "outbound.emergency_call"]
    await until(lambda: len(told) == 2 or None, 5, "both emergency calls")
    assert [event.data for event in told] == [{"agent": "alice", "dialled": "110"}] * 2


async def test_emergency_from_a_shared_phone(
    installation: Installation, carrier: Carrier, second: Carrier
) -> None:
    """With nobody logged in, and with somebody whom the audit then names."""
    centre = await installation({**_two(carrier, second), "shared_phones.desk-1.extension": SHARED})
    await carrier.start()
    phone = await Phone.launch()
    centre.caller_phones.append(phone)
    password = centre.asterisk.phone_password(SHARED)
    await phone.register(SHARED, password, port=centre.asterisk.sip_port)
    for who in (SHARED, "alice"):
        if who == "alice":
            await centre.server.router.move("alice", SHARED)
        call = await phone.call("9110")
        police = await carrier.phone.next_incoming(20)
        assert (police.to_user, police.from_user) == ("110", "4001")
        await police.answer()
        await call.wait_state("confirmed")
        await call.hangup()
        await police.wait_state("disconnected")
        told = [e.data for e in centre.events if e.type == "outbound.emergency_call"]
        assert told[-1:] == [{"agent": who, "dialled": "110"}]


async def _refused(centre: Centre, phone: object, number: str) -> None:
    call = await phone.call(number)  # type: ignore[attr-defined]
    await call.wait_state("disconnected", 30)
    assert call.history is not None


async def test_minutes_of_a_day(
    installation: Installation, carrier: Carrier, second: Carrier
) -> None:
    """A trunk whose minutes are used up is passed over; if there is no other, it is said."""
    centre = await installation(
        {
            **_two(carrier, second),
            "trunks.demo-carrier.minutes_per_day": "1",
            "trunks.second.minutes_per_day": "1",
        }
    )
    outbound, usage = centre.server.outbound.service, centre.server.outbound.meter
    wanted = CallOut(NUMBER, Purpose.AGENT, "alice")
    assert [w.trunk for w in (await outbound.plan(wanted)).ways] == ["demo-carrier", "second"]
    await usage._usage.add_seconds("demo-carrier", 61)
    assert [w.trunk for w in (await outbound.plan(wanted)).ways] == ["second"]
    await usage._usage.add_seconds("second", 61)
    with pytest.raises(ParleyError) as refused:
        await outbound.plan(wanted)
    assert refused.value.code == "trunk_minutes_used_up"
