"""When and why calls ended while nobody was listening.

Asterisk writes a line for each channel that ends (``cel_conf``), with or without us.
After a restart of ours, or a gap in AMI, the true end of a call is read there.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from core.clock import from_epoch
from sip.asterisk.generate.cel_conf import FIELDS

_CHUNK = 1 << 20
_MOST = 64 << 20  # far more calls than can end between two looks


def read_ends(file: Path, wanted: Collection[str]) -> dict[str, tuple[datetime, int | None]]:
    """Uniqueid -> (end, Q.850 cause) of those of ``wanted`` that the file tells of.

    Reads backwards in blocks until all are found or 64 MiB are read. Blocking: call
    it in a thread. A torn or foreign line is passed over; no file means no ends.
    """
    missing = set(wanted)
    found: dict[str, tuple[datetime, int | None]] = {}
    if not missing or not file.exists():
        return found
    with file.open("rb") as stream:
        position = stream.seek(0, 2)
        stop = max(0, position - _MOST)
        tail = b""
        while position > stop and missing:
            start = max(stop, position - _CHUNK)
            stream.seek(start)
            block = stream.read(position - start) + tail
            position = start
            tail, lines = _whole_lines(block, first=start == 0)
            for line in reversed(lines):
                _take(line, missing, found)
    return found


def _whole_lines(block: bytes, *, first: bool) -> tuple[bytes, list[bytes]]:
    """The cut line at the block's beginning, and the rest."""
    lines = block.split(b"\n")
    return (b"", lines) if first else (lines[0], lines[1:])


def _take(line: bytes, missing: set[str], found: dict[str, tuple[datetime, int | None]]) -> None:
    for row in csv.reader([line.decode("utf-8", "replace")]):
        if len(row) != len(FIELDS):
            continue
        values = dict(zip(FIELDS, row, strict=True))
        uniqueid = values["uniqueid"]
        if values["event"] != "HANGUP" or uniqueid not in missing:
            continue
        try:
            found[uniqueid] = (from_epoch(float(values["time"])), _cause(values["extra"]))
        except ValueError:
            continue
        missing.discard(uniqueid)


def _cause(extra: str) -> int | None:
    try:
        cause = json.loads(extra)["hangupcause"]
    except (ValueError, KeyError, TypeError):
        return None
    return cause if isinstance(cause, int) else None
