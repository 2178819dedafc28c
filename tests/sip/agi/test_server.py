"""Everything that can connect to the FastAGI port, and many at once."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest
import structlog

from sip.agi import AgiSession, verbs
from sip.ami import AmiClient
from tests.sip.agi.conftest import SECRET, Serve, visit
from tests.support.ami import Heard, until


async def nothing(_: AgiSession) -> None:
    pass


HEADER = b"agi_network: yes\nagi_network_script: x\nagi_channel: c\nagi_uniqueid: u\n"
PROOF = f"agi_arg_1: {SECRET}\n".encode()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (b"", "ended before the empty line"),
        (HEADER + PROOF, "ended before the empty line"),
        (HEADER + b"agi_half", "ended before the empty line"),
        (b"".join(b"agi_arg_%d: b\n" % n for n in range(1, 999)), "More than 200 lines"),
        (b"agi_network: " + b"x" * 10_000 + b"\n", "more than 4096 bytes"),
        (b"x" * 10**6, "more than 4096 bytes"),
        (b"GET / HTTP/1.1\r\n\r\n", "not 'agi_name: value'"),
        (b"\xff\xfe\x00\n\n", "not 'agi_name: value'"),
        (b"agi_a: b\n\n", "name that Asterisk does not use"),
        (HEADER + b"agi_uniqueid: v\n" + PROOF + b"\n", "agi_uniqueid comes twice"),
        (HEADER + b"agi_callerid: 1\n" + PROOF + b"agi_dnid: 2\n\n", "agi_dnid comes twice or"),
        (HEADER + b"agi_callerid: 1\x0b2\n" + PROOF + b"\n", "agi_callerid has characters"),
        (b"agi_network: yes\nagi_uniqueid: a b\n" + PROOF + b"\n", "agi_uniqueid has char"),
        (b"\n", "secret"),
        (HEADER + b"\n", "secret"),
        (HEADER + b"agi_arg_1: wrong\n\n", "secret"),
        (HEADER + b"agi_arg_1: " + "é".encode() + b"\n\n", "secret"),
        (HEADER + b"agi_arg_2: " + SECRET.encode() + b"\n\n", "secret"),
        (PROOF + b"\n", "No route ''"),
        (b"agi_network_script: other?x=1\n" + PROOF + b"\n", "No route 'other'"),
    ],
    ids=["nothing", "no empty line", "half a line", "endless", "long line", "one line", "HTTP",
         "binary", "other name", "twice", "too late", "control", "shape",
         "empty", "no secret", "wrong secret", "no ASCII", "elsewhere", "no route",
         "other route"],
)  # fmt: skip
async def test_8_bad_openings(serve: Serve, says: bytes, reason: str) -> None:
    """panoramisk spun on an end before the empty line and blocked the event loop."""
    server = await serve({"x": nothing})
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(says)
            writer.write_eof()
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()
            await until(lambda: server.sessions == 0)
            await until(lambda: bool(logs))
    (line,) = [line for line in logs if line["event"] == "agi.bad_request"]
    assert reason in line["reason"]
    assert SECRET not in str(line)


async def test_8_a_slow_client_holds_up_nobody(client: AmiClient, serve: Serve) -> None:
    server = await serve({"x": nothing}, proof_seconds=0.5)
    slow = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(20)]
    began = time.monotonic()
    for _, writer in slow:
        writer.write(b"agi_network: y")
    heard = Heard(client, "UserEvent")
    await client.originate(visit(server, "x"))
    await heard.until("UserEvent")
    for reader, writer in slow:
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    assert time.monotonic() - began >= 0.5
    assert server.sessions == server.openings == 0


async def test_mute_connections_take_no_place_of_a_session(client: AmiClient, serve: Serve) -> None:
    """1,000 that say nothing, or say something for ever, and calls are served meanwhile."""
    server = await serve({"x": nothing}, max_sessions=20, proof_seconds=60)
    heard = Heard(client, "UserEvent")
    with structlog.testing.capture_logs() as logs:
        mute = []
        for number in range(1000):
            mute.append(await asyncio.open_connection("127.0.0.1", server.port))
            if number % 2:
                mute[-1][1].write(b"agi_network: y\n")
        await until(lambda: server.openings == 20)
        for number in range(1, 4):
            await client.originate(visit(server, "x", MARK=str(number)))
            done = await heard.until("UserEvent", lambda e, n=number: e["Mark"] == str(n))  # type: ignore[misc]
            assert done["Status"] == "SUCCESS"
            for _ in range(50):  # and they keep coming
                mute.append(await asyncio.open_connection("127.0.0.1", server.port))
    assert server.sessions == 0
    assert len([line for line in logs if line["event"] == "agi.bad_request"]) <= 2
    for _, writer in mute:
        writer.close()
    await until(lambda: server.openings == 0)


async def test_a_loop_that_was_busy_drops_nobody_who_proved_themselves(serve: Serve) -> None:
    served = asyncio.Event()

    async def route(_: AgiSession) -> None:
        served.set()

    server = await serve({"x": route}, proof_seconds=0.05)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await until(lambda: server.openings == 1)
    writer.write(HEADER + PROOF + b"\n")
    time.sleep(0.2)  # noqa: ASYNC251  the event loop is held up
    await asyncio.wait_for(served.wait(), 5)
    writer.close()


@pytest.mark.parametrize("end", ["close", "abort", "half-close"])
async def test_8_an_end_in_the_middle_of_a_command(serve: Serve, end: str) -> None:
    errors: list[BaseException] = []

    async def route(session: AgiSession) -> None:
        try:
            await verbs.wait_for_digit(session, 60)
        except Exception as error:
            errors.append(error)

    server = await serve({"x": route})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEADER + PROOF + b"\n")
    assert await reader.readline() == b'WAIT FOR DIGIT "60000"\n'
    if end == "close":
        writer.close()
    elif end == "abort":
        writer.transport.abort()
    else:
        writer.write_eof()
    await until(lambda: server.sessions == 0)
    assert [getattr(e, "code", e) for e in errors] == ["agi_hangup"]
    writer.close()


@pytest.mark.parametrize(
    "says",
    [b"nonsense\n", b"\n\n\n", b"\xff\xfe\n", b"100 result=0 Trying...\n", b"200 result\n"],
)
async def test_nonsense_between_answers(serve: Serve, says: bytes) -> None:
    got: list[str | None] = []

    async def route(session: AgiSession) -> None:
        got.append(await verbs.get_variable(session, "A"))
        got.append(await verbs.get_variable(session, "B"))

    server = await serve({"x": route})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEADER + PROOF + b"\n")
    for value in (b"1", b"2"):
        await reader.readline()
        writer.write(says + b"200 result=1 (" + value + b")\n")
    await until(lambda: server.sessions == 0)
    assert got == ["1", "2"]
    writer.close()


async def test_an_endless_answer(serve: Serve) -> None:
    errors: list[BaseException] = []

    async def route(session: AgiSession) -> None:
        try:
            await verbs.get_variable(session, "A")
        except Exception as error:
            errors.append(error)

    server = await serve({"x": route})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEADER + PROOF + b"\n")
    await reader.readline()
    writer.write(b"200 result=1 (" + b"x" * 10**6)
    await until(lambda: server.sessions == 0)
    assert [getattr(e, "code", e) for e in errors] == ["agi_hangup"]
    writer.close()


async def test_an_exception_in_a_route_ends_its_session_only(
    client: AmiClient, serve: Serve
) -> None:
    async def broken(_: AgiSession) -> None:
        raise RuntimeError("a route of this test")

    server = await serve({"broken": broken, "fine": lambda s: verbs.set_variable(s, "MARK", "ok")})
    heard = Heard(client, "UserEvent")
    with structlog.testing.capture_logs() as logs:
        await client.originate(visit(server, "broken"))
        first = await heard.until("UserEvent")
    assert first["Mark"] == ""
    assert [line["route"] for line in logs if line["event"] == "agi.route_failed"] == ["broken"]
    await client.originate(visit(server, "fine"))
    await heard.until("UserEvent", lambda e: e["Mark"] == "ok")


async def test_over_max_sessions(client: AmiClient, serve: Serve) -> None:
    release = asyncio.Event()

    async def wait(_: AgiSession) -> None:
        await release.wait()

    server = await serve({"x": wait}, max_sessions=2)
    heard = Heard(client, "UserEvent")
    for n in (1, 2):
        await client.originate(visit(server, "x", MARK="in"))
        await until(lambda n=n: server.sessions == n)  # type: ignore[misc]
    with structlog.testing.capture_logs() as logs:
        await client.originate(visit(server, "x", MARK="over"))
        await heard.until("UserEvent", lambda e: e["Mark"] == "over")
    assert [line["sessions"] for line in logs if line["event"] == "agi.full"] == [2]
    release.set()
    await until(lambda: len(heard.events) == 3)
    assert server.sessions == 0


async def test_a_hundred_at_once(client: AmiClient, serve: Serve) -> None:
    together = asyncio.Event()
    wrong: list[str] = []
    peak = 0

    async def route(session: AgiSession) -> None:
        nonlocal peak
        peak = max(peak, server.sessions)
        if server.sessions == 100:
            together.set()
        await together.wait()
        await verbs.answer(session)
        for n in range(10):
            await verbs.set_variable(session, "MARK", f"{session.uniqueid} {n}")
            if await verbs.get_variable(session, "MARK") != f"{session.uniqueid} {n}":
                wrong.append(session.uniqueid)

    server = await serve({"x": route})
    heard = Heard(client, "UserEvent")
    calls = [visit(server, "x") for _ in range(100)]
    await asyncio.gather(*(client.originate(call) for call in calls))
    await until(lambda: len(heard.events) == 100, seconds=20)
    assert peak == 100
    assert wrong == []
    assert {e["Mark"] for e in heard.events} == {f"{c.channel_id};2 9" for c in calls}
    await until(lambda: server.sessions == 0)
