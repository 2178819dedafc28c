"""What people send, without what is personal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from app.http.views import masked
from core.log import MASK, PERSONAL_OR_SECRET

_HIDDEN: Final = PERSONAL_OR_SECRET | {"note"}
_NUMBERS: Final = frozenset({"number", "customer_number", "phone"})
_KEYS_ONLY: Final = frozenset({"values", "attributes"})
_NUMBER: Final = re.compile(r"(?<![\w.])\+?\d{5,}(?!\w)")


def mask(value: Any, key: str = "") -> Any:
    """JSON with numbers cut to their last digits, words and secrets hidden, and of
    attributes the names only."""
    if key in _KEYS_ONLY and isinstance(value, Mapping):
        return sorted(map(str, value))
    if key in _NUMBERS and isinstance(value, str):
        return masked(value) or MASK
    if key in _HIDDEN:
        return MASK if value else value
    if isinstance(value, str):
        return _NUMBER.sub(lambda found: masked(found.group()), value)
    if isinstance(value, Mapping):
        return {str(name): mask(item, str(name)) for name, item in value.items()}
    return [mask(item) for item in value] if isinstance(value, list | tuple) else value
