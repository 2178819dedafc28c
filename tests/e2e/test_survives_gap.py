"""AMI is cut while calls go on: after the gap both sides agree again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import EndReason, SegmentKind
from core.clock import to_epoch
from core.ports import PortBlock
from tests.support.app_process import Killable, KillableCentre
from tests.support.proxy import Proxy, proxy_to
from tests.support.wait import until


@asynccontextmanager
async def behind_a_proxy(
    killable: Killable, overrides: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[KillableCentre, Proxy]]:
    """An app whose connection to AMI can be cut."""
    block = PortBlock.reserve()
    centre = await killable(overrides, start=False)
    proxy = await proxy_to(centre.asterisk.manager_port, block)
    centre.use(**{"server.asterisk.ami_port": str(proxy.port)})
    centre.expected_errors.add("ami.unavailable")
    await centre.start_app()
    yield centre, proxy
    await proxy.close()
    block.release()


async def _a_while(seconds: float) -> None:
    """A gap is long enough that its end cannot be taken for what happened in it."""
    loop = asyncio.get_running_loop()
    later = loop.time() + seconds
    await until(lambda: loop.time() > later or None, 5 + seconds, "a gap")


async def test_a_hang_up_in_the_gap_is_found_with_its_true_time(killable: Killable) -> None:
    async with behind_a_proxy(killable) as (centre, proxy):
        agent = await centre.agent("alice")
        call, incoming, contact_id = await centre.talk(agent)
        waiting = await centre.call("4000", caller="13800000002")
        await centre.wait_contact(ContactState.QUEUED)
        await proxy.cut()
        ended = await call.hangup()
        await incoming.wait_state("disconnected")
        await waiting.hangup()
        await _a_while(1.5)
        await proxy.mend()
        record = await centre.record(contact_id)
        (talk,) = [s for s in record.segments if s.kind == SegmentKind.TALK]
        assert talk.ended_at is not None
        assert abs(to_epoch(talk.ended_at) - ended) < 0.5
        assert record.contact.end_reason == EndReason.CUSTOMER_HUNG_UP
        await centre.wait_agent("alice", AgentState.READY)
        await until(lambda: _nobody(centre), 10, "no contact left")


@pytest.mark.parametrize("customer", ["talks", "holds", "holds and leaves later"])
async def test_an_agent_who_hangs_up_in_the_gap(killable: Killable, customer: str) -> None:
    async with behind_a_proxy(killable) as (centre, proxy):
        agent = await centre.agent("alice")
        call, incoming, contact_id = await centre.talk(agent)
        if customer != "talks":
            await centre.api("POST", f"/api/contacts/{contact_id}/hold")
            await incoming.miss_tone(440)
        await proxy.cut()
        ended = await incoming.hangup()
        if customer == "talks":
            await call.wait_state("disconnected")
        await _a_while(1.5)
        if customer == "holds and leaves later":
            await call.hangup()
        await proxy.mend()
        await call.wait_state("disconnected")
        record = await centre.record(contact_id)
        assert record.contact.end_reason == EndReason.AGENT_HUNG_UP
        assert record.contact.hangup_cause == 16
        kind = SegmentKind.TALK if customer == "talks" else SegmentKind.HOLD
        (last,) = [s for s in record.segments if s.kind == kind]
        assert last.ended_at is not None
        assert abs(to_epoch(last.ended_at) - ended) < 0.5
        await centre.wait_agent("alice", AgentState.READY)


async def test_an_answer_in_the_gap_is_a_whole_call_afterwards(killable: Killable) -> None:
    longer = {"queues.support.ring_seconds": "30"}
    async with behind_a_proxy(killable, longer) as (centre, proxy):
        agent = await centre.agent("alice")
        call = await centre.call("4000")
        incoming = await agent.phone.next_incoming()
        await proxy.cut()
        await incoming.answer()
        await call.tone(440)
        await incoming.tone(880)
        await proxy.mend()
        await incoming.hear_tone(440)
        await call.hear_tone(880)
        contact = await centre.wait_contact(ContactState.CONNECTED)
        await centre.api("POST", f"/api/contacts/{contact.id}/hold")
        await incoming.miss_tone(440)
        await centre.api("POST", f"/api/contacts/{contact.id}/resume")
        await incoming.hear_tone(440, after=incoming.at["confirmed"])
        # A second gap, in which nothing happens, must not end the talk, nor part it; and
        # who calls in it is no stranger afterwards.
        compared = _comparisons(centre)
        await proxy.cut()
        second = await centre.call("4000", caller="13800000002")
        await proxy.mend()
        await centre.wait_contact(ContactState.QUEUED)
        await until(lambda: _comparisons(centre) > compared, 15, "another comparison")
        connected = await centre.wait_contact(ContactState.CONNECTED)
        assert connected.id == contact.id
        await second.hangup()
        await incoming.hangup()
        await call.wait_state("disconnected")
        await until(lambda: _nobody(centre), 10, "no contact left")
        ended = await centre.record(contact.id)
        assert ended.contact.end_reason == "agent_hung_up"


def _comparisons(centre: KillableCentre) -> int:
    return centre.app.log_file.read_text().count('"voice.resynced"')


async def _nobody(centre: KillableCentre) -> bool:
    return not await centre.live()
