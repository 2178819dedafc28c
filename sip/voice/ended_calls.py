"""When, why and by whom calls were ended while nobody was listening.

Asterisk writes a line for each channel that ends (``cel_conf``), with or without us.
After a restart of ours, or a gap in AMI, the true end of a call is read there.

Asterisk opens the file anew for each line, so it can be renamed while it is in use.
The one before is kept and read as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.clock import from_epoch
from sip.asterisk.generate.cel_conf import FIELDS

_CHUNK = 1 << 20
_LARGEST = 32 << 20  # bytes; some 80 000 channels, far more than end between two looks
_UNIQUEID = 2 * FIELDS.index("uniqueid") + 1  # its place among what quotes separate
# One whole line as Asterisk writes it. What a value says cannot be a line of its own: a
# quote within it is doubled.
_LINE = re.compile(
    r'"HANGUP","(?P<time>[0-9]{1,12}\.[0-9]{1,9})","(?P<uniqueid>[A-Za-z0-9_.:;-]{1,150})",'
    r'"(?P<channel>[^"\x00-\x1f]{1,200})","[A-Za-z0-9_.:;-]{1,150}",'
    r'"(?P<extra>(?:[^"\x00-\x1f]|"")*)"\r?'
)
_NO_CHANNEL = "dialplan/"  # what a hang-up by the dialplan has for its source


class By(StrEnum):
    """Who ended a call."""

    ITSELF = "itself"  # the person on this channel, or their line
    OTHER = "other"  # who was joined with it
    US = "us"  # the dialplan, the app, Asterisk


class End(NamedTuple):
    """The end of a channel, with its Q.850 cause."""

    at: datetime
    cause: int | None
    by: By


def read_ends(file: Path, wanted: Collection[str]) -> dict[str, End]:
    """Uniqueid -> end, of those of ``wanted`` that the file, or the one before it,
    tells of.

    Reads backwards in blocks until all are found. Blocking: call it in a thread. A torn
    or foreign line is passed over; no file means no ends.
    """
    missing = {uniqueid.encode(): uniqueid for uniqueid in wanted}
    found: dict[str, End] = {}
    for path in (file, previous(file)):
        if missing:
            with suppress(FileNotFoundError), path.open("rb") as stream:
                _read_back(stream, missing, found)
    return found


def hung_up_by_agent(customer: End | None, agent: End | None) -> End | None:
    """The end of a talk of which both sides are gone, if it was the agent who hung up:
    joined with the customer, or while the customer was on hold."""
    if customer is not None and customer.by is By.OTHER:
        return customer
    if agent is not None and agent.by is By.ITSELF:
        return agent if customer is None or agent.at <= customer.at else None
    return None


def previous(file: Path) -> Path:
    """Where :func:`set_aside` puts ``file``."""
    return file.with_name(f"{file.name}.1")


def set_aside(file: Path, *, largest: int = _LARGEST) -> bool:
    """Begin a new file when this one is larger than ``largest`` bytes, and forget the
    one before it; whether it was. Raises OSError."""
    try:
        if file.stat().st_size <= largest:
            return False
        file.replace(previous(file))
    except FileNotFoundError:
        return False
    return True


def _read_back(stream: BinaryIO, missing: dict[bytes, str], found: dict[str, End]) -> None:
    position = stream.seek(0, SEEK_END)
    tail = b""
    while position > 0 and missing:
        start = max(0, position - _CHUNK)
        stream.seek(start)
        block = stream.read(position - start) + tail
        position = start
        tail, lines = _whole_lines(block, first=start == 0)
        for line in reversed(lines):
            _take(line, missing, found)


def _whole_lines(block: bytes, *, first: bool) -> tuple[bytes, list[bytes]]:
    """The cut line at the block's beginning, and the rest."""
    lines = block.split(b"\n")
    return (b"", lines) if first else (lines[0], lines[1:])


def _take(line: bytes, missing: dict[bytes, str], found: dict[str, End]) -> None:
    # Most lines are of others: they cost no more than this look.
    parts = line.split(b'"', _UNIQUEID + 1)
    if len(parts) <= _UNIQUEID or parts[_UNIQUEID] not in missing:
        return
    match = _LINE.fullmatch(line.decode("utf-8", "replace"))
    if match is None or match["uniqueid"].encode() not in missing:
        return
    at = from_epoch(float(match["time"]))
    found[match["uniqueid"]] = End(at, *_why(match["extra"].replace('""', '"'), match["channel"]))
    del missing[match["uniqueid"].encode()]


def _why(extra: str, channel: str) -> tuple[int | None, By]:
    try:
        told = json.loads(extra)
        cause, source = told["hangupcause"], told.get("hangupsource")
    except (ValueError, KeyError, TypeError):
        return None, By.US
    by = By.US
    if source == channel:
        by = By.ITSELF
    elif isinstance(source, str) and "/" in source and not source.startswith(_NO_CHANNEL):
        by = By.OTHER
    return cause if isinstance(cause, int) else None, by
