"""Recognised words as people write them: simplified characters, digits, punctuation.

``written_zh`` and ``written_en`` hold the rules of a language; other languages pass.
"""

from __future__ import annotations

from media.recognition import written_en, written_zh

_RULES = {"zh": written_zh.write, "en": written_en.write}


def written(text: str, language: str) -> str:
    """``text`` in ``language`` (ISO 639-1) put into writing. Doing it twice changes
    nothing more."""
    rule = _RULES.get(language)
    return rule(text) if rule is not None and text else text.strip()
