"""The caller may go at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from config.secrets import Secret
from sip.agi import AgiHangup, AgiServer, AgiSession, verbs
from sip.ami import AmiClient
from tests.sip.agi.conftest import SECRET, Serve, visit
from tests.support.ami import Heard, until
from tests.support.asterisk import AsteriskUnderTest

Doing = Callable[[AgiSession, Path], Awaitable[object]]


async def computing(session: AgiSession, _: Path) -> None:
    """In no command at all; the next one must notice."""
    await session.wait_hungup()
    await verbs.get_variable(session, "X")


async def chatting(session: AgiSession, _: Path) -> None:
    while True:
        await verbs.set_variable(session, "X", "1")


DOING: dict[str, Doing] = {
    "play": lambda s, sound: verbs.stream_file(s, sound),
    "wait": lambda s, _: verbs.wait_for_digit(s, 60),
    "collect": lambda s, sound: verbs.get_data(s, sound, seconds=60, max_digits=5),
    "exec": lambda s, _: verbs.exec_(s, "Wait", "60", limit=60),
    "computing": computing,
    "chatting": chatting,
}


@pytest.mark.parametrize(
    ("extension", "what"),
    # An application started on a plain extension at the moment of the hang-up runs on.
    [("agi", what) for what in DOING] + [("plain", what) for what in DOING if what != "exec"],
)
async def test_hangup_while(
    client: AmiClient, serve: Serve, second: Path, extension: str, what: str
) -> None:
    busy = asyncio.Event()
    ended: list[BaseException] = []

    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        busy.set()
        try:
            await DOING[what](session, second)
        except AgiHangup as error:
            ended.append(error)
            assert session.hungup
            with pytest.raises(AgiHangup):
                await verbs.answer(session)
            raise

    server = await serve({"x": route})
    heard = Heard(client, "OriginateResponse")
    await client.originate(visit(server, "x", extension=extension))
    async with asyncio.timeout(10):
        await busy.wait()
    channel = (await heard.until("OriginateResponse"))["Channel"]
    began = time.monotonic()
    await client.action("Hangup", {"Channel": channel})
    await until(lambda: server.sessions == 0)
    assert time.monotonic() - began < 2
    assert len(ended) == 1
    async with asyncio.timeout(5):
        while await client.query("CoreShowChannels"):
            pass


async def test_asterisk_is_killed(
    asterisk_server: AsteriskUnderTest, client: AmiClient, serve: Serve
) -> None:
    ended: list[BaseException] = []

    async def route(session: AgiSession) -> None:
        try:
            await verbs.wait_for_digit(session, 60)
        except AgiHangup as error:
            ended.append(error)

    server = await serve({"x": route})
    for _ in range(5):
        await client.originate(visit(server, "x"))
    await until(lambda: server.sessions == 5)
    await asterisk_server.instance.kill()
    await until(lambda: server.sessions == 0)
    assert len(ended) == 5


async def test_the_server_closes(client: AmiClient, serve: Serve) -> None:
    """Its routes are cancelled and the dialplan goes on."""
    server = await serve({"x": lambda s: verbs.wait_for_digit(s, 60)})
    heard = Heard(client, "UserEvent")
    await client.originate(visit(server, "x"))
    await until(lambda: server.sessions == 1)
    await server.close()
    assert server.sessions == 0
    refused = AgiServer("127.0.0.1", server.port, {}, secret=Secret(SECRET))
    await refused.start()  # the port is free again
    await refused.close()
    await heard.until("UserEvent")


STOPPABLE: dict[str, Doing] = {name: DOING[name] for name in ("play", "wait", "collect")}


@pytest.mark.parametrize("doing", STOPPABLE.values(), ids=STOPPABLE)
async def test_a_cancelled_command_stops_at_once(
    client: AmiClient, serve: Serve, second: Path, doing: Doing
) -> None:
    took: list[float] = []

    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        for n in range(5):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.03 * n):
                    await doing(session, second)
            began = time.monotonic()
            await verbs.set_variable(session, "X", n)
            assert await verbs.get_variable(session, "X") == str(n)
            took.append(time.monotonic() - began)

    server = await serve({"x": route})
    await client.originate(visit(server, "x"))
    await until(lambda: len(took) == 5)
    assert max(took) < 0.5  # the sound has a second, the waits a minute


class _InOneGo:
    """Passes every line on to ``port``, but keeps a command that can be stopped back
    until there is another line, and sends both in one go, as it happens when
    Asterisk's thread gets no processor for a while."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.kept = asyncio.Event()  # such a command has arrived here

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._there(reader, far_writer), self._back(far_reader, writer))

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line.startswith((b"STREAM FILE", b"WAIT FOR DIGIT", b"GET DATA")):
                self.kept.set()
                line += await reader.readline()
            writer.write(line)
        writer.close()


@pytest.mark.parametrize("doing", STOPPABLE.values(), ids=STOPPABLE)
async def test_a_command_and_what_stops_it_arrive_in_one_go(
    client: AmiClient, serve: Serve, second: Path, doing: Doing
) -> None:
    """Asterisk reads both at once, carries the first out and looks only at the socket for
    a second, which is in its buffer: something must come behind."""
    took: list[float] = []

    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        for n in range(3):
            in_one_go.kept.clear()
            running = asyncio.ensure_future(doing(session, second))
            await in_one_go.kept.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            began = time.monotonic()
            await verbs.set_variable(session, "X", n)
            assert await verbs.get_variable(session, "X") == str(n)
            took.append(time.monotonic() - began)

    server = await serve({"x": route})
    in_one_go = _InOneGo(server.port)
    relay = await asyncio.start_server(in_one_go.relay, "127.0.0.1", 0)
    url = f"agi://127.0.0.1:{relay.sockets[0].getsockname()[1]}/x,{SECRET}"
    request = visit(server, "x")
    await client.originate(
        dataclasses.replace(request, variables={**request.variables, "URL": url})
    )
    await until(lambda: len(took) == 3)
    relay.close()
    assert max(took) < 0.9  # the sound has a second, the waits a minute


async def test_a_cancelled_application_is_waited_for(client: AmiClient, serve: Serve) -> None:
    answers: list[object] = []

    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await verbs.exec_(session, "Wait", "0.4")
        await verbs.set_variable(session, "X", "right")
        answers.append(await verbs.get_variable(session, "X"))
        assert time.monotonic() - began > 0.35
        answers.append("waited")

    server = await serve({"x": route})
    await client.originate(visit(server, "x"))
    await until(lambda: len(answers) == 2)
    assert answers == ["right", "waited"]


async def test_a_command_without_an_answer_ends_the_session(
    client: AmiClient, serve: Serve
) -> None:
    errors: list[BaseException] = []

    async def route(session: AgiSession) -> None:
        try:
            await session.command("EXEC", "Wait", "60", timeout=0.1)
        except Exception as error:
            errors.append(error)
        with pytest.raises(AgiHangup):
            await verbs.get_variable(session, "X")

    server = await serve({"x": route})
    await client.originate(visit(server, "x"))
    await until(lambda: bool(errors))
    assert getattr(errors[0], "code", "") == "agi_timeout"
    await until(lambda: server.sessions == 0)
