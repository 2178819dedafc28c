"""Reading the SIP messages that pjsua2 hands over as text."""

from __future__ import annotations

import re
from typing import Any

_LONG = {
    "f": "from", "t": "to", "i": "call-id", "m": "contact", "v": "via", "l": "content-length",
    "c": "content-type", "k": "supported", "s": "subject", "r": "refer-to", "b": "referred-by",
    "x": "session-expires",
}  # fmt: skip
_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<?sips?:([^@>;]*)(?:@|>|;|$)')


def headers(message: str) -> dict[str, str]:
    """Header names (lower case, in long form) and values; repeated ones joined by commas."""
    found: dict[str, str] = {}
    head = message.replace("\r\n", "\n").partition("\n\n")[0]
    for line in re.sub(r"\n[ \t]+", " ", head).split("\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            key = _LONG.get(key, key)
            found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
    return found


def address(value: str) -> tuple[str, str]:
    """User part and display name of a From or To value."""
    match = _ADDRESS.match(value)
    if not match:
        return "", ""
    quoted, plain, user = match.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
    return user, name


def headers_of(event: Any, kind_rx: int, kind_tsx: int) -> dict[str, str]:
    """Headers of the received message that caused a call event; empty if there was none."""
    rdata = None
    if event.type == kind_rx:
        rdata = event.body.rxMsg.rdata
    elif event.type == kind_tsx and event.body.tsxState.type == kind_rx:
        rdata = event.body.tsxState.src.rdata
    text = str(rdata.wholeMsg) if rdata is not None else ""
    return headers(text) if text else {}
