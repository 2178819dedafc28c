"""Real engines and real speech for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from media import tones, wav
from media.models.bundled import bundled
from media.models.model import Model
from media.recognition.contract import Heard, Kind, Level, Recognizer, Said, Use
from media.recognition.feeding import feed
from media.recognition.grammar import Grammar
from media.recognition.listener import Listener

MEDIA = Path(__file__).parents[3] / "media"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "speech"


def model(name: str) -> Model:
    """A bundled model."""
    return next(m for m in bundled() if m.name == name)


def speech(name: str) -> tones.Samples:
    """A sentence of the demo, e.g. ``en/customer-lost-card``, after a moment of line."""
    sound = wav.read_telephone(MEDIA / "demo" / f"{name}.wav")
    return np.concatenate([tones.silence(0.4), sound])


@asynccontextmanager
async def listening(
    models: Sequence[Model] | None = None, *, workers: int = 1, level: Level = Level.ALL
) -> AsyncIterator[Listener]:
    """A listener that works; its level of load stays as it is, however slow the machine."""
    listener = Listener(
        bundled() if models is None else models, workers=workers, levels=(level, level)
    )
    await listener.start()
    try:
        yield listener
    finally:
        await listener.close()


async def collect(recognizer: Recognizer) -> list[Said]:
    """All events until the end."""
    return [said async for said in recognizer]


async def say(
    listener: Listener, sound: tones.Samples, *, language: str | None = None,
    grammar: Grammar | None = None, leg: str = "leg", rate: int = tones.RATE,
) -> list[Said]:  # fmt: skip
    """The events of a sound, as if there were time for every answer."""
    use = Use.MENU if grammar else Use.LIVE
    recognizer = await listener.recognizer(leg, language=language, grammar=grammar, use=use)
    events, _ = await asyncio.gather(collect(recognizer), feed(recognizer, sound, rate, pace=0))
    return events


def texts(events: Sequence[Said], kind: Kind = Kind.FINAL) -> list[str]:
    """What was heard."""
    return [e.text for e in events if isinstance(e, Heard) and e.kind is kind and e.text]
