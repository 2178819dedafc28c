"""What was recognised, in writing: see :mod:`media.understanding.normalise`. Here only
what is a habit of Whisper's is put right."""

from __future__ import annotations

import re

from media.understanding.normalise import normalise

# Digits that were dictated one by one: 1-0-0-1, or 1 0 0 1; not a list as in 1, 2, 3.
_APART = re.compile(
    r"(?<![\d.$])\d(?:[ -]\d(?![\d.%])){2,}(?:, ?\d(?:[ -]\d(?![\d.%]))*)*|"
    r"(?<![\d.$])\d(?:(?:, ?|-)\d(?![\d.%])){3,}"
)


def written(text: str, language: str, *, final: bool = True) -> str:
    """``text`` in ``language`` (ISO 639-1) as people write it; ``final``: with what a
    finished sentence has. Doing it twice changes nothing more."""
    if not text:
        return ""
    joined = _APART.sub(lambda found: re.sub(r"[ ,-]", "", found[0]), text)
    return normalise(joined, language or None, final=final)
