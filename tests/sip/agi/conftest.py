"""A booted Asterisk whose dialplan visits a FastAGI server of the test."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from config.secrets import Secret
from core import ids
from sip.agi import AgiServer, Route
from sip.ami import AmiClient, Originate
from tests.support.ami import AmiConnect
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest

SECRET = "the-secret-of-this-test"
Serve = Callable[..., Awaitable[AgiServer]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve({"path": route}, **options)``: a server on a port of its own."""
    made: list[AgiServer] = []

    async def make(routes: Mapping[str, Route], **options: Any) -> AgiServer:
        server = AgiServer("127.0.0.1", 0, routes, secret=Secret(SECRET), **options)
        await server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        await server.close()


@pytest_asyncio.fixture
async def asterisk_server(asterisk_factory: AsteriskFactory) -> AsyncIterator[AsteriskUnderTest]:
    """``${URL}`` says which AGI is visited; ``After`` is told when the dialplan goes on."""
    dialplan = (
        "[t]\nexten => agi,1,Set(AGIEXITONHANGUP=yes)\n"
        " same => n,Goto(plain,1)\n"
        "exten => plain,1,AGI(${URL})\n"
        " same => n,UserEvent(After,Status: ${AGISTATUS},Mark: ${MARK})\n"
    )
    asterisk = await asterisk_factory({"extensions.conf": dialplan})
    yield asterisk
    await asterisk.instance.kill()


@pytest_asyncio.fixture
async def client(asterisk_server: AsteriskUnderTest, ami_connect: AmiConnect) -> AmiClient:
    return await ami_connect(asterisk_server)


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A sound of one second, without its extension as Asterisk wants it."""
    path = tmp_path / "second"
    tone = np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000) * 8000
    with wave.open(f"{path}.wav", "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(tone.astype("<i2").tobytes())
    return path


def visit(server: AgiServer, path: str, *, extension: str = "agi", **variables: str) -> Originate:
    """A call whose dialplan visits ``path``; its channel's id is ``<channel_id>;2``.
    The extension ``plain`` leaves out what ``sip.agi`` asks of a dialplan."""
    where, comma, arguments = path.partition(",")
    url = f"agi://127.0.0.1:{server.port}/{where},{SECRET}{comma}{arguments}"
    return Originate(
        channel=f"Local/{extension}@t/n", channel_id=ids.new_id(ids.CHANNEL),
        application="Milliwatt",  # audio flows, without it digits have no clock
        variables={"URL": url, **variables},
    )  # fmt: skip
