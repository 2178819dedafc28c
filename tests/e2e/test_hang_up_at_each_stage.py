"""A caller hangs up wherever one can be; each time there is one reason and one record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from acd.agent_states import AgentState
from acd.model import EndReason, SegmentKind
from agent_softphone.remote_call import Call
from sip.voice.desk import Target
from tests.support import hearing
from tests.support.installation import Centre, Installation
from tests.support.talk import answer, hears_music, talking
from tests.support.wait import until

IVR, QUEUE, RING, TALK, HOLD, CONSULT = (
    SegmentKind.IVR, SegmentKind.QUEUE, SegmentKind.RING, SegmentKind.TALK, SegmentKind.HOLD,
    SegmentKind.CONSULT,
)  # fmt: skip
PROMPT = Path(__file__).parents[2] / "media" / "prompts" / "en" / "queue-next.wav"


async def _node(centre: Centre, call: Call, *path: tuple[str, str]) -> Call:
    """Through the menus: at each node press its key."""
    for node, digits in path:
        await until(partial(_entered, centre, node), 15, f"the node {node}")
        if digits:
            await call.dtmf(digits)
    return call


def _entered(centre: Centre, node: str) -> bool:
    return any(
        line["event"] == "ivr.node_entered" and line["node"] == node for line in centre.log_lines
    )


async def _just_arrived(centre: Centre) -> Call:
    call = await centre.call("4001")
    await centre.wait_event("contact.arrived")
    return call


async def _menu(centre: Centre) -> Call:
    return await _node(centre, await centre.call("4001"), ("language", ""))


async def _second_menu(centre: Centre) -> Call:
    return await _node(centre, await centre.call("4001"), ("language", "2"), ("main", ""))


async def _third_menu(centre: Centre) -> Call:
    return await _node(
        centre, await centre.call("4001"), ("language", "2"), ("main", "1"), ("loans", "")
    )


async def _queue(centre: Centre) -> Call:
    call = await centre.call("4000")
    await centre.wait_event("contact.queued")
    await call.wait_state("confirmed")
    await hears_music(call)
    return call


async def _announcement(centre: Centre) -> Call:
    call = await centre.call("4000")
    file = centre.server.settings.server.state_dir / "heard.wav"
    await call.record(file)
    prompt = hearing.load(PROMPT)[: 8000 * 3 // 2]  # its beginning: it is still being said

    def said() -> bool:
        return file.exists() and hearing.find(prompt, hearing.load(file)) is not None

    await until(said, 20, "the announcement")
    return call


async def _ringing(centre: Centre) -> Call:
    alice = await centre.agent("alice")
    call = await centre.call("4000")
    await alice.phone.next_incoming()
    return call


async def _talk(centre: Centre) -> Call:
    return (await talking(centre, "alice")).caller


async def _hold(centre: Centre) -> Call:
    talk = await talking(centre, "alice")
    await centre.server.router.hold(talk.contact_id)
    await hears_music(talk.caller)
    return talk.caller


async def _consult_ringing(centre: Centre) -> Call:
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob", ready=False)
    await centre.server.desk.consult(talk.contact_id, Target(agent_id="bob"))
    await bob.phone.next_incoming()
    return talk.caller


async def _queued_again(centre: Centre) -> Call:
    talk = await talking(centre, "alice")
    await centre.server.router.set_not_ready("alice", "break")
    await centre.server.router.transfer_to_queue(talk.contact_id, "support")
    await hears_music(talk.caller)
    return talk.caller


async def _ringing_again(centre: Centre) -> Call:
    talk = await talking(centre, "alice")
    bob = await centre.agent("bob")
    await centre.server.router.transfer_to_agent(talk.contact_id, "bob")
    await bob.phone.next_incoming()
    return talk.caller


async def _second_agent(centre: Centre) -> Call:
    call = await _queued_again(centre)
    return (await answer(centre, await centre.agent("bob"), call)).caller


@dataclass
class Stage:
    """How to get there, and what the record then says."""

    reach: Callable[[Centre], Awaitable[Call]]
    reason: EndReason
    kinds: list[SegmentKind]


_IN_IVR, _IN_QUEUE = EndReason.ABANDONED_IN_IVR, EndReason.ABANDONED_IN_QUEUE
_SERVED = EndReason.CUSTOMER_HUNG_UP
_WAITED = [IVR, QUEUE]
_TALKED = [*_WAITED, RING, TALK]
STAGES = [
    Stage(_just_arrived, _IN_IVR, [IVR]),
    Stage(_menu, _IN_IVR, [IVR]),
    Stage(_second_menu, _IN_IVR, [IVR]),
    Stage(_third_menu, _IN_IVR, [IVR]),
    Stage(_queue, _IN_QUEUE, _WAITED),
    Stage(_announcement, _IN_QUEUE, _WAITED),
    Stage(_ringing, _IN_QUEUE, [*_WAITED, RING]),
    Stage(_talk, _SERVED, _TALKED),
    Stage(_hold, _SERVED, [*_TALKED, HOLD]),
    Stage(_consult_ringing, _SERVED, [*_TALKED, HOLD, CONSULT]),
    Stage(_queued_again, _IN_QUEUE, [*_TALKED, QUEUE]),
    Stage(_ringing_again, _IN_QUEUE, [*_TALKED, QUEUE, RING]),
    Stage(_second_agent, _SERVED, [*_TALKED, QUEUE, RING, TALK]),
]


@pytest.mark.parametrize("stage", STAGES, ids=[s.reach.__name__.strip("_") for s in STAGES])
async def test_hang_up(installation: Installation, stage: Stage) -> None:
    centre = await installation()
    call = await stage.reach(centre)
    await call.hangup()
    await call.wait_state("disconnected")
    ended = await centre.wait_event("contact.ended")
    assert ended.contact_id is not None
    await centre.wait_quiet()
    record = await centre.record(ended.contact_id)
    assert record.contact.end_reason == stage.reason
    kinds = [segment.kind for segment in record.segments]
    assert kinds == stage.kinds or (stage.reach is _just_arrived and kinds == [])
    assert all(segment.ended_at is not None for segment in record.segments)
    assert len([e for e in centre.events if e.type == "contact.ended"]) == 1
    for agent in centre.agents:
        await centre.wait_agent_not(agent, AgentState.OFFERED, AgentState.BUSY)


async def test_who_hangs_up_while_dialling(installation: Installation) -> None:
    """In the first moments: there is no contact yet, or it gets its end."""
    centre = await installation()
    for _ in range(10):
        call = await centre.call("4001")
        await call.hangup()
        await call.wait_state("disconnected")
    await centre.wait_quiet()
    opened = [e.contact_id for e in centre.events if e.type == "contact.arrived"]
    for contact in opened:
        assert contact is not None
        assert (await centre.record(contact)).contact.end_reason == _IN_IVR
