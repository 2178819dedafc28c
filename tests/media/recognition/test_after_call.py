"""The transcript of a recording."""

from __future__ import annotations

import numpy as np

from media import tones
from media.models.bundled import bundled
from media.recognition.after_call import transcribe
from media.recognition.choice import Chooser
from tests.media.recognition.speech import listening, speech


async def test_a_recording_whole_and_in_part() -> None:
    first, second = speech("en/customer-lost-card"), speech("en/customer-app-login")
    sound = np.concatenate([first, tones.silence(2), second])
    async with listening() as listener:
        chooser = Chooser(bundled())
        whole = await transcribe(listener.pool, chooser, "leg", sound, 8000, language="en")
        begin = (len(first) / 8000 + 2, len(sound) / 8000)
        part = await transcribe(
            listener.pool, chooser, "leg", sound, 8000, language="en", spans=[begin]
        )
    assert len(whole) == 2
    assert "lost my credit card" in whole[0].text
    assert "app" in whole[1].text.lower()
    assert whole[1].words[0].start >= begin[0] - 0.3
    assert [h.text for h in part] == [whole[1].text]
