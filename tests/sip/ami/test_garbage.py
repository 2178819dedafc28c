"""Bytes that are not AMI: from what we connect to, and from others at Asterisk's port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sip.ami import AmiClient, AmiDown, AmiEvent
from tests.support.ami import AmiConnect
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest


@asynccontextmanager
async def talker(says: bytes) -> AsyncIterator[int]:
    """A server that says something to everybody and stays on the line."""
    writers: list[asyncio.StreamWriter] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(says)
        await reader.read()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()


BANNER = b"Asterisk Call Manager/11.0.0\r\n"


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not an Asterisk manager interface"),
        (b"\x00\xff\xfe" * 1000, "not an Asterisk manager interface"),
        (b"", "did not answer Login"),
        (
            BANNER + b"\xff\xfe\r\n\r\n: \r\n\r\nEvent\r\n\r\nEvent: \r\n\r\n",
            "did not answer Login",
        ),
        (BANNER + b"Event: X\r\nActionID: 1\r\nactionid: 2\r\nActionID: 3\r\n\r\n", "did not ans"),
        (BANNER + b"x" * 2**23, "longer than"),
    ],
)
async def test_garbage_from_the_server(
    ami_connect: AmiConnect, asterisk_factory: AsteriskFactory, says: bytes, problem: str
) -> None:
    nobody = await asterisk_factory(start=False)
    async with talker(says) as port:
        nobody.manager_port = port
        client = await ami_connect(nobody, up=False, action_timeout=0.3)
        client.on("*", lambda event: None)
        with pytest.raises(AmiDown, match=problem):
            await client.wait_up(0.6)
        await client.close()


async def test_garbage_after_the_login(server: AsteriskUnderTest, ami_connect: AmiConnect) -> None:
    """Asterisk's own bytes, and between them what it would never send."""
    to_asterisk: list[asyncio.StreamWriter] = []
    to_client: list[asyncio.StreamWriter] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_asterisk, out = await asyncio.open_connection("127.0.0.1", real_port)
        to_asterisk.append(out)
        to_client.append(writer)
        await asyncio.gather(copy(reader, out), copy(from_asterisk, writer))

    real_port = server.manager_port
    between = await asyncio.start_server(relay, "127.0.0.1", 0)
    server.manager_port = between.sockets[0].getsockname()[1]
    client = await ami_connect(server)
    heard: list[AmiEvent] = []
    client.on("*", heard.append)
    to_client[0].write(
        b"Event: Odd\r\nActionID: 1\r\nActionID: 2\r\n\r\n"
        b"\r\n\r\n\r\n\r\nResponse: Success\r\nActionID: unknown\r\n\r\n"
        b"Response: Success\r\n\r\nEvent: \xff\xfe\r\n\r\nno colon at all\r\n\r\n"
    )
    assert (await client.action("Ping"))["Ping"] == "Pong"
    assert [event.as_dict() for event in heard] == []
    assert client.is_up
    await client.close()
    for writer in (*to_client, *to_asterisk):
        writer.close()
    between.close()


@pytest.mark.parametrize(
    "says",
    [
        b"\x00" * 5000,
        b"x" * 100_000 + b"\r\n\r\n",
        b"Action: Login\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"\r\n" * 1000,
        b"Action: \r\n\r\nAction: Login\r\nUsername: %s%n\r\nSecret: \xff\r\n\r\n",
        b"Action: Originate\r\nChannel: Local/wait@t\r\n\r\n",
    ],
)
async def test_garbage_from_another_client_does_not_disturb_us(
    server: AsteriskUnderTest, client: AmiClient, says: bytes
) -> None:
    lost: list[str] = []
    client.on_down(lost.append)
    for _ in range(5):
        _, writer = await asyncio.open_connection("127.0.0.1", server.manager_port)
        writer.write(says)
        await client.action("Ping")
        writer.close()
    assert await client.query("CoreShowChannels") == []
    assert lost == []
