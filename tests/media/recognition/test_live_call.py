"""Words of both sides of a real call, through taps of a real Asterisk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

from core import ids
from media.audio.server import AudioSocketServer
from media.models.bundled import bundled
from media.recognition.contract import Heard, Kind, Recognizer
from media.recognition.listener import Listener
from sip import verbs
from sip.voice.legs import Leg
from tests.media.recognition.speech import MEDIA
from tests.support.installation import Installation
from tests.support.talk import AGENT_HZ, CALLER_HZ, Talk, talking

_SENTENCES: dict[str, Path] = {
    "customer": MEDIA / "demo" / "en" / "customer-lost-card.wav",
    "agent": MEDIA / "demo" / "zh-CN" / "agent-identify.wav",
}
_LANGUAGES = {"customer": "en", "agent": "zh"}


async def _final(recognizer: Recognizer) -> Heard:
    async for said in recognizer:
        if isinstance(said, Heard) and said.kind is Kind.FINAL and said.text:
            return said
    raise AssertionError(f"the {recognizer.leg} ended without a word")


async def _hear(
    talk: Talk, leg: Leg, side: str, server: AudioSocketServer, listener: Listener
) -> Recognizer:
    stream = uuid4()
    heard = server.expect(stream, contact_id=talk.contact_id, side=side, language=_LANGUAGES[side])
    await verbs.tap(
        talk.centre.server.ami, leg.target, ids.new_id(ids.CHANNEL), host=server.host,
        port=server.port, stream=stream,
    )  # fmt: skip
    await server.connected(heard)
    return await listener.hear(heard)


async def test_both_sides_are_written_down_while_they_talk(installation: Installation) -> None:
    centre = await installation()
    server, listener = AudioSocketServer(), Listener(bundled(), workers=1)
    await asyncio.gather(server.start(), listener.start())
    try:
        talk = await talking(centre, "alice")
        legs = centre.server.legs
        customer, agent = legs.customer(talk.contact_id), legs.agent(talk.contact_id)
        assert customer is not None
        assert agent is not None
        hearing = {
            "customer": await _hear(talk, customer, "customer", server, listener),
            "agent": await _hear(talk, agent, "agent", server, listener),
        }
        said: dict[str, Heard] = {}
        for side, phone, hz in (
            ("customer", talk.caller, CALLER_HZ), ("agent", talk.agent, AGENT_HZ),
        ):  # fmt: skip
            await phone.play(_SENTENCES[side])
            said[side] = await asyncio.wait_for(_final(hearing[side]), 40)
            await phone.tone(hz)
        assert "lost my credit card" in said["customer"].text
        assert "卡" in said["agent"].text
        await talk.both_hear()  # listening disturbs nobody
        # What listens is lost; the call is not.
        await listener.close()
        await talk.both_hear()
        await talk.caller.hangup()
        await talk.over()
    finally:
        await listener.close()
        await server.close()
