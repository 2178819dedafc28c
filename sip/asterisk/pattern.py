"""Asterisk's dialplan patterns, as far as routes use them."""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "+": r"\+"}
_TOKEN = re.compile(r"\[[0-9-]+\]|.")


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = [_CLASSES.get(token, token) for token in _TOKEN.findall(pattern)]
    return re.compile("".join(parts))


def matches(pattern: str, number: str) -> bool:
    """Whether ``number`` (digits and + only) fits ``pattern``, given without the
    leading underscore: X, Z, N, ``[1-5]`` and a closing '.'."""
    if not number or not set(number) <= set("0123456789+"):
        return False
    return _expression(pattern).fullmatch(number) is not None
