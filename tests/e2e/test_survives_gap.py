"""AMI is cut while calls go on: after the gap both sides agree again."""

from __future__ import annotations

import asyncio

from acd.agent_states import AgentState
from acd.contact_states import ContactState
from acd.model import SegmentKind
from core.clock import to_epoch
from core.ports import PortBlock
from tests.support.app_process import Killable, KillableCentre
from tests.support.proxy import Proxy
from tests.support.wait import until


async def test_a_hang_up_in_the_gap_is_found_with_its_true_time(killable: Killable) -> None:
    block = PortBlock.reserve()
    proxy_port = block.take()
    centre = await killable(start=False)
    centre.expected_errors.add("ami.unavailable")
    proxy = Proxy(proxy_port, centre.asterisk.manager_port)
    await proxy.mend()
    centre.use(**{"server.asterisk.ami_port": str(proxy_port)})
    centre.expected_errors.add("ami.unavailable")
    await centre.start_app()
    agent = await centre.agent("alice")
    call, incoming, contact_id = await centre.talk(agent)
    waiting = await centre.call("4000", caller="13800000002")
    await centre.wait_contact(ContactState.QUEUED)
    await proxy.cut()
    ended = await call.hangup()
    await incoming.wait_state("disconnected")
    await waiting.hangup()
    loop = asyncio.get_running_loop()
    later = loop.time() + 1.5
    await until(lambda: loop.time() > later or None, 5, "a gap")
    await proxy.mend()
    record = await centre.record(contact_id)
    (talk,) = [s for s in record.segments if s.kind == SegmentKind.TALK]
    assert talk.ended_at is not None
    assert abs(to_epoch(talk.ended_at) - ended) < 0.5
    await centre.wait_agent("alice", AgentState.READY)
    await until(lambda: _nobody(centre), 10, "no contact left")
    await proxy.cut()
    block.release()


async def test_an_answer_in_the_gap_is_a_whole_call_afterwards(killable: Killable) -> None:
    block = PortBlock.reserve()
    proxy_port = block.take()
    centre = await killable({"queues.support.ring_seconds": "30"}, start=False)
    proxy = Proxy(proxy_port, centre.asterisk.manager_port)
    await proxy.mend()
    centre.use(**{"server.asterisk.ami_port": str(proxy_port)})
    centre.expected_errors.add("ami.unavailable")
    await centre.start_app()
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
    await proxy.cut()
    block.release()


def _comparisons(centre: KillableCentre) -> int:
    return centre.app.log_file.read_text().count('"voice.resynced"')


async def _nobody(centre: KillableCentre) -> bool:
    return not await centre.live()
