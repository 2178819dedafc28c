"""Speakers for the tests of this folder, and an engine that costs nothing.

``ToneEngine`` is a plug-in such as another package could bring: it runs in the real
process, behind the real cache.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from media.synthesis.cache import SpeechCache
from media.synthesis.contract import Engine, Floats, Part
from media.synthesis.engines import BUILT_IN, missing
from media.synthesis.lexicon import Lexicon
from media.synthesis.process import SynthesisProcess
from media.synthesis.speaker import Speaker

ENGLISH, MANDARIN = BUILT_IN

needs_english = pytest.mark.skipif(bool(missing(ENGLISH)), reason="hibari is not installed")
needs_mandarin = pytest.mark.skipif(bool(missing(MANDARIN)), reason="Kokoro is not installed")


class ToneEngine:
    """A tone as long as the text. ``die`` in it ends the process, ``die once FILE`` only
    while there is no FILE; ``hang`` takes a minute, ``fail`` fails, ``hush`` is silent."""

    name: ClassVar[str] = "tone"
    voices: ClassVar[Mapping[str, Sequence[str]]] = {"xx": ("low", "high")}
    packages: ClassVar[Sequence[str]] = ("numpy",)
    first_clause: ClassVar[int] = 20
    longest_clause: ClassVar[int] = 200
    rate: ClassVar[int] = 24000

    def speak(self, parts: Sequence[Part], *, language: str, voice: str, speed: float) -> Floats:
        """See Engine."""
        text = "".join(part.value for part in parts)
        if "die once" in text:
            flag = Path(text.split("die once ")[1].rstrip("!"))
            if not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        elif "die" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in text:
            time.sleep(60)
        if "fail" in text:
            raise ValueError("on purpose")
        hertz = {"low": 300, "high": 900}[voice]
        seconds = 0.1 * len(text) / speed
        t = np.arange(int(seconds * self.rate), dtype=np.float32) / self.rate
        level = 0.0 if "hush" in text else 0.01 * len(text)
        sound: Floats = (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)
        return sound


@asynccontextmanager
async def speaking(
    folder: Path, *engines: type[Engine], lexicon: Lexicon | None = None, seconds: float = 60.0,
    waiting: int = 64,
) -> AsyncIterator[tuple[Speaker, SpeechCache, SynthesisProcess]]:  # fmt: skip
    """A speaker of ``engines``, its cache and its process."""
    cache, process = SpeechCache(folder), SynthesisProcess(seconds=seconds, waiting=waiting)
    known = {engine.name: engine for engine in engines}
    speaker = Speaker(cache, lexicon, known=known, process=process)
    try:
        yield speaker, cache, process
    finally:
        await speaker.close()
