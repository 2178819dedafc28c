"""Moods are measured beside the event loop, in order, and told on the common clock."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from media import wav
from media.audio.frame import FRAME_SAMPLES
from media.audio.resample import convert
from media.demo.utterances import FOLDER
from media.emotion.fusion import Sentiment
from media.emotion.listener import EmotionListener
from media.emotion.tracker import Reading
from media.hearing.feelings import BOUND, LegFeelings
from media.hearing.told import Told


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="moods")
    yield pool
    pool.shutdown()


def frames(*names: str) -> list[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    sound = np.concatenate([wav.read_telephone(FOLDER / f"{name}.wav") for name in names])
    wide = convert(sound, 8000, 16000)
    return [
        wide[at : at + FRAME_SAMPLES]
        for at in range(0, len(wide) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    ]


class Watched(EmotionListener):
    """Notes which thread it works in."""

    threads: set[str] = set()  # noqa: RUF012

    def feed(self, frame: object, *, speech: bool | None = None) -> list[Reading]:
        self.threads.add(threading.current_thread().name.partition("_")[0])
        return super().feed(frame, speech=speech)  # type: ignore[arg-type]


async def test_readings_of_a_leg(thread: ThreadPoolExecutor) -> None:
    told: list[Told] = []

    async def tell(one: Told) -> None:
        told.append(one)

    listener = Watched()
    feelings = LegFeelings(listener, thread, tell)
    feelings.offset = 100.0
    running = asyncio.ensure_future(feelings.run())
    sound = frames("en/customer-complaint", "en/customer-complaint")
    for frame in sound:
        feelings.feed(frame, speech=True)
        if len(feelings._frames) == 0:
            await asyncio.sleep(0)
    feelings.hear(Sentiment(-0.9, ("complaint",)))
    feelings.end()
    await asyncio.wait_for(running, 20)
    assert listener.threads == {"moods"}
    read = [one for one in told if one.type == "emotion.read"]
    seconds = len(sound) * 0.02
    assert seconds / 2 < len(read) <= seconds + 2  # about one a second
    assert [one.at for one in read] == sorted(one.at for one in read)
    assert 100 < read[0].at <= read[-1].at <= 100 + seconds + 1
    last = read[-1].data
    assert last["words"] == ["complaint"]
    assert {"score", "tense", "arousal", "voice", "words_part", "reasons", "text"} <= set(last)
    assert "complaint" in last["text"]["en"]


async def test_a_thread_that_is_too_slow_costs_readings_not_memory(
    thread: ThreadPoolExecutor,
) -> None:
    async def tell(_one: Told) -> None:
        pass

    feelings = LegFeelings(EmotionListener(), thread, tell)
    for frame in frames("en/customer-complaint") * 6:
        feelings.feed(frame, speech=True)
    assert feelings.dropped > 0
    assert feelings._work.qsize() <= BOUND
    feelings.end()
    await asyncio.wait_for(feelings.run(), 20)
