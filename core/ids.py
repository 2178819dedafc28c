"""Identifiers: short prefix that names the kind, then 26 characters of ULID.

They sort by time of creation, need no coordination between nodes, and are safe
in file names, channel variables, URLs and log lines.
ULID: https://github.com/ulid/spec (48 bits of milliseconds, 80 random bits).
"""

from __future__ import annotations

import re
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}")

CONTACT = "con"
OFFER = "off"
SEGMENT = "seg"
EVENT = "evt"
RECORDING = "rec"
CHANNEL = "chn"
SESSION = "ses"


def new_id(kind: str) -> str:
    """A fresh identifier of ``kind`` (one of the prefixes above)."""
    value = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    digits = []
    for _ in range(26):
        digits.append(_ALPHABET[value & 31])
        value >>= 5
    return f"{kind}_{''.join(reversed(digits))}"


def is_id(text: str, kind: str | None = None) -> bool:
    """Whether ``text`` has the form of an identifier (of ``kind``, if given)."""
    return bool(_PATTERN.fullmatch(text)) and (kind is None or text.startswith(f"{kind}_"))
