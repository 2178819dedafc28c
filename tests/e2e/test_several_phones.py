"""Several phones of one extension, where all of them ring."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from acd.model import SegmentKind
from tests.support.installation import Centre, Installation
from tests.support.raw_phone import RawPhone
from tests.support.talk import CALLER_HZ, answer, hears
from tests.support.wait import until


def _raw(centre: Centre, extension: str) -> RawPhone:
    password = centre.asterisk.phone_password(extension)
    return RawPhone.at(centre.asterisk.sip_port, extension, password)


async def test_all_ring_and_the_first_to_answer_has_the_call(installation: Installation) -> None:
    centre = await installation({"phones.several": "ring_all"})
    async with _raw(centre, "6001") as second:
        assert await second.register() == 200
        alice = await centre.agent("alice")

        def both() -> bool:
            return len(centre.server.devices.device("6001").phones) == 2

        await until(both, 15, "two phones")

        # The one answers, the other stops to ring and is told why.
        call = await centre.call("4000")
        other = await second.next_call()
        talk = await answer(centre, alice, call)
        await asyncio.wait_for(other.ended.wait(), 10)
        (cancel,) = [m for m in other.updates if m.method == "CANCEL"]
        assert "completed elsewhere" in cancel.get("reason").lower()
        await hears(talk.agent, CALLER_HZ)
        await call.hangup()
        await talk.over()
        await centre.wait_agent("alice", AgentState.READY)

        # One that declines is no decline while another rings on.
        call = await centre.call("4000")
        other = await second.next_call()
        other.reject(603)
        talk = await answer(centre, alice, call)
        await talk.agent.hangup()
        await talk.over()
        record = await centre.record(talk.contact_id)
        rings = [s.outcome for s in record.segments if s.kind == SegmentKind.RING]
        assert rings == ["answered"]

        # The other one can be the one that answers.
        call = await centre.call("4000")
        ringing = await alice.phone.next_incoming()
        other = await second.next_call()
        other.answer()
        await ringing.wait_state("disconnected")
        contact = await centre.contact_of("alice")
        await centre.wait_state(contact, "connected")
        await call.hangup()
        await asyncio.wait_for(other.ended.wait(), 10)
        await centre.wait_agent("alice", AgentState.READY)

        # All decline: then it is one.
        call = await centre.call("4000")
        ringing = await alice.phone.next_incoming()
        (await second.next_call()).reject(486)
        await ringing.reject(603)
        agent = await centre.wait_agent("alice", AgentState.NOT_READY)
        assert agent.reason == "rejected"
        await call.hangup()
