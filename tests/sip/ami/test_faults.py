"""The faults of panoramisk 1.4 that the client closes, each against a real Asterisk.

Each test fails, or never ends, when the same is done with panoramisk's Manager.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from sip.ami import AmiBadValue, AmiClient, AmiDown, AmiEvent, AmiTimeout, async_agi
from tests.sip.ami.calls import local
from tests.support.ami import AmiConnect, Heard, pause, until
from tests.support.asterisk import AsteriskUnderTest


async def answered_channel(client: AmiClient, extension: str = "wait") -> str:
    heard = Heard(client, "OriginateResponse")
    await client.originate(local(extension))
    return (await heard.until("OriginateResponse"))["Channel"]


async def test_1_answers_that_say_successfully_queued(client: AmiClient) -> None:
    """panoramisk raises KeyError on them, and asyncio closes the connection."""
    channel = await answered_channel(client)
    digit = {"Channel": channel, "Digit": "1"}
    assert (await client.action("PlayDTMF", digit)).message == "DTMF successfully queued"
    fields = {"Channel": "Local/wait@t/n", "Application": "Wait", "Data": "1"}
    response = await client.action("Originate", fields, timeout=10)
    assert response.message == "Originate successfully queued"
    fields = {"Channel": channel, "Exten": "wait", "Context": "t"}
    assert (await client.action("Redirect", fields | {"Priority": 1})).message
    assert client.is_up


async def test_2_an_exception_in_a_callback(client: AmiClient) -> None:
    """It closed the connection; now it stays in its callback, also the one after it."""

    def fail(_: AmiEvent) -> None:
        raise RuntimeError("a callback of this test")

    lost: list[str] = []
    client.on_down(lost.append)
    client.on("UserEvent", fail)
    heard = Heard(client, "UserEvent")
    for n in range(3):
        await client.action("UserEvent", {"UserEvent": "X", "N": n})
    await until(lambda: len(heard.events) == 3)
    assert lost == []
    assert client.is_up


async def test_3_async_agi_commands_resolve(client: AmiClient) -> None:
    """panoramisk waits for an event that Asterisk no longer sends."""
    heard = Heard(client, "AsyncAGIStart")
    await client.originate(local("async"))
    channel = (await heard.until("AsyncAGIStart"))["Channel"]
    async with asyncio.timeout(5):
        await async_agi(client, channel, "SET VARIABLE COLOUR green")
        assert await async_agi(client, channel, "GET VARIABLE COLOUR") == "200 result=1 (green)"


async def test_4_nothing_is_pending_or_replayed_after_a_kill(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    """An accepted Originate stayed pending for ever, one that was sent into the void
    was placed by the Asterisk that came after, and so was one asked while down."""
    client = await ami_connect(server, ping_every=60.0)
    accepted = local("ring", answer_within=3600)
    await client.originate(accepted)
    await pause(server)
    unanswered = asyncio.ensure_future(client.originate(local("wait")))
    await asyncio.sleep(0)  # it is sent, nobody reads it
    os.kill(server.instance.pid, signal.SIGKILL)
    with pytest.raises(AmiDown) as lost:
        await asyncio.wait_for(unanswered, 2)
    assert lost.value.sent
    assert not client.is_up
    with pytest.raises(AmiDown) as refused:
        await asyncio.wait_for(client.originate(local("wait")), 0.1)
    assert not refused.value.sent

    heard = Heard(client, "Newchannel")
    await server.instance.wait()
    await server.instance.start()
    await client.wait_up(10)
    marker = local("wait")
    await client.originate(marker)
    await heard.until("Newchannel", lambda e: e["Uniqueid"] == marker.channel_id)
    ids = {c["Uniqueid"] for c in await client.query("CoreShowChannels")}
    assert all(i.startswith(marker.channel_id) for i in ids)
    assert {e["Linkedid"] for e in heard.events} == {marker.channel_id}


async def test_5_a_stopped_asterisk_is_noticed(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    """panoramisk stayed 'authenticated' for as long as it was stopped."""
    client = await ami_connect(server, ping_every=0.3, ping_timeout=0.3, action_timeout=0.2)
    heard: list[str] = []
    client.on_down(heard.append)
    await pause(server)
    began = time.monotonic()
    with pytest.raises(AmiTimeout):
        await client.action("Ping")
    await until(lambda: not client.is_up)
    assert time.monotonic() - began < 1.5  # 0.6 s and a busy machine
    assert len(heard) == 1
    assert "no answer to a ping" in heard[0]
    os.kill(server.instance.pid, signal.SIGCONT)
    await client.wait_up(10)
    assert (await client.action("Ping"))["Ping"] == "Pong"


async def test_5_an_action_without_an_answer_times_out(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, ping_every=60.0)
    await pause(server)
    with pytest.raises(AmiTimeout) as late:
        await client.action("Ping", timeout=0.1)
    assert late.value.data["action"] == "Ping"
    os.kill(server.instance.pid, signal.SIGCONT)
    assert (await client.action("Ping"))["Ping"] == "Pong"  # the late answer hurts nobody


async def test_6_close_during_the_reconnect_timer(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    """panoramisk connects again all the same."""
    client = await ami_connect(server, reconnect_min=0.2, reconnect_max=0.2)
    await server.instance.kill()
    await until(lambda: not client.is_up)
    calls: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", server.manager_port):
        await until(lambda: len(calls) == 1)  # it does try, until
        await client.close()
        assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("ami:")]
        await asyncio.sleep(0.5)  # longer than any pause: only absence is to be seen
        assert len(calls) == 1
        calls[0].close()
    with pytest.raises(AmiDown, match="closed"):
        await client.action("Ping")


ACTION = "\r\n\r\nAction: DBPut\r\nFamily: evil\r\nKey: k\r\nVal: v\r\n\r\n"


EVIL = {
    "action": f"x{ACTION}", "header": "x\r\nVal: y", "LF": "x\ny", "CR": "x\r", "NUL": "\0",
    "surrogate": "\udcff",
}  # fmt: skip


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
async def test_7_no_value_becomes_a_header(client: AmiClient, evil: str) -> None:
    """panoramisk sent them as they were: a second action was executed."""
    attempts = {
        "Action": client.action(evil),
        "Value": client.action("Setvar", {"Variable": "X", "Value": evil}),
        evil: client.action("Setvar", {"Variable": "X", evil: "v"}),
        "BAD": client.originate(local("wait", variables={"GOOD": "x", "BAD": evil})),
        f"X{evil}": client.action("Ping", variables={f"X{evil}": "v"}),
        "Channel": client.query("Status", {"Channel": evil}),
    }
    for name, attempt in attempts.items():
        with pytest.raises(AmiBadValue) as refused:
            await attempt
        assert refused.value.field == name
    response = await client.action("Command", {"Command": "database show evil"})
    assert response.output[-1].startswith("0 results")


async def test_7_a_line_that_asterisk_would_cut(client: AmiClient) -> None:
    with pytest.raises(AmiBadValue, match="has 1100 bytes"):
        await client.action("Setvar", {"Variable": "X", "Value": "x" * 1100})


async def test_7_our_own_headers_cannot_be_overridden(client: AmiClient) -> None:
    for name in ("Action", "ActionID", "actionid", "A B", ""):
        with pytest.raises(AmiBadValue):
            await client.action("Ping", {name: "x"})
    with pytest.raises(AmiBadValue):
        await client.action("Ping", variables={"A=1,B": "x"})
    with pytest.raises(AmiBadValue):
        await client.action("Ping", variables={f"V{n}": "x" for n in range(130)})
