"""What is said: clips of real speech where there are any, else our own voices.

As telephone sound, without the silence around it, with the moments at which a phone
begins and ends to send something that sounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.hearing import rtp
from bench.hearing.spoken import sounding
from bench.media_speech import DATA, clips
from bench.support.telephone import telephone
from media.synthesis.cache import SpeechCache
from media.synthesis.speaker import Speaker
from media.tones import RATE, Samples

KINDS = {"en": ("en", "en8k"), "zh": ("zh",)}
_AROUND = 5  # frames kept on each side of what sounds
_LONGEST = 7.0  # seconds; people take turns

_TEXTS = {
    "en": (
        "Good morning, I would like to change the address of my last order.",
        "The parcel was delivered on Monday, but the box was empty.",
        "Please hold the line while I look for your contract.",
        "I have called three times already and nobody called me back.",
        "Thank you very much for your help, have a nice day.",
        "Can you tell me when the technician is going to come?",
    ),
    "zh": (
        "你好，我想修改上一个订单的地址。",
        "请稍等，我帮您查一下合同。",
        "这个问题我已经打过三次电话了。",
        "谢谢您的帮助，祝您愉快。",
    ),
}


@dataclass(frozen=True)
class Phrase:
    """One phrase: its name, its language, its words and its sound at 8 kHz."""

    name: str
    language: str
    text: str
    sound: Samples

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


def trimmed(sound: Samples) -> Samples:
    """With 0.1 s around what sounds, in whole frames."""
    first, last = sounding(sound)
    low, high = max(0, first - _AROUND), last + 1 + _AROUND
    return sound[low * rtp.FRAME_SAMPLES : high * rtp.FRAME_SAMPLES]


async def phrases(folder: Path) -> tuple[list[Phrase], str]:
    """All there are, and where they come from; ``folder`` is for sound that is made."""
    if (DATA / "manifest.tsv").is_file():
        return _recorded(), "recorded speech (shared/data/speech)"
    return await _made(folder), "synthesised speech (there are no recordings)"


def _recorded() -> list[Phrase]:
    return [
        Phrase(clip.path, language, clip.text, sound)
        for language, kinds in KINDS.items()
        for clip in clips(kinds)
        if len(sound := trimmed(clip.sound)) <= _LONGEST * RATE
    ]


async def _made(folder: Path) -> list[Phrase]:
    speaker = Speaker(SpeechCache(folder))
    try:
        found = []
        for language, texts in _TEXTS.items():
            for number, text in enumerate(texts):
                parts = [part async for part in speaker.stream(text, language=language)]
                sound = trimmed(telephone(np.concatenate(parts), RATE))
                found.append(Phrase(f"{language}-{number}", language, text, sound))
        return found
    finally:
        await speaker.close()
