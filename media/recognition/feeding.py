"""Sound that is not a call, fed as if it were one: files, benches, tests."""

from __future__ import annotations

import asyncio
import time

import numpy as np

from media.audio.frame import FRAME_SAMPLES, FRAME_SECONDS, RATE, Frame, Samples
from media.audio.resample import convert
from media.recognition.contract import Recognizer

_PAUSE = 1.0
_BREATH = 10  # frames between looks at whether others want the event loop


def to_frames(samples: Samples, rate: int) -> list[Frame]:
    """A mono sound as frames; its last one is filled up with silence."""
    sound = convert(samples, rate, RATE)
    spare = -len(sound) % FRAME_SAMPLES
    sound = np.concatenate([sound, np.zeros(spare, dtype=np.int16)])
    return [
        Frame(sound[at : at + FRAME_SAMPLES], round(at / RATE, 3))
        for at in range(0, len(sound), FRAME_SAMPLES)
    ]


async def feed(recognizer: Recognizer, samples: Samples, rate: int, *, pace: float = 1.0) -> None:
    """Feed a sound and a pause after it at ``pace`` times the speed of speech, then
    finish. 0 is as fast as it goes, waiting for each answer as if there had been time."""
    frames = await asyncio.to_thread(to_frames, samples, rate)
    end = frames[-1].at + FRAME_SECONDS if frames else 0.0
    pause = [
        Frame(np.zeros(FRAME_SAMPLES, dtype=np.int16), round(end + i * FRAME_SECONDS, 3))
        for i in range(round(_PAUSE / FRAME_SECONDS))
    ]
    began = time.monotonic()
    for number, frame in enumerate([*frames, *pause]):
        if pace:
            await asyncio.sleep(
                max(0.0, began + (frame.at + FRAME_SECONDS) / pace - time.monotonic())
            )
        elif number % _BREATH == 0:
            await asyncio.sleep(0)
        recognizer.feed(frame)
        if not pace:
            await recognizer.settled()
    await recognizer.finish()
