"""Two phones call each other without anything between them."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import sys
import time
import wave
from array import array
from pathlib import Path

import pytest

from agent_softphone.phone_pipe import PROGRAM, phone_python
from agent_softphone.remote import (
    Call,
    CallEnded,
    Phone,
    PhoneDied,
    PhoneRefused,
    PhoneTimeout,
)
from tests.support.phones import PhoneFactory


async def two(phones: PhoneFactory, *, transport: str = "udp") -> tuple[Phone, Phone, str]:
    """A caller, a called phone and the URI of the latter."""
    caller, called = await asyncio.gather(phones(), phones())
    await caller.account("13800001111", transport=transport)
    there = await called.account("6001", transport=transport)
    suffix = ";transport=tcp" if transport == "tcp" else ""
    return caller, called, f"sip:6001@127.0.0.1:{there.local_port}{suffix}"


async def talk(phones: PhoneFactory, *, transport: str = "udp") -> tuple[Call, Call]:
    """A call that has been answered: the caller's and the called side."""
    caller, called, uri = await two(phones, transport=transport)
    out = await caller.call(uri)
    into = await called.next_incoming()
    await into.answer()
    for side in (out, into):
        await side.wait_state("confirmed")
        await side.wait_media("active")
    return out, into


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_tones_go_both_ways_at_once(phones: PhoneFactory, transport: str) -> None:
    out, into = await talk(phones, transport=transport)
    await out.tone(440)
    await into.tone(880)
    await asyncio.gather(into.hear_tone(440), out.hear_tone(880))
    level = (await into.levels())["tones"]["440"]
    assert level == pytest.approx(-16, abs=2)
    assert out.codec.upper() in ("PCMA", "PCMU")
    await out.tone()
    await into.miss_tone(440)
    assert "440" not in (await into.levels())["tones"]


async def test_the_caller_shows_another_number_and_headers(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    await caller.call(
        uri, from_user="13912345678", from_name='Wang "Xiao" Li', headers={"X-Case": "a;b"}
    )
    into = await called.next_incoming()
    assert (into.from_user, into.from_name) == ("13912345678", 'Wang "Xiao" Li')
    assert into.to_user == "6001"
    assert into.headers["x-case"] == "a;b"
    assert 0 < time.time() - into.at["invite"] < 5


async def test_digits_by_rfc4733_and_by_info(phones: PhoneFactory) -> None:
    out, into = await talk(phones)
    await out.dtmf("12#")
    await into.wait_digits("12#")
    await into.dtmf("90*", method="info")
    await out.wait_digits("90*")
    methods = [e["method"] for e in out.history.events if e["event"] == "dtmf"]
    assert methods == ["info"] * 3


@pytest.mark.parametrize("first", ["caller", "called"])
async def test_either_side_hangs_up(phones: PhoneFactory, first: str) -> None:
    out, into = await talk(phones)
    ends, sees = (out, into) if first == "caller" else (into, out)
    sent = await ends.hangup()
    event = await sees.wait_state("disconnected", timeout=3)
    await ends.wait_state("disconnected", timeout=3)
    assert (ends.ended_by, sees.ended_by) == ("local", "remote")
    assert event["t"] - sent < 0.5
    with pytest.raises(PhoneRefused, match="no call") as refused:
        await ends.hangup()
    assert refused.value.reason == "no_such_call"


@pytest.mark.parametrize("code", [486, 480, 603])
async def test_a_call_is_refused(phones: PhoneFactory, code: int) -> None:
    caller, called, uri = await two(phones)
    out = await caller.call(uri)
    into = await called.next_incoming()
    await out.wait_state("early")
    await into.reject(code)
    with pytest.raises(CallEnded) as ended:
        await out.wait_state("confirmed")
    assert ended.value.sip_code == code
    await into.wait_state("disconnected")
    assert into.ended_by == "local"


async def test_the_caller_gives_up_while_it_rings(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    out = await caller.call(uri)
    into = await called.next_incoming()
    await out.wait_state("early")
    await out.hangup()
    await into.wait_state("disconnected", timeout=3)
    assert into.ended_by == "remote"
    assert "confirmed" not in into.at


async def test_hold_and_back(phones: PhoneFactory) -> None:
    out, into = await talk(phones)
    await out.tone(440)
    await into.hear_tone(440)
    await into.hold()
    await into.wait_media("local_hold")
    await out.wait_media("remote_hold")
    await into.miss_tone(440)
    await into.unhold()
    await into.wait_media("active")
    await into.hear_tone(440)


async def test_it_answers_by_itself_after_a_delay(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    account = next(iter(called.accounts.values()))
    await account.auto_answer(0.2)
    out = await caller.call(uri)
    await out.wait_state("confirmed", timeout=5)
    into = await called.next_incoming()
    await into.wait_state("confirmed")
    assert 0.19 < into.at["connecting"] - into.at["invite"] < 1.0


async def test_the_way_from_mouth_to_ear_is_measured(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    out = await caller.call(uri)
    await out.tone(440)  # waits for the media
    into = await called.next_incoming()
    await into.answer()
    heard = await into.hear_tone(440)
    spoke = (await out.wait_event(lambda e: e["event"] == "speaking", 1))["t"]
    assert -0.005 < heard - spoke < 0.3
    assert abs(await into.hear_sound() - heard) < 0.03


async def test_a_file_is_played_heard_and_recorded(phones: PhoneFactory, tmp_path: Path) -> None:
    out, into = await talk(phones)
    heard = tmp_path / "heard.wav"
    said = tmp_path / "said.wav"
    tone = (round(9000 * math.sin(2 * math.pi * 660 * i / 8000)) for i in range(4000))
    with wave.open(str(said), "wb") as wav:
        wav.setparams((1, 2, 8000, 0, "NONE", ""))
        wav.writeframes(array("h", tone).tobytes())
    await into.record(heard)
    assert await out.play(said) == pytest.approx(0.5)
    await into.hear_tone(660)
    await out.wait_played()
    await into.miss_tone(660)
    await out.play(said)
    await out.wait_played()  # the second, not the first
    assert [event["event"] for event in out.history.events].count("played") == 2
    seconds = await into.stop_record()
    with wave.open(str(heard), "rb") as wav:
        assert wav.getnframes() / 8000 == pytest.approx(seconds)
        samples = array("h", wav.readframes(wav.getnframes()))
    loud = sum(abs(x) > 500 for x in samples) / 8000
    assert 0.7 < loud < 1.1


async def test_bad_files_and_commands_are_refused_with_a_reason(
    phones: PhoneFactory, tmp_path: Path
) -> None:
    out, _ = await talk(phones)
    wrong = tmp_path / "wide.wav"
    with wave.open(str(wrong), "wb") as wav:
        wav.setparams((2, 2, 44100, 0, "NONE", ""))
        wav.writeframes(bytes(400))
    with pytest.raises(PhoneRefused, match="44100 Hz, 2 channels"):
        await out.play(wrong)
    with pytest.raises(PhoneRefused, match="cannot be played"):
        await out.play(tmp_path / "none.wav")
    with pytest.raises(PhoneRefused, match="digits"):
        await out.dtmf("12;")
    phone = out._phone
    with pytest.raises(PhoneRefused, match="line breaks"):
        await phone.call("sip:x@127.0.0.1", headers={"X-A": "b\r\nX-Evil: yes"})
    with pytest.raises(PhoneRefused, match="no command"):
        await phone.ask("dance")
    with pytest.raises(PhoneRefused, match="missing"):
        await phone.ask("call", uri="sip:x@127.0.0.1")


async def test_a_fifth_call_is_refused_and_the_four_go_on(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    outs = [await caller.call(uri) for _ in range(4)]
    intos = [await called.next_incoming() for _ in range(4)]
    with pytest.raises(PhoneRefused) as refused:
        await caller.call(uri)
    assert refused.value.reason == "too_many_calls"
    for into in intos:
        await into.answer()
    for out in outs:
        await out.wait_state("confirmed")
    await outs[3].hangup()
    await outs[3].wait_state("disconnected")
    again = await caller.call(uri)
    await (await called.next_incoming()).answer()
    await again.wait_state("confirmed")


async def test_many_calls_one_after_another_leave_nothing(phones: PhoneFactory) -> None:
    caller, called, uri = await two(phones)
    await next(iter(called.accounts.values())).auto_answer(0.0)
    for _ in range(12):
        out = await caller.call(uri)
        await out.wait_media("active")
        into = await called.next_incoming()
        await into.wait_media("active")
        await into.hangup()
        await out.wait_state("disconnected")
    assert caller.calls == called.calls == []


async def test_a_killed_phone_says_so_to_everybody_who_waits(phones: PhoneFactory) -> None:
    out, into = await talk(phones)
    waiting = asyncio.gather(
        into.wait_state("disconnected", timeout=20),
        into._phone.next_incoming(timeout=20),
        return_exceptions=True,
    )
    await asyncio.wait([asyncio.ensure_future(waiting)], timeout=0.01)
    os.kill(into._phone.pid, signal.SIGKILL)
    for error in await asyncio.wait_for(waiting, 5):
        assert isinstance(error, PhoneDied)
        assert "signal 9" in str(error)
    with pytest.raises(PhoneDied):
        await into.hangup()
    await out.hangup()  # the other phone lives on


async def test_waiting_in_vain_ends(phones: PhoneFactory) -> None:
    phone = await phones()
    with pytest.raises(PhoneTimeout, match="No call came in"):
        await phone.next_incoming(timeout=0.05)


async def test_an_interpreter_without_pjsua2_is_named(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    python.chmod(0o755)
    with pytest.raises(PhoneDied, match="cannot import pjsua2"):
        await Phone.launch(python=str(python))
    with pytest.raises(PhoneDied, match="PARLEY_PHONE_PYTHON"):
        await Phone.launch(python=str(tmp_path / "none"))


async def test_the_phone_does_not_outlive_its_parent() -> None:
    """The parent is killed; an open stdin (inherited by us) does not keep the phone."""
    keep, stdin = os.pipe()
    script = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([{phone_python()!r}, {str(PROGRAM)!r}], stdin={keep},"
        " stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(p.pid, flush=True); sys.stdin.read()"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        pass_fds=(keep,),
    )
    assert parent.stdout is not None
    phone = int(await asyncio.wait_for(parent.stdout.readline(), 20))
    parent.kill()
    await parent.wait()

    async def gone() -> None:
        with contextlib.suppress(ProcessLookupError):
            while "Z" not in _state(phone):
                os.kill(phone, 0)
                await asyncio.sleep(0.02)

    await asyncio.wait_for(gone(), 10)
    os.close(stdin)
    os.close(keep)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        raise ProcessLookupError from None
