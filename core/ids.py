"""Identifiers: short prefix that names the kind, then 26 characters of ULID.

They sort by time of creation, need no coordination between nodes, and are safe
in file names, channel variables, URLs and log lines.
ULID: https://github.com/ulid/spec (48 bits of milliseconds, 80 random bits).
"""

from __future__ import annotations

import re
import secrets
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TWO = [first + second for first in _ALPHABET for second in _ALPHABET]
_LOW_BITS = 20  # the last four characters, in which those of one millisecond differ
_PATTERN = re.compile(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}")

CONTACT = "con"
OFFER = "off"
SEGMENT = "seg"
EVENT = "evt"
RECORDING = "rec"
CHANNEL = "chn"
SESSION = "ses"


class _Made:
    """The last identifier of this process, apart from its last four characters."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ms = 0
        self.high = 0
        self.text = ""
        self.low = 0

    def next(self) -> str:
        """The next 26 characters."""
        with self.lock:
            ms = time.time_ns() // 1_000_000
            if ms > self.ms:
                self.ms = ms
                self._set_high((ms << 60) | secrets.randbits(60))
                self.low = secrets.randbits(_LOW_BITS - 1)  # room to count
            else:
                self.low += 1
                if self.low >> _LOW_BITS:
                    self._set_high(self.high + 1)
                    self.low = 0
            return f"{self.text}{_TWO[self.low >> 10]}{_TWO[self.low & 1023]}"

    def _set_high(self, high: int) -> None:
        self.high = high
        digits = []
        for _ in range(11):
            digits.append(_TWO[high & 1023])
            high >>= 10
        self.text = "".join(reversed(digits))


_made = _Made()


def new_id(kind: str) -> str:
    """A fresh identifier of ``kind`` (one of the prefixes above). Those of one process
    sort in the order in which they were made, also within a millisecond."""
    return f"{kind}_{_made.next()}"


def is_id(text: str, kind: str | None = None) -> bool:
    """Whether ``text`` has the form of an identifier (of ``kind``, if given)."""
    return bool(_PATTERN.fullmatch(text)) and (kind is None or text.startswith(f"{kind}_"))
