"""What a terminal shows of people, and of what they sent.

Personal numbers keep their last digits unless asked for in full; control characters
(a caller id may carry escape sequences) never reach the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from app.http.views import masked
from core.log import MASK, PERSONAL_OR_SECRET

_NUMBER: Final = re.compile(r"(?<![\w.])\+?\d{5,}(?!\w)")


def hide(value: Any) -> Any:
    """JSON with personal numbers masked, and personal fields altogether."""
    if isinstance(value, str):
        return _NUMBER.sub(lambda found: masked(found.group()), value)
    if isinstance(value, Mapping):
        return {key: _hide_field(key, item) for key, item in value.items()}
    return [hide(item) for item in value] if isinstance(value, list) else value


def _hide_field(key: str, value: Any) -> Any:
    if key not in PERSONAL_OR_SECRET:
        return hide(value)
    shown = masked(value) if isinstance(value, str) else ""
    return shown or MASK


def printable(text: str) -> str:
    """``text`` on one line, with everything a terminal might act upon replaced."""
    return "".join(c if c.isprintable() else "�" for c in text)
