"""Verbs that the router does not use by itself: play to one side, tap one side."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from core import ids
from media import wav
from media.tones import tone
from sip import verbs
from sip.voice.legs import Leg
from tests.support.audiosocket import AudioSocketServer, Tapped
from tests.support.installation import Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, Talk, hears, talking
from tests.support.wait import until


def _legs(talk: Talk) -> tuple[Leg, Leg]:
    legs = talk.centre.server.legs
    customer, agent = legs.customer(talk.contact_id), legs.agent(talk.contact_id)
    assert customer is not None
    assert agent is not None
    return customer, agent


@pytest.mark.parametrize("to", ["agent", "caller"])
async def test_play_is_heard_by_its_target_only(
    installation: Installation, tmp_path: Path, to: str
) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    sound = tmp_path / "sound.wav"
    wav.write(sound, tone([1500], 1.5))
    customer, agent = _legs(talk)
    target = agent if to == "agent" else customer
    listener, other = (talk.agent, talk.caller) if to == "agent" else (talk.caller, talk.agent)
    await verbs.play(
        centre.server.ami, target.target, sound.with_suffix(""), ids.new_id(ids.CHANNEL)
    )
    await hears(listener, 1500)
    await listener.miss_tone(1500)
    assert not [e for e in other.history.events if e["event"] == "tone" and e["hz"] == 1500]
    await talk.both_hear()  # it went on all the time
    await talk.caller.hangup()
    await talk.over()


async def _tap(talk: Talk, leg: Leg, server: AudioSocketServer) -> Tapped:
    stream = uuid4()
    await verbs.tap(
        talk.centre.server.ami, leg.target, ids.new_id(ids.CHANNEL), host="127.0.0.1",
        port=server.port, stream=stream,
    )  # fmt: skip
    tapped = await server.next()
    await until(lambda: tapped.stream == stream or None, 5, "the stream's id")
    return tapped


def _hears(tapped: Tapped, hz: int) -> bool | None:
    return tapped.power(hz) > 1e6 or None


async def test_each_tap_hears_its_own_speaker(
    installation: Installation, audiosocket: AudioSocketServer
) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    customer, agent = _legs(talk)
    taps = {
        CALLER_HZ: await _tap(talk, customer, audiosocket),
        AGENT_HZ: await _tap(talk, agent, audiosocket),
    }
    for mine, theirs in ((CALLER_HZ, AGENT_HZ), (AGENT_HZ, CALLER_HZ)):
        tapped = taps[mine]
        await until(partial(_hears, tapped, mine), 10, "its speaker")
        assert tapped.power(theirs) < tapped.power(mine) / 1000
        assert (tapped.rate, tapped.frame_bytes) == (16000, {640})
    await talk.both_hear()
    # A tap follows its speaker through hold, and ends with the call.
    await centre.server.router.hold(talk.contact_id)
    await talk.agent.miss_tone(CALLER_HZ)
    await centre.server.router.resume(talk.contact_id)
    await talk.both_hear()
    await talk.caller.tone(660)
    await until(partial(_hears, taps[CALLER_HZ], 660), 10, "the caller again")
    await talk.caller.hangup()
    await talk.over()
    for tapped in taps.values():
        await asyncio.wait_for(tapped.ended.wait(), 5)


async def test_a_tap_that_nobody_takes_costs_nothing(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    customer, _ = _legs(talk)
    await verbs.tap(
        centre.server.ami, customer.target, ids.new_id(ids.CHANNEL), host="127.0.0.1", port=9,
        stream=uuid4(),
    )  # fmt: skip
    await talk.both_hear()
    await talk.caller.hangup()
    await talk.over()


async def test_a_leg_that_is_gone(installation: Installation) -> None:
    centre = await installation()
    talk = await talking(centre, "alice")
    customer, agent = _legs(talk)
    ami = centre.server.ami
    assert await verbs.exists(ami, customer.id)
    await talk.caller.hangup()
    await talk.over()
    await centre.wait_quiet()
    assert not await verbs.exists(ami, customer.id)
    for work in (
        verbs.bridge(ami, customer.target, agent.target),
        verbs.hold(ami, customer.target, agent.target),
        verbs.park(ami, agent.target),
        verbs.send_to(ami, customer.target, "parley-hold"),
        verbs.set_variables(ami, customer.target, {"A": "1"}),
        verbs.pause_recording(ami, customer.target, True),
        verbs.record(ami, customer.target, Path("/nowhere/x.raw")),
        verbs.stop_recording(ami, customer.target),
    ):
        with pytest.raises(verbs.NoSuchChannel):
            await work
    await verbs.hang_up(ami, customer.target)  # what is wanted is so already
