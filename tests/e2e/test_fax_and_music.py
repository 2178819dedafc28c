"""A fax machine is refused clearly and the call goes on; each queue has its own music."""

from __future__ import annotations

import asyncio
from pathlib import Path

from media import wav
from media.tones import tone
from tests.support.fax import FaxMachine
from tests.support.installation import TRUNK, Installation
from tests.support.talk import answer


async def test_t38_is_refused_and_the_call_goes_on(installation: Installation) -> None:
    centre = await installation()
    login = TRUNK, centre.asterisk.trunk_password(TRUNK)
    async with FaxMachine.to(centre.asterisk.sip_port) as machine:
        assert await machine.call("4000", login) == 200
        refused = await machine.offer_t38()
        assert (refused.status, refused.reason) == (488, "Not Acceptable Here")
        assert (await centre.the_contact()).state.value in ("ivr", "queued")
        assert await machine.bye() == 200
    # A call that is nothing but a fax is refused from the start.
    async with FaxMachine.to(centre.asterisk.sip_port) as machine:
        assert await machine.call("4000", login, t38=True) == 488


async def test_music_of_a_queue(installation: Installation, tmp_path: Path) -> None:
    """Real sound: who waits in one queue hears its piece, who waits in another hears theirs."""
    for name, hz in (("low", 660), ("high", 1500)):
        (tmp_path / name).mkdir()
        await asyncio.to_thread(wav.write, tmp_path / name / "piece.wav", tone([hz], 60))
    centre = await installation(
        {
            "media.music.low": str(tmp_path / "low"), "queues.support.music": "low",
            "media.music.high": str(tmp_path / "high"), "queues.vip.music": "high",
        }
    )  # fmt: skip
    ordinary, important = await centre.call("4000"), await centre.call("4002")
    await ordinary.hear_tone(660, 30)
    await important.hear_tone(1500, 30)
    talk = await answer(centre, await centre.agent("alice"), important)
    await talk.caller.hangup()
    await ordinary.hangup()
