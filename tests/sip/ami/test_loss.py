"""Coming up, being lost, coming up again."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
import structlog

from core import metrics
from sip.ami import AmiBadValue, AmiClient, AmiDown, AmiSettings
from sip.ami.encoding import Fields
from tests.sip.ami.calls import DIALPLAN, local
from tests.support.ami import AmiConnect, Heard, pause, settings_of, until
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest


def logged(logs: list[structlog.typing.EventDict], event: str) -> list[structlog.typing.EventDict]:
    return [line for line in logs if line["event"] == event]


async def test_wrong_secret_is_said_once_and_put_right_later(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    manager = server.etc / "manager.conf"
    right = manager.read_text()
    manager.write_text(right.replace(server.manager_secret, "something else"))
    await server.instance.rx("module reload manager")
    with structlog.testing.capture_logs() as logs:
        client = await ami_connect(server, up=False, reconnect_max=0.1)
        with pytest.raises(AmiDown, match="Authentication failed"):
            await client.wait_up(1.5)
    (line,) = logged(logs, "ami.unavailable")
    assert line["code"] == "ami_refused"
    assert server.manager_secret not in str(logs)
    assert server.manager_secret not in repr(settings_of(server))
    manager.write_text(right)
    await server.instance.rx("module reload manager")
    await client.wait_up(10)


async def test_a_secret_that_is_a_header_is_refused_at_once() -> None:
    with pytest.raises(AmiBadValue) as refused:
        AmiClient(AmiSettings("127.0.0.1", 1, "user", "a\r\nb"))
    assert refused.value.field == "Secret"


async def test_started_before_asterisk(
    asterisk_factory: AsteriskFactory, ami_connect: AmiConnect
) -> None:
    server = await asterisk_factory(start=False)
    client = await ami_connect(server, up=False, reconnect_max=0.2)
    with pytest.raises(AmiDown, match="cannot be reached"):
        await client.wait_up(0.2)
    with pytest.raises(AmiDown):
        await client.action("Ping")
    await server.instance.start()
    await client.wait_up(10)
    assert metrics.REGISTRY.get_sample_value("parley_ami_up") == 1


async def test_kill_with_many_actions_pending(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, ping_every=60.0, action_timeout=60.0)
    await pause(server)
    actions = [asyncio.ensure_future(client.action("Ping")) for _ in range(1000)]
    lists = [asyncio.ensure_future(client.query("CoreShowChannels")) for _ in range(10)]
    await asyncio.sleep(0)
    began = time.monotonic()
    os.kill(server.instance.pid, signal.SIGKILL)
    results = await asyncio.gather(*actions, *lists, return_exceptions=True)
    assert time.monotonic() - began < 2
    assert all(isinstance(r, AmiDown) and r.sent for r in results)


async def test_up_and_down_callbacks_through_a_restart(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, up=False)
    told: list[str] = []

    async def up() -> None:
        told.append(f"up {len(await client.query('CoreShowChannels'))}")

    async def broken() -> None:
        raise RuntimeError("a callback of this test")

    def broken_down(_: str) -> None:
        raise RuntimeError("a callback of this test")

    client.on_up(broken)
    remove = client.on_up(up)
    client.on_down(broken_down)
    client.on_down(lambda _: told.append("down"))
    await until(lambda: told == ["up 0"])
    await client.originate(local("wait"))
    await server.instance.kill()
    await until(lambda: told == ["up 0", "down"])
    await server.instance.start()
    await until(lambda: told == ["up 0", "down", "up 0"])
    remove()
    await server.instance.kill()
    await server.instance.start()
    await client.wait_up(10)
    await client.action("Ping")
    assert told == ["up 0", "down", "up 0", "down"]


async def test_events_keep_coming_during_the_resync(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, up=False)
    heard = Heard(client, "UserEvent")
    seen_by_resync: list[str] = []

    async def resync() -> None:
        for n in range(5):
            await client.action("UserEvent", {"UserEvent": "During", "N": n})
        await until(lambda: len(heard.events) == 5)
        seen_by_resync.extend(e["N"] for e in heard.events)

    client.on_up(resync)
    await until(lambda: bool(seen_by_resync))
    assert seen_by_resync == list("01234")


async def test_a_resync_does_not_outlive_its_connection(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, up=False)
    running: list[str] = []

    async def endless() -> None:
        running.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            running.append("ended")

    client.on_up(endless)
    await until(lambda: running == ["began"])
    await server.instance.kill()
    await until(lambda: running == ["began", "ended"])
    await server.instance.start()
    await until(lambda: running == ["began", "ended", "began"])


async def test_a_blocked_loop_does_not_take_asterisk_for_dead(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, ping_every=0.05, ping_timeout=0.05)
    lost: list[str] = []
    client.on_down(lost.append)
    for _ in range(10):
        await client.action("Ping")
        time.sleep(0.2)  # noqa: ASYNC251 - the fault under test
    assert lost == []


async def test_an_answer_that_waited_for_a_blocked_loop_counts(client: AmiClient) -> None:
    asked = asyncio.ensure_future(client.action("Ping", timeout=0.1))
    await asyncio.sleep(0)
    time.sleep(0.3)  # noqa: ASYNC251
    assert (await asked)["Ping"] == "Pong"


async def test_a_long_action_holds_the_verdict_of_the_pings(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    """A synchronous Originate keeps the session busy until somebody answers."""
    client = await ami_connect(server, ping_every=0.1, ping_timeout=0.1)
    lost: list[str] = []
    client.on_down(lost.append)
    fields: Fields = {
        "Channel": "Local/ring@t/n",
        "Application": "Wait",
        "Data": "1",
        "Timeout": 1000,
    }
    with pytest.raises(Exception, match="Originate failed"):
        await client.action("Originate", fields, timeout=20)
    assert lost == []


async def test_close_is_final_and_may_be_repeated(client: AmiClient) -> None:
    pending = asyncio.ensure_future(client.action("Ping"))
    await asyncio.sleep(0)
    lost: list[str] = []
    client.on_down(lost.append)
    await client.close()
    await client.close()
    with pytest.raises(AmiDown):
        await pending
    assert lost == []
    assert not client.is_up
    assert metrics.REGISTRY.get_sample_value("parley_ami_up") == 0


async def test_waits_until_asterisk_is_fully_booted(
    asterisk_factory: AsteriskFactory, ami_connect: AmiConnect
) -> None:
    """What is up can place a call at once, also when it connected during the boot."""
    server = await asterisk_factory({"extensions.conf": DIALPLAN}, start=False)
    client = await ami_connect(server, up=False, reconnect_min=0.005, reconnect_max=0.005)
    heard = Heard(client, "OriginateResponse")
    starting = asyncio.ensure_future(server.instance.start())
    await client.wait_up(20)
    await client.originate(local("wait"))
    assert (await heard.until("OriginateResponse"))["Reason"] == "4"
    await starting
    await server.instance.kill()


async def test_a_user_who_may_not_hear_of_the_boot(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    manager = server.etc / "manager.conf"
    manager.write_text(manager.read_text().replace("read=all", "read=call"))
    await server.instance.rx("module reload manager")
    with structlog.testing.capture_logs() as logs:
        client = await ami_connect(server, up=False, boot_timeout=0.3)
        with pytest.raises(AmiDown, match="not fully booted"):
            await client.wait_up(0.8)
    assert "read = system" in logged(logs, "ami.unavailable")[0]["hint"]


async def test_an_up_callback_that_ignores_its_end_does_not_prevent_the_next_connection(
    server: AsteriskUnderTest, ami_connect: AmiConnect
) -> None:
    client = await ami_connect(server, up=False, action_timeout=0.3)
    release = asyncio.Event()
    calls: list[int] = []

    async def stubborn() -> None:
        calls.append(len(calls))
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    client.on_up(stubborn)
    await until(lambda: calls == [0])
    await server.instance.kill()
    await server.instance.start()
    await until(lambda: calls == [0, 1])
    release.set()
