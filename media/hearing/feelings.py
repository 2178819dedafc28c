"""The mood of one leg, kept off the event loop.

It costs 3 ms of CPU a second of speech and holds state for a whole call: three seconds of
measured sound and what is usual for this caller. So it runs in a thread of this process -
its work is numpy's, in pieces under a millisecond - and not in a recognition process,
which may be killed at any moment and holds nothing of a call. One thread serves all legs,
in the order in which they ask, which keeps the site's calibration in one thread too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from core.errors import ParleyError
from core.log import get_logger
from media.audio.frame import RATE, Samples
from media.audio.resample import Resampler
from media.emotion.fusion import Sentiment
from media.emotion.listener import EmotionListener
from media.emotion.stream import FRAME_SAMPLES
from media.emotion.tracker import Reading
from media.hearing.told import Tell, Told

log = get_logger(__name__)

BOUND: Final = 40  # pieces of half a second that wait for the thread
_PIECE = 25  # frames
_EMOTION_RATE = 8000

Piece = Callable[[], list[Reading]]


class LegFeelings:
    """Feed it frames and sentiments; :meth:`run` tells the readings until :meth:`end`."""

    def __init__(self, listener: EmotionListener, thread: ThreadPoolExecutor, tell: Tell) -> None:
        self._listener = listener
        self._thread = thread
        self._tell = tell
        self.offset = 0.0
        """What is added to times of the leg to get those of the conversation."""
        self._frames: list[Samples] = []
        self._speech: list[bool] = []
        self._work: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._down = Resampler(RATE, _EMOTION_RATE)
        self._rest: Samples = np.zeros(0, dtype=np.int16)
        self._voiced: list[bool] = []  # of the frames in the rest and after
        self.dropped = 0
        """Pieces that the thread had no time for."""

    def feed(self, samples: Samples, *, speech: bool) -> None:
        """Take 20 ms at 16 kHz; never waits."""
        self._frames.append(samples)
        self._speech.append(speech)
        if len(self._frames) >= _PIECE:
            self._put()

    def hear(self, sentiment: Sentiment) -> None:
        """Take what the words of the utterance just recognised say."""
        self._put()
        self._work.put_nowait(lambda: [self._listener.hear(sentiment)])

    def end(self) -> None:
        """The leg is over."""
        self._put()
        self._work.put_nowait(self._listener.close)
        self._work.put_nowait(None)

    async def run(self) -> None:
        """Tell each reading until the leg has ended."""
        loop = asyncio.get_running_loop()
        while (piece := await self._work.get()) is not None:
            try:
                readings = await loop.run_in_executor(self._thread, piece)
            except ParleyError as error:
                log.error("hearing.no_mood", code=error.code, message=error.message)
                continue
            for reading in readings:
                await self._tell_reading(reading)

    def _put(self) -> None:
        if not self._frames:
            return
        frames, speech = self._frames, self._speech
        self._frames, self._speech = [], []
        if self._work.qsize() >= BOUND:
            self.dropped += 1
            return
        self._work.put_nowait(lambda: self._measure(frames, speech))

    def _measure(self, frames: list[Samples], speech: list[bool]) -> list[Reading]:
        """In the thread."""
        sound = np.concatenate([self._rest, self._down.feed(np.concatenate(frames))])
        voiced = self._voiced + speech
        readings: list[Reading] = []
        whole = min(len(sound) // FRAME_SAMPLES, len(voiced))
        for number in range(whole):
            frame = sound[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]
            readings += self._listener.feed(frame, speech=voiced[number])
        self._rest, self._voiced = sound[whole * FRAME_SAMPLES :], voiced[whole:]
        return readings

    async def _tell_reading(self, reading: Reading) -> None:
        at = reading.at + self.offset
        data = replace(reading, at=at).as_dict()
        del data["at"]
        change = data.pop("change")
        await self._tell(Told("emotion.read", at, data))
        if change:
            await self._tell(Told(f"emotion.{change}", at, data))
