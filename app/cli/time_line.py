"""A contact as lines in the order in which things happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from acd.records.queries import ContactRecord
from acd.records.tables import EventRow, SegmentRow
from app.cli.privacy import hide, printable
from app.cli.times import local_clock, precise

Line = tuple[str, str, str, str, str]


def time_line(record: ContactRecord, *, full: bool) -> list[Line]:
    """``time of day, time since the contact began, how long it lasted, what, details``
    of every stretch (in capitals) and event; a stretch precedes what began with it."""
    begin = record.contact.created_at
    found: list[tuple[datetime, int, str, str, str]] = []
    for number, segment in enumerate(record.segments):
        found.append((segment.started_at, number, *_stretch(segment)))
    for number, event in enumerate(record.events, start=len(record.segments)):
        found.append((event.at, number, "", *_event(event, full=full)))
    found.sort(key=lambda entry: entry[:2])
    return [
        (local_clock(at), precise((at - begin).total_seconds()), lasts, what, printable(details))
        for at, _, lasts, what, details in found
    ]


def _stretch(segment: SegmentRow) -> tuple[str, str, str]:
    lasts = "..."
    if segment.ended_at is not None:
        lasts = precise((segment.ended_at - segment.started_at).total_seconds())
    details = {"queue": segment.queue, "agent": segment.agent_id, "": segment.outcome}
    return lasts, segment.kind.replace("_", "-").upper(), " ".join(_pairs(details))


def _event(event: EventRow, *, full: bool) -> tuple[str, str]:
    data = {"agent": event.agent_id, **(event.data if full else hide(event.data))}
    return event.type.removeprefix("contact."), " ".join(_pairs(data))


def _pairs(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if value in (None, "", {}, []):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"{name}={text}" if name else text
