"""Speech from text: the voices, how names are pronounced, what is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.base import FilePath, Int, Section, matching

LanguageCode = Annotated[str, matching(r"[a-z]{2,3}", "a language code (ISO 639) such as en or zh")]
Voice = Annotated[
    str, matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", "the name of a voice, e.g. 'zm_yunxi'")
]


class Synthesis(Section):
    """``voices`` by language; the first of the engine where none is named. ``lexicon``:
    how names and products are spoken (docs/synthesis.md). ``first_seconds``: a text of
    which nothing is there after so long is left out, and its fallback said instead. The
    cache holds ``cache_megabytes``, and nothing that was not used for ``cache_days``."""

    enabled: bool = True
    voices: dict[LanguageCode, Voice] = Field(default_factory=dict)
    speed: float = Field(default=1.0, ge=0.5, le=2)
    lexicon: FilePath | None = None
    first_seconds: float = Field(default=4.0, gt=0, le=30)
    cache_megabytes: Int = Field(default=512, ge=16, le=100_000)
    cache_days: Int = Field(default=90, ge=1, le=3650)
