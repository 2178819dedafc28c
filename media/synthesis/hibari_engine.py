"""hibari: American English, a hundred times faster than speech on one core.

Only the voice that is in the package: the others would be downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from media.synthesis.contract import Floats, Part, PartKind


class HibariEngine:
    """The package hibari-tts (Apache-2.0)."""

    name: ClassVar[str] = "hibari"
    voices: ClassVar[Mapping[str, Sequence[str]]] = {"en": ("heart",)}
    packages: ClassVar[Sequence[str]] = ("hibari-tts",)
    first_clause: ClassVar[int] = 160
    longest_clause: ClassVar[int] = 300
    rate: ClassVar[int] = 24000

    def __init__(self) -> None:
        import hibari

        self._hibari = hibari.Hibari("heart", threads=1)

    def speak(self, parts: Sequence[Part], *, language: str, voice: str, speed: float) -> Floats:
        """See Engine."""
        phonemes = "".join(
            self.phonemes(part.value) if part.kind is PartKind.TEXT else part.value
            for part in parts
        )
        sound: Floats = np.asarray(
            self._hibari.from_phonemes(phonemes, speed=speed, seed=0), dtype=np.float32
        )
        return sound

    def phonemes(self, text: str) -> str:
        """What ``text`` sounds like, with the spaces around it kept."""
        said = " ".join(self._hibari.phonemize(text))
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() else ""
        return before + said + after
