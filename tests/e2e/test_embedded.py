"""``parley up`` and ``parley selftest`` as an operator uses them."""

from __future__ import annotations

import json
import signal
import socket

import psutil

from core.ports import is_free
from tests.support.embedded import Up, UpFactory, command_of
from tests.support.wait import until


def _gone(family: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)


def _ports_free(up: Up) -> bool:
    names = ("sip.port", "server.web.port", "server.fastagi.port", "server.valkey_port")
    return all(is_free(int(up.ports[name])) for name in names)


async def test_a_test_call_goes_through_and_says_how_long_each_stage_took(
    parley_up: UpFactory,
) -> None:
    up = await parley_up()
    await up.wait_started()
    done = await up.parley("selftest", "--json")
    report = json.loads(done.output)
    assert (done.status, report["ok"]) == (0, True)
    names = [stage["name"] for stage in report["stages"]]
    assert {"the agent hears the caller", "the caller hears the agent"} <= set(names)
    assert all(stage["ms"] >= 0 for stage in report["stages"])
    shown = await up.parley("contacts", "--json")
    assert '"selftest"' in shown.output


async def test_what_dies_is_started_again_and_calls_work(parley_up: UpFactory) -> None:
    up = await parley_up()
    await up.wait_started()
    for words in ("-m app serve", "--argv0 asterisk", "valkey-server"):
        victim = up.child(words)
        victim.send_signal(signal.SIGKILL)

        def replaced(words: str = words, old: int = victim.pid) -> bool:
            found = [p for p in up.family()[1:] if words in command_of(p)]
            return any(p.pid != old for p in found)

        await until(replaced, 20, f"{words} started again")

        async def works() -> bool:
            return (await up.parley("selftest")).status == 0

        await until(works, 40, f"a test call after the death of {words}")


async def test_it_leaves_nothing_behind_when_it_is_ended(parley_up: UpFactory) -> None:
    up = await parley_up()
    await up.wait_started()
    family = up.family()
    up.process.send_signal(signal.SIGTERM)
    await up.process.wait()
    assert up.process.returncode == 0
    assert _gone(family)
    assert _ports_free(up)
    assert not (up.state / "operator.json").exists()


async def test_it_leaves_nothing_behind_when_it_is_killed(parley_up: UpFactory) -> None:
    up = await parley_up()
    await up.wait_started()
    family = up.family()
    up.process.kill()
    await until(lambda: _gone(family) and _ports_free(up), 20, "nobody left")


async def test_a_taken_port_is_named_with_the_setting_that_moves_it(parley_up: UpFactory) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        up = await parley_up(**{"server.web.port": port})
        assert await up.process.wait() != 0
        said = up.output.read_text()
        assert port in said
        assert "PARLEY_SERVER__WEB__PORT" in said
        assert "Traceback" not in said


async def test_the_self_test_says_what_is_wrong(parley_up: UpFactory) -> None:
    up = await parley_up()
    await up.wait_started()
    asterisk = up.child("--argv0 asterisk")
    asterisk.suspend()
    try:
        failed = await up.parley("selftest")
    finally:
        asterisk.resume()
    assert failed.status == 1
    assert "asterisk" in failed.output.lower()
    assert "Traceback" not in failed.output


async def test_without_a_running_system_the_self_test_says_so(parley_up: UpFactory) -> None:
    up = await parley_up()
    await up.wait_started()
    up.process.send_signal(signal.SIGTERM)
    await up.process.wait()
    failed = await up.parley("selftest")
    assert failed.status == 1
    assert "parley up" in failed.output
