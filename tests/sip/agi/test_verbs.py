"""The verbs on a real channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from sip.agi import AgiBadValue, AgiError, AgiHangup, AgiSession, verbs
from sip.agi.verbs import Digits
from sip.ami import AmiClient
from tests.sip.agi.conftest import Serve, visit
from tests.support.ami import Heard

RunOn = Callable[[Callable[[AgiSession], Awaitable[object]]], Awaitable[object]]


@pytest.fixture
def on_channel(client: AmiClient, serve: Serve) -> RunOn:
    """``await on_channel(route)``: what ``route`` returned, or raised, on a channel."""

    async def run(route: Callable[[AgiSession], Awaitable[object]]) -> object:
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        async def served(session: AgiSession) -> None:
            try:
                done.set_result(await route(session))
            except Exception as error:
                done.set_exception(error)

        server = await serve({"x": served})
        await client.originate(visit(server, "x"))
        return await asyncio.wait_for(done, 20)

    return run


async def press(client: AmiClient, session: AgiSession, digits: str) -> None:
    for digit in digits:
        await client.action("PlayDTMF", {"Channel": session.channel, "Digit": digit, "Receive": 1})


async def test_what_asterisk_says_about_the_channel(client: AmiClient, serve: Serve) -> None:
    seen: list[AgiSession] = []

    async def route(session: AgiSession) -> None:
        seen.append(session)
        await verbs.set_variable(session, "MARK", "seen")

    server = await serve({"a/b": route})
    heard = Heard(client, "UserEvent", "Newchannel")
    call = visit(server, "/a/b/?x=1&y=two%20words&empty=,first,second")
    await client.originate(call)
    after = await heard.until("UserEvent")
    (session,) = seen
    assert session.uniqueid == f"{call.channel_id};2" == after["Uniqueid"]
    assert session.channel == after["Channel"]
    assert (session.path, session.query) == ("a/b", {"x": "1", "y": "two words", "empty": ""})
    assert session.arguments == ["first", "second"]
    assert session.env["context"] == "t"
    assert (after["Status"], after["Mark"]) == ("SUCCESS", "seen")


async def test_answer_is_quick(client: AmiClient, on_channel: RunOn) -> None:
    """Plain ANSWER first waits for the caller's audio, up to half a second."""

    async def route(session: AgiSession) -> None:
        began = time.monotonic()
        await verbs.answer(session)
        assert time.monotonic() - began < 0.4
        assert await verbs.get_full_variable(session, "${CHANNEL(state)}") == "Up"

    await on_channel(route)


VALUES = {
    "spaces": "  two  words ",
    "quotes": "a \"b\" 'c'",
    "backslashes": '\\ \\\\ \\n \\"',
    "signs": "$ % & ; | # , ( ) [ ] { } = < > ?",
    "expressions": "${EXTEN} $[1+1]",
    "result": "200 result=1 (x)",
    "endpos": "x) endpos=5",
    "parenthesis": "(",
    "chinese": "您好",
    "empty": "",
    "zero": "0",
    "long": "x" * 1800,
}


async def test_variables_arrive_as_given(on_channel: RunOn) -> None:
    async def route(session: AgiSession) -> None:
        for value in VALUES.values():
            await verbs.set_variable(session, "X", value)
            assert (await verbs.get_variable(session, "X") or "") == value
            assert (await verbs.get_full_variable(session, "${X}") or "") == value
        assert await verbs.get_variable(session, "UNSET") is None
        await verbs.set_variable(session, "CHANNEL(language)", "zh")
        assert await verbs.get_variable(session, "CHANNEL(language)") == "zh"

    await on_channel(route)


@pytest.mark.parametrize("evil", ["a\nHANGUP", "a\r\nEXEC Hangup", "a\0b", "x" * 2000, "\udcff"],
                         ids=["LF", "CR LF", "NUL", "long", "surrogate"])  # fmt: skip
async def test_no_argument_becomes_a_command(on_channel: RunOn, evil: str) -> None:
    async def route(session: AgiSession) -> None:
        for attempt in (
            lambda: verbs.set_variable(session, "X", evil),
            lambda: verbs.set_variable(session, evil, "X"),
            lambda: verbs.stream_file(session, evil),
            lambda: session.command(evil),
            lambda: session.command("SET VARIABLE", "X", evil),
        ):
            with pytest.raises(AgiBadValue):
                await attempt()
        await verbs.set_variable(session, "X", "fine")
        assert await verbs.get_variable(session, "X") == "fine"

    await on_channel(route)


@pytest.mark.parametrize(
    "text", ["one\ntwo", "HANGUP\nHANGUP", "(\n(\n", "a)\n200 result=1 (evil", "\n510 no\n"]
)
async def test_newlines_in_a_variable_do_not_shift_the_answers(
    on_channel: RunOn, text: str
) -> None:
    """A dialplan can make them; then one answer has several lines."""

    async def route(session: AgiSession) -> None:
        decoded = f"${{URIDECODE({quote(text)})}}"
        value = await verbs.get_full_variable(session, decoded)
        assert value is not None
        assert text.startswith(value)
        if ")" not in text:
            assert value == text
        await verbs.set_variable(session, "Y", "after")
        assert await verbs.get_variable(session, "Y") == "after"
        assert not session.hungup

    await on_channel(route)


async def test_play_to_the_end_and_until_a_digit(
    client: AmiClient, on_channel: RunOn, second: Path
) -> None:
    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        began = time.monotonic()
        assert await verbs.stream_file(session, second) is None
        assert 0.9 < time.monotonic() - began < 3
        began = time.monotonic()
        playing = asyncio.ensure_future(verbs.stream_file(session, second, "12#"))
        await press(client, session, "3#")  # 3 is not among them
        assert await playing == "#"
        assert time.monotonic() - began < 0.9

    await on_channel(route)


async def test_digits(client: AmiClient, on_channel: RunOn, second: Path) -> None:
    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        assert await verbs.wait_for_digit(session, 0.05) is None
        waiting = asyncio.ensure_future(verbs.wait_for_digit(session, 10))
        await press(client, session, "*")
        assert await waiting == "*"
        collecting = asyncio.ensure_future(verbs.get_data(session, second, seconds=5, max_digits=3))
        await press(client, session, "012")
        assert await collecting == Digits("012", timed_out=False)
        collecting = asyncio.ensure_future(
            verbs.get_data(session, second, seconds=0.2, max_digits=3)
        )
        await press(client, session, "7")
        assert await collecting == Digits("7", timed_out=True)

    await on_channel(route)


async def test_say_music_and_exec(client: AmiClient, on_channel: RunOn) -> None:
    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        await verbs.music_on(session)
        await verbs.music_off(session)
        assert await verbs.exec_(session, "Wait", "0.05") == "0"
        assert await verbs.exec_(session, "NoOp", 'a,b "c"') == "0"
        waiting = asyncio.ensure_future(verbs.wait_for_digit(session, 10))
        await press(client, session, "5")
        assert await waiting == "5"

    await on_channel(route)


async def test_failures_on_a_live_channel_are_not_hangups(on_channel: RunOn) -> None:
    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        with pytest.raises(AgiError, match="STREAM FILE failed"):
            await verbs.stream_file(session, "/no/such/file")
        with pytest.raises(AgiError, match="no such application"):
            await verbs.exec_(session, "NoSuchApplication")
        with pytest.raises(AgiError) as unknown:
            await session.command("NO SUCH COMMAND")
        assert unknown.value.status == 510
        with pytest.raises(AgiError) as syntax:
            await session.command("STREAM FILE")
        assert syntax.value.status == 520
        assert not session.hungup
        assert await verbs.get_variable(session, "X") is None

    await on_channel(route)


async def test_hangup(on_channel: RunOn) -> None:
    async def route(session: AgiSession) -> None:
        await verbs.answer(session)
        await verbs.hangup(session)
        await session.wait_hungup()
        with pytest.raises(AgiHangup):
            await verbs.get_variable(session, "X")

    await on_channel(route)
