"""Conditional and range requests (RFC 9110, sections 13 and 14) for one body of bytes.

Only GET knows ranges. A single range is answered with 206, several with the whole (which
a server may), one that cannot be read is as if it was not sent, and one beyond the end
is refused with 416.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import hdrs, web

_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: ``status``, ``headers``, and of the body ``length`` bytes from
    ``start`` on."""

    status: int
    headers: dict[str, str]
    start: int = 0
    length: int = 0


def answer(request: web.BaseRequest, size: int, etag: str, modified: float) -> Answer:
    """What is to be answered. ``etag`` is without its quotes, and strong; ``modified``
    epoch seconds."""
    quoted = f'"{etag}"'
    at = datetime.fromtimestamp(int(modified), UTC)
    headers: dict[str, str] = {
        "ETag": quoted,
        "Last-Modified": format_datetime(at, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    get = request.headers.get
    # The order of RFC 9110, 13.2.2.
    if (wanted := get(hdrs.IF_MATCH)) is not None:
        if not _named(wanted, quoted, strong=True):
            return Answer(412, headers)
    elif (date := _date(get(hdrs.IF_UNMODIFIED_SINCE))) is not None and at > date:
        return Answer(412, headers)
    if (known := get(hdrs.IF_NONE_MATCH)) is not None:
        if _named(known, quoted, strong=False):
            return Answer(304, headers)
    elif (date := _date(get(hdrs.IF_MODIFIED_SINCE))) is not None and at <= date:
        return Answer(304, headers)
    asked = get(hdrs.RANGE)
    if request.method == "GET" and asked is not None and _fresh(get(hdrs.IF_RANGE), quoted):
        found = _one_range(asked, size)
        if found is not None:
            start, length = found
            if length <= 0:
                return Answer(416, headers | {"Content-Range": f"bytes */{size}"})
            shown = f"bytes {start}-{start + length - 1}/{size}"
            return Answer(206, headers | {"Content-Range": shown}, start, length)
    return Answer(200, headers, 0, size)


def _one_range(text: str, size: int) -> tuple[int, int] | None:
    """Start and length; None where it is to be taken as not sent; a length of 0 where
    nothing of it is there."""
    match = _RANGE.fullmatch(text.strip())
    if match is None or not (match[1] or match[2]) or max(map(len, match.groups())) > 18:
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return size - length, length
    first = int(match[1])
    last = int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    return first, max(0, min(last, size - 1) - first + 1)


def _fresh(if_range: str | None, quoted: str) -> bool:
    """Whether the range is of what the asker has. Only a strong tag can say so: two
    changes may fall into the second that a date names."""
    return if_range is None or if_range.strip() == quoted


def _named(text: str, quoted: str, *, strong: bool) -> bool:
    if text.strip() == "*":
        return True
    tags = _TAG.findall(text)
    return quoted in (tags if strong else [tag.removeprefix("W/") for tag in tags])


def _date(text: str | None) -> datetime | None:
    """A date of HTTP; None for none, and for what is none."""
    try:
        found = parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError):
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
