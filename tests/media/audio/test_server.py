"""The AudioSocket server on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import numpy as np
import pytest
import pytest_asyncio

from media.audio.frame import FRAME_SAMPLES, Digit, Frame
from media.audio.protocol import Kind, hello, message
from media.audio.server import (
    HELLO_SECONDS,
    MOST_STRANGERS,
    AudioSocketServer,
    NotTapped,
    TooManyLegs,
)
from tests.support.wait import until

SOUND = (np.sin(np.arange(FRAME_SAMPLES)) * 8000).astype("<i2").tobytes()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[AudioSocketServer]:
    server = AudioSocketServer()
    await server.start()
    yield server
    await server.close()


async def connect(server: AudioSocketServer, *messages: bytes) -> asyncio.StreamWriter:
    """What Asterisk does."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"".join(messages))
    await writer.drain()
    return writer


async def test_a_tap_from_hello_to_the_end_of_the_call(server: AudioSocketServer) -> None:
    stream = uuid4()
    leg = server.expect(stream, contact_id="c1", side="customer", language="zh")
    writer = await connect(server, hello(stream), message(0x12, SOUND), message(Kind.DTMF, b"4"))
    await server.connected(leg)
    writer.write(message(0x12, SOUND))
    writer.close()  # the caller hangs up: the connection just ends
    found = [item async for item in leg]
    assert [type(item) for item in found] == [Frame, Digit, Frame]
    assert (leg.contact_id, leg.side, leg.language) == ("c1", "customer", "zh")
    assert server.legs() == []


async def test_asterisk_says_that_it_is_over(server: AudioSocketServer) -> None:
    stream = uuid4()
    leg = server.expect(stream)
    writer = await connect(server, hello(stream), message(0x10, SOUND), message(Kind.HANG_UP))
    assert len([item async for item in leg]) >= 1
    await asyncio.wait_for(leg.ended.wait(), 5)
    writer.close()


@pytest.mark.parametrize(
    "data", [hello(UUID(int=5)), b"GET / HTTP/1.1\r\n\r\n", message(0x12, SOUND)]
)
async def test_strangers_are_put_out(server: AudioSocketServer, data: bytes) -> None:
    leg = server.expect(uuid4())
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(data)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert server.refused == 1
    assert not leg.connected.is_set()
    writer.close()


async def test_nobody_takes_over_a_leg_that_is_tapped(server: AudioSocketServer) -> None:
    stream = uuid4()
    leg = server.expect(stream)
    first = await connect(server, hello(stream), message(0x12, SOUND))
    await server.connected(leg)
    second = await connect(server, hello(stream), message(0x12, SOUND))
    await until(lambda: server.refused or None, 5, "the refusal")
    first.write(message(0x12, SOUND))
    await until(lambda: leg.counters.frames == 2 or None, 5, "the second frame")
    first.close()
    second.close()


async def test_a_tap_that_does_not_come(server: AudioSocketServer) -> None:
    leg = server.expect(uuid4())
    with pytest.raises(NotTapped):
        await server.connected(leg, seconds=0.05)
    assert server.legs() == []
    assert [item async for item in leg] == []


async def test_fifty_taps_at_once(server: AudioSocketServer) -> None:
    legs = {stream: server.expect(stream) for stream in (uuid4() for _ in range(50))}
    writers = await asyncio.gather(
        *(connect(server, hello(s), *[message(0x12, SOUND)] * 20) for s in legs)
    )
    for writer in writers:
        writer.close()
    for leg in legs.values():
        assert len([item async for item in leg]) == 20


async def test_more_than_it_takes() -> None:
    server = AudioSocketServer(bound=2)
    server.expect(uuid4())
    leg = server.expect(uuid4())
    with pytest.raises(TooManyLegs):
        server.expect(uuid4())
    server.forget(leg)
    server.expect(uuid4())


async def test_a_line_that_falls_silent_goes_on_in_time(server: AudioSocketServer) -> None:
    stream = uuid4()
    leg = server.expect(stream)
    writer = await connect(server, hello(stream), message(0x12, SOUND))
    await until(lambda: leg.counters.filled >= 10 or None, 5, "silence in place of sound")
    writer.close()


async def test_a_thousand_that_say_nothing_keep_no_tap_out(server: AudioSocketServer) -> None:
    mute = []
    for number in range(1000):
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"" if number % 2 else hello(UUID(int=0))[:-1])
        mute.append(writer)
    await until(lambda: server.refused >= 1000 - MOST_STRANGERS or None, 5, "the oldest dropped")
    stream = uuid4()
    leg = server.expect(stream)
    writer = await connect(server, hello(stream), message(0x12, SOUND))
    await server.connected(leg)
    for _ in range(2 * MOST_STRANGERS):  # a tap that is on is never the one to be dropped
        mute.append((await asyncio.open_connection("127.0.0.1", server.port))[1])
    writer.write(message(0x12, SOUND))
    await until(lambda: leg.counters.frames == 2 or None, 5, "the second frame")
    for each in [writer, *mute]:
        each.close()


async def test_who_says_nothing_is_put_out_after_a_moment(server: AudioSocketServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert await asyncio.wait_for(reader.read(), HELLO_SECONDS + 10) == b""
    writer.close()
