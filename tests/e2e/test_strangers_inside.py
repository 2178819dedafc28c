"""Somebody with an account on the machine, but not Parley's: the ports on loopback."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from tests.support.installation import Installation

_OPENING = (
    "agi_network: yes\nagi_network_script: entrance\nagi_channel: PJSIP/forged\n"
    "agi_uniqueid: 1.1\nagi_callerid: 13800000001\nagi_context: parley-entrance\n"
)


@pytest.mark.parametrize("proof", ["", "agi_arg_1: \n", "agi_arg_1: guess\n"])
async def test_nobody_forges_a_call(installation: Installation, proof: str) -> None:
    """Without the secret there is no session, no contact, and real calls go on."""
    centre = await installation()
    place = centre.server.settings.server.fastagi
    for _ in range(20):
        reader, writer = await asyncio.open_connection(place.host, place.port)
        writer.write(f"{_OPENING}{proof}\n".encode())
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    assert centre.server.agi.sessions == 0
    assert await centre.contacts() == []
    mute = [await asyncio.open_connection(place.host, place.port) for _ in range(100)]
    call = await centre.call("4000")
    await centre.wait_event("contact.queued")
    await call.hangup()
    for _, writer in mute:
        writer.close()


async def test_the_store_wants_a_password(installation: Installation) -> None:
    centre = await installation()
    assert centre.valkey.port is not None
    stranger = Redis(host="127.0.0.1", port=centre.valkey.port)
    with pytest.raises(AuthenticationError):
        await stranger.ping()
    await stranger.aclose()
