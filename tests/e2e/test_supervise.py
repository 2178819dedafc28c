"""A supervisor listens, whispers and barges in; who hears whom is found out by tones."""

from __future__ import annotations

import asyncio

import pytest

from acd.agent_states import AgentState
from acd.driver import PartyMode
from agent_softphone.remote_call import Call
from sip.voice.driver import NoLeg
from tests.support.installation import AgentDesk, Centre, Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, THIRD_HZ, Talk, hears, talking


async def _supervisor(centre: Centre) -> AgentDesk:
    return await centre.agent("sue", ready=False)


async def _supervised(centre: Centre, mode: PartyMode) -> tuple[Talk, Call]:
    talk = await talking(centre, "alice")
    sue = await _supervisor(centre)
    await centre.server.desk.supervise(talk.contact_id, "sue", mode)
    call = await sue.phone.next_incoming()
    await call.answer()
    await call.tone(THIRD_HZ)
    await hears(call, CALLER_HZ)
    await hears(call, AGENT_HZ)
    return talk, call


async def _whispers(talk: Talk) -> None:
    await hears(talk.agent, THIRD_HZ)
    await hears(talk.agent, CALLER_HZ)
    await hears(talk.caller, AGENT_HZ, but_not=(THIRD_HZ,))


async def _barges(talk: Talk) -> None:
    await asyncio.gather(
        hears(talk.agent, THIRD_HZ), hears(talk.caller, THIRD_HZ),
        hears(talk.agent, CALLER_HZ), hears(talk.caller, AGENT_HZ),
    )  # fmt: skip


async def _listens(talk: Talk) -> None:
    await hears(talk.agent, CALLER_HZ, but_not=(THIRD_HZ,))
    await hears(talk.caller, AGENT_HZ, but_not=(THIRD_HZ,))


async def test_each_mode_and_switching_live(installation: Installation) -> None:
    centre = await installation()
    talk, call = await _supervised(centre, PartyMode.LISTEN)
    await _listens(talk)
    for mode, holds in (
        (PartyMode.WHISPER, _whispers),
        (PartyMode.BARGE, _barges),
        (PartyMode.LISTEN, _listens),
    ):
        await centre.server.desk.supervise(talk.contact_id, "sue", mode)
        await holds(talk)
        await hears(call, CALLER_HZ)
        await hears(call, AGENT_HZ)
    assert len(centre.agents["sue"].phone.calls) == 1
    await talk.caller.hangup()
    await talk.over()
    await call.wait_state("disconnected")
    assert (await centre.agent_state("sue")).state is AgentState.NOT_READY


@pytest.mark.parametrize("mode", [PartyMode.WHISPER, PartyMode.BARGE])
async def test_a_supervisor_who_leaves_disturbs_nobody(
    installation: Installation, mode: PartyMode
) -> None:
    centre = await installation()
    talk, call = await _supervised(centre, mode)
    await (_whispers if mode is PartyMode.WHISPER else _barges)(talk)
    await call.hangup()
    await _listens(talk)
    await talk.both_hear()
    await talk.agent.hangup()
    await talk.over()


async def test_a_supervisor_stays_through_hold(installation: Installation) -> None:
    centre = await installation()
    talk, call = await _supervised(centre, PartyMode.LISTEN)
    await centre.server.router.hold(talk.contact_id)
    await hears(call, AGENT_HZ, but_not=(CALLER_HZ,))
    await centre.server.router.resume(talk.contact_id)
    await hears(call, CALLER_HZ)
    await talk.both_hear()
    await talk.agent.hangup()
    await talk.over()
    await call.wait_state("disconnected")


async def test_a_full_party(installation: Installation) -> None:
    centre = await installation()
    talk, call = await _supervised(centre, PartyMode.TALK)
    await _barges(talk)
    await call.hangup()
    await talk.both_hear()
    await talk.caller.hangup()
    await talk.over()


async def test_a_supervisor_whose_phone_is_away(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    await centre.server.desk.supervise(talk.contact_id, "sue", PartyMode.LISTEN)
    await talk.both_hear()
    await talk.caller.hangup()
    await talk.over()


async def test_a_call_without_an_agent_cannot_be_supervised(installation: Installation) -> None:
    centre = await installation()
    call = await centre.call("4000")
    await centre.wait_event("contact.queued")
    with pytest.raises(NoLeg):
        await centre.server.desk.supervise((await centre.the_contact()).id, "sue", PartyMode.LISTEN)
    await call.hangup()
