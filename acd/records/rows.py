"""From a contact and its events to rows of the tables.

Text that came from outside (caller ids, attributes) may hold what databases
refuse: NUL, halves of surrogate pairs, NaN. :func:`clean` replaces it, so that
one odd caller id cannot keep a contact out of the history.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from acd.contact_states import ContactState
from acd.model import Contact, Segment
from acd.records.durations import summarise
from core.clock import from_epoch
from core.events import Event

DISPOSED: Final = "contact.disposition_set"
"""The event by which an agent gives a disposition; data: ``disposition`` (the code)
and, if there are, ``note`` and ``by`` (who gave it, if not the event's agent)."""

Row = dict[str, Any]

_COPIED = (
    "id", "version", "medium", "channel", "direction", "business", "customer_number",
    "dialled_number", "language", "state", "priority", "created_at", "enqueued_at", "ended_at",
    "end_reason", "hangup_cause", "disposition", "attributes", "peer_agent_id",
)  # fmt: skip
_RECORDING = (
    "id",
    "path",
    "agent_id",
    "started_at",
    "ended_at",
    "channels",
    "sample_rate",
    "bytes",
)


@dataclass(slots=True)
class Rows:
    """The rows of one version of one contact.

    ``events`` and ``dispositions`` may be only the ones that are not known to be
    stored; ``event_count`` is how many events the contact had in all.
    """

    contact: Row
    segments: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    recordings: list[Row] = field(default_factory=list)
    dispositions: list[Row] = field(default_factory=list)
    event_count: int = 0

    @property
    def id(self) -> str:
        return str(self.contact["id"])

    @property
    def version(self) -> int:
        return int(self.contact["version"])

    @property
    def ended(self) -> bool:
        """Whether this version is the contact's last."""
        return bool(self.contact["state"] == ContactState.ENDED.value)


def build(contact: Contact, events: Iterable[Event], *, before: int = 0) -> Rows:
    """The rows for ``contact`` and for its ``events`` after the first ``before``.

    ValueError, KeyError or TypeError for what has no row.
    """
    happened = list(events)
    return Rows(
        contact=_row(
            {name: getattr(contact, name) for name in _COPIED} | asdict(summarise(contact))
        ),
        segments=[_segment(contact, n, s) for n, s in enumerate(contact.segments)],
        events=[_event(contact, e) for e in happened],
        recordings=[_recording(contact, n, raw) for n, raw in enumerate(contact.recordings)],
        dispositions=[_disposition(contact, e) for e in happened if e.type == DISPOSED],
        event_count=before + len(happened),
    )


def _segment(contact: Contact, position: int, segment: Segment) -> Row:
    return _row(
        {
            "id": segment.id,
            "contact_id": contact.id,
            "version": contact.version,
            "position": position,
            "kind": segment.kind,
            "started_at": segment.started_at,
            "ended_at": segment.ended_at,
            "queue": segment.queue,
            "agent_id": segment.agent_id,
            "outcome": segment.outcome,
        }
    )


def _event(contact: Contact, event: Event) -> Row:
    return _row(
        {
            "id": event.id,
            "contact_id": contact.id,
            "seq": event.seq,
            "type": event.type,
            "at": event.at,
            "agent_id": event.agent_id,
            "data": dict(event.data),
        }
    )


def _recording(contact: Contact, number: int, raw: Mapping[str, Any]) -> Row:
    return _row(
        {
            **recording_columns(raw),
            "id": str(raw.get("id") or f"{contact.id}:{number}"),
            "contact_id": contact.id,
            "version": contact.version,
        }
    )


def recording_columns(raw: Mapping[str, Any]) -> Row:
    """The columns that tell of the recording itself; what has none is in ``details``."""

    def time(name: str) -> Any:
        return None if raw.get(name) is None else from_epoch(float(raw[name]))

    def whole(name: str) -> int | None:
        return None if raw.get(name) is None else int(raw[name])

    return {
        "path": str(raw["path"]),
        "agent_id": raw.get("agent_id"),
        "started_at": time("started_at"),
        "ended_at": time("ended_at"),
        "channels": whole("channels"),
        "sample_rate": whole("sample_rate"),
        "bytes": whole("bytes"),
        "details": {k: v for k, v in raw.items() if k not in _RECORDING},
    }


def _disposition(contact: Contact, event: Event) -> Row:
    return _row(
        {
            "id": event.id,
            "contact_id": contact.id,
            "code": str(event.data["disposition"]),
            "agent_id": event.data.get("by") or event.agent_id,
            "at": event.at,
            "note": str(event.data.get("note") or ""),
        }
    )


def _row(values: Mapping[str, Any]) -> Row:
    return {name: clean(value) for name, value in values.items()}


def clean(value: Any) -> Any:
    """``value`` with what no database takes replaced by U+FFFD, or null for numbers
    that are none. Enums become plain text."""
    if isinstance(value, str):
        text = str.__str__(value)
        if "\x00" in text or not text.isascii():
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            text = text.replace("\x00", "\ufffd")
        return text
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
