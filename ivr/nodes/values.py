"""Values as a flow file writes them, beside the types of :mod:`config.base`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from config.base import matching, refused
from config.place import Scalar

_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")


def _typed(raw: Any) -> Any:
    """true, false, 5 and 0.5 mean what they look like; 007 stays text."""
    if not isinstance(raw, Scalar):
        if isinstance(raw, (bool, int, float, str)):
            return raw
        raise refused("a text, a number, true or false")
    if raw in ("true", "false"):
        return raw == "true"
    if _INTEGER.fullmatch(raw):
        return int(raw)
    if _DECIMAL.fullmatch(raw):
        return float(raw)
    if len(raw) > 200:
        raise refused("a text of at most 200 characters, a number, true or false")
    return str(raw)


def _number(raw: Any) -> Any:
    value = _typed(raw)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _VARIABLE.fullmatch(value):
        return value
    raise refused("a whole number, or the variable that holds one")


Constant = Annotated[bool | int | float | str, BeforeValidator(_typed)]
"""What a variable is set to."""

Variable = Annotated[
    str,
    matching(
        _VARIABLE.pattern,
        "a variable: a lower-case letter, then letters, digits and '_', at most 40",
    ),
]

NumberSource = Annotated[int | str, BeforeValidator(_number)]
"""A literal whole number, or the variable that holds it."""

Key = Annotated[
    str, matching(r"[0-9*]{1,4}|#", "a key of the telephone: 0-9, * or # (or up to 4 digits)")
]
OneKey = Annotated[str, matching(r"[0-9*#]", "one key of the telephone: 0-9, * or #")]
