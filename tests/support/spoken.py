"""Speech for tests: sentences that a voice says, as files a phone plays.

async def test_x(voice):
    await call.play(await voice.file("sales please", "en"))
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from media import tones, wav
from media.synthesis.cache import SpeechCache
from media.synthesis.engines import BUILT_IN, missing
from media.synthesis.speaker import Speaker

needs_voices = pytest.mark.skipif(
    any(missing(engine) for engine in BUILT_IN), reason="no synthesis is installed"
)


class Voice:
    """Says things; what was said once is kept for the tests to come."""

    def __init__(self, speaker: Speaker, folder: Path) -> None:
        self._speaker = speaker
        self._folder = folder
        self._made = 0

    async def file(self, text: str, language: str, voice: str | None = None) -> Path:
        """A wav file of 8 kHz, with a moment of silence around the sentence."""
        sound = await self._speaker.say(text, language=language, voice=voice)
        self._made += 1
        path = self._folder / f"said-{self._made}.wav"
        quiet = tones.silence(0.1)
        wav.write(path, np.concatenate([quiet, sound, quiet]), rate=tones.RATE)
        return path


@pytest_asyncio.fixture
async def voice(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Voice]:
    """A real voice."""
    speaker = Speaker(SpeechCache(tmp_path_factory.getbasetemp() / "voices"))
    yield Voice(speaker, tmp_path)
    await speaker.close()
