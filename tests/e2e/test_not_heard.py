"""A caller whose sound stops in a talk is told so before the line is given up."""

from __future__ import annotations

import asyncio
import re
import socket
import struct

import pytest

from acd.model import EndReason
from tests.support.installation import TRUNK, Centre, Installation
from tests.support.raw_sip import Answer, RawSip
from tests.support.wait import until

_QUIET = b"\xd5" * 160  # A-law


def _level(code: int) -> int:
    """The magnitude of a sample in A-law (ITU-T G.711)."""
    segment, step = (code ^ 0x55) >> 4 & 7, (code ^ 0x55) & 0xF
    return (step << 4) + 8 if segment == 0 else ((step << 4) + 0x108) << (segment - 1)


class _Sound:
    """The caller's audio: what Asterisk sends here, and packets to it."""

    def __init__(self, peer: RawSip) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", peer.port + 1))

    async def send_until(self, answer: Answer, done: asyncio.Event) -> None:
        """Silence as packets, 50 a second."""
        match = re.search(r"m=audio (\d+)", answer.body)
        assert match is not None
        for number in range(60 * 50):
            if done.is_set():
                break
            head = struct.pack("!BBHII", 0x80, 8, number, 160 * number, 4711)
            self._socket.sendto(head + _QUIET, ("127.0.0.1", int(match[1])))
            await asyncio.sleep(0.02)

    def loudest(self) -> int:
        """The loudest sample that came since the last question, of 32,768."""
        loudest = 0
        while True:
            try:
                data = self._socket.recv(2048)
            except BlockingIOError:
                return loudest
            if data[1] & 0x7F == 8:
                loudest = max(loudest, *(_level(code) for code in data[12:]))

    def close(self) -> None:
        self._socket.close()


async def _talk(centre: Centre, answer: Answer, sound: _Sound) -> str:
    """Alice answers; then the caller's sound stops."""
    done = asyncio.Event()
    sending = asyncio.create_task(sound.send_until(answer, done))
    try:
        ringing = await centre.agents["alice"].phone.next_incoming()
        contact = await centre.contact_of("alice")
        await ringing.answer()
        await centre.wait_state(contact, "connected")
        await asyncio.sleep(0.5)  # of the talk
    finally:
        done.set()
        await sending
    return contact


@pytest.mark.timeout(120)
async def test_a_caller_whose_sound_stops_is_told_and_the_agent_sees_it(
    installation: Installation,
) -> None:
    centre = await installation({"sip.rtp_timeout_seconds": "12", "sip.not_heard_seconds": "1"})
    centre.expected_errors.add("leg.ended")
    await centre.agent("alice")
    login = (TRUNK, centre.asterisk.trunk_password(TRUNK))
    async with RawSip.to(centre.asterisk.sip_port) as peer:
        sound = _Sound(peer)
        try:
            answer = await peer.request("INVITE", "4000", login=login, seconds=30, stay=True)
            assert answer.status == 200
            contact = await _talk(centre, answer, sound)
            assert not [e for e in centre.events if e.type == "contact.customer_not_heard"]
            sound.loudest()  # what was played before
            event = await centre.wait_event("contact.customer_not_heard", contact=contact)
            assert event.agent_id == "alice"
            await until(lambda: sound.loudest() > 3000 or None, 10, "'We cannot hear you'")
            assert (await centre.the_contact()).state.value == "connected"
            await centre.wait_event("contact.ended", contact=contact, timeout=40)
        finally:
            sound.close()
    assert (await centre.record(contact)).contact.end_reason == EndReason.NO_SOUND
