"""A real recording: MixMonitor in Asterisk, two phones, and our finishing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from media import wav
from media.recording.finish import finalise
from media.recording.silencing import Side
from media.tones import RATE, has_tone
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest
from tests.support.phones import PhoneFactory


def _files(asterisk: AsteriskUnderTest) -> dict[str, str]:
    raw = asterisk.folders.spool / "c1.raw"
    return {
        "extensions.conf": "[default]\n"
        "exten => 100,1,Answer(,i)\n"
        f" same => n,MixMonitor({raw},D)\n"
        " same => n,Dial(PJSIP/called)\n",
        "pjsip.conf": "[global]\ntype=global\n"
        f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{asterisk.sip_port}\n"
        "[called]\ntype=endpoint\ncontext=default\ndisallow=all\nallow=alaw\n"
        "direct_media=no\naors=called\nauth=called\n"
        "[called]\ntype=auth\nusername=called\npassword=x\n"
        "[called]\ntype=aor\nmax_contacts=1\n"
        "[caller]\ntype=endpoint\ncontext=default\ndisallow=all\nallow=alaw\ndirect_media=no\n"
        "auth=called\n",
    }


async def test_the_caller_is_left_and_the_agent_right(
    asterisk_factory: AsteriskFactory, phones: PhoneFactory, tmp_path: Path
) -> None:
    asterisk = await asterisk_factory(_files)
    caller, called = await asyncio.gather(phones(), phones())
    await called.register("called", "x", port=asterisk.sip_port)
    account = await caller.account("called", "x", port=asterisk.sip_port)
    out = await caller.call("100", account=account, from_user="caller")
    await out.tone(440)
    into = await called.next_incoming()
    await into.tone(880)
    await into.answer()
    await asyncio.gather(into.hear_tone(440), out.hear_tone(880))
    raw = asterisk.folders.spool / "c1.raw"

    async def until(test: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(10):
            while not await test():
                await asyncio.sleep(0.02)

    async def long_enough() -> bool:
        return await asyncio.to_thread(lambda: raw.stat().st_size) > 4 * RATE

    async def nobody_left() -> bool:
        return "0 active channels" in await asterisk.instance.rx("core show channels")

    await until(long_enough)
    await out.hangup()
    await into.wait_state("disconnected")
    await until(nobody_left)
    made = await asyncio.to_thread(finalise, raw, tmp_path / "c1.wav")
    samples, rate = wav.read(made.path)
    assert rate == RATE
    end = samples[-RATE // 5 :]
    assert has_tone(end[:, 0], 440), "the caller is not on the left"
    assert has_tone(end[:, 1], 880), "the agent is not on the right"
    assert not has_tone(end[:, 0], 880, share=0.05)
    assert -19 < made.levels[Side.CALLER].rms < -15
