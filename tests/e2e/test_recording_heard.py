"""A card number that is really said, really heard, and silent in the recording."""

from __future__ import annotations

import asyncio
import re

import pytest

from media.recognition.contract import Heard, Kind, Use
from media.recognition.feeding import feed
from media.tones import RATE, Samples
from tests.e2e.recordings import in_ledger, more_sound, sides
from tests.support.heard import ON, PATIENCE, connected, needs_speech, speaks, told
from tests.support.installation import Centre, Installation
from tests.support.wait import until

pytestmark = [needs_speech, pytest.mark.timeout(300)]

NUMBER = "4539148803436467"


async def _recognised(centre: Centre, side: Samples) -> str:
    """What can be understood of one side of the recording."""
    hearing = centre.server.hearing
    assert hearing is not None
    recognizer = await hearing.listener.recognizer("x", language="en", use=Use.AFTER_CALL)
    texts: list[str] = []

    async def read() -> None:
        async for said in recognizer:
            if isinstance(said, Heard) and said.kind is Kind.FINAL:
                texts.append(said.text)

    reading = asyncio.ensure_future(read())
    await feed(recognizer, side, RATE, pace=0)
    await asyncio.wait_for(reading, 2 * PATIENCE)
    return " ".join(texts)


@pytest.mark.parametrize("mode", ["after", "live"])
async def test_a_card_number_cannot_be_heard(installation: Installation, mode: str) -> None:
    centre = await installation(
        {**ON, "media.recording.pause_for_secrets": mode, "media.recording.encrypted": "true"}
    )
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    await speaks(centre, talk.caller, "customer-lost-card", "customer", "lost", "card")
    await speaks(centre, talk.agent, "agent-card", "agent", "card")
    await told(centre, "sensitive.expected", leg="customer")
    await speaks(centre, talk.caller, "customer-card-number", "customer", "card")
    await told(centre, "sensitive.found", leg="customer")
    await talk.caller.wait_played()
    await more_sound(centre, 1.0)
    await talk.caller.hangup()
    await talk.over()

    async def finished() -> bool:
        return (await in_ledger(centre, talk.contact_id)).state == "finished"

    await until(finished, PATIENCE, "the recording")
    row = await in_ledger(centre, talk.contact_id)
    reasons = {span["reason"] for span in row.silenced}
    assert "spoken" in reasons
    assert ("secret_expected" in reasons) == (mode == "live")
    caller, _ = await sides(centre, row)
    text = await _recognised(centre, caller)
    assert "lost" in text.lower()  # what is no secret is there
    digits = re.sub(r"[^0-9]", "", text)
    assert not any(NUMBER[at : at + 5] in digits for at in range(len(NUMBER) - 4)), text
