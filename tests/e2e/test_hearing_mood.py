"""A caller gets angry on a real call: the meter rises, an alert comes, and it is kept."""

from __future__ import annotations

import pytest

from media.demo.utterances import ANGRY
from tests.support.heard import ON, PATIENCE, connected, heard, needs_speech, said, told
from tests.support.installation import Installation

pytestmark = [needs_speech, pytest.mark.timeout(240)]

_TIMES = 4


async def test_an_angry_voice_raises_the_meter_and_an_alert(installation: Installation) -> None:
    centre = await installation(ON)
    talk = await connected(centre)
    await told(centre, "hearing.started", 2)
    for _ in range(2):  # what is usual for this caller
        await talk.caller.play(said("customer-wrong-charge"))
        await talk.caller.wait_played()
    calm = await told(centre, "emotion.read", 3, leg="customer")
    assert calm.data["score"] < 0.7
    assert heard(centre, "emotion.crossed") == []
    await talk.caller.play(said("customer-complaint"))
    await talk.caller.wait_played()
    for _ in range(_TIMES):
        await talk.caller.play(ANGRY)
        await talk.caller.wait_played()
        if heard(centre, "emotion.crossed"):
            break
    alert = await told(centre, "emotion.crossed", leg="customer")
    assert alert.data["score"] >= 0.7
    assert alert.data["tense"]
    assert set(alert.data["text"]) == {"zh", "en"}
    assert heard(centre, "emotion.crossed", leg="agent") == []
    await talk.caller.hangup()
    await talk.over()
    await centre.record(talk.contact_id)
    writer = centre.server.keeping.writer
    assert writer is not None
    assert await writer.drain(PATIENCE)
    marks = await centre.server.keeping.store.marks(talk.contact_id)
    assert [mark.kind for mark in marks][:1] == ["crossed"]
