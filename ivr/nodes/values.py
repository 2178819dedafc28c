"""Values as a flow file writes them, beside the types of :mod:`config.base`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from config.base import Constant, matching, refused, typed

__all__ = ["Constant", "Key", "NumberSource", "OneKey", "Variable"]

_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _number(raw: Any) -> Any:
    value = typed(raw)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _VARIABLE.fullmatch(value):
        return value
    raise refused("a whole number, or the variable that holds one")


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
