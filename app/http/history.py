"""Contacts that are stored: ``/api/history``, for supervisors (and, to say how it
went, for who served them).

Numbers are masked in lists and whole in the view of one contact.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from acd.model import Direction
from acd.records.dispositions import LateDispositions
from acd.records.queries import ContactFilter, ContactHistory, ContactRecord
from acd.records.tables import ContactRow, RecordingRow
from app.http.codes import Codes, Disposition
from app.http.routes import Call, Needs, Query, Route
from app.http.views import masked
from core.clock import Clock, to_epoch


class Wanted(Query):
    """``since`` <= created < ``until`` (RFC 3339 with a zone); ``number`` may be ``*``
    and its last digits; ``after`` is the ``next`` of the page before."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    queue: str | None = Field(default=None, max_length=64)
    agent: str | None = Field(default=None, max_length=64)
    direction: Direction | None = None
    state: str | None = Field(default=None, max_length=32)
    end_reason: str | None = Field(default=None, max_length=32)
    business: str | None = Field(default=None, max_length=64)
    number: str | None = Field(default=None, max_length=32)
    limit: int = Field(default=50, ge=1, le=500)
    after: str | None = Field(default=None, max_length=100)


class StoredContact(TypedDict):
    """A row of the list; times in epoch seconds, durations in seconds."""

    id: str
    medium: str
    channel: str
    direction: str
    business: str
    customer: str
    dialled_number: str
    language: str
    state: str
    queue: str | None
    first_agent_id: str | None
    last_agent_id: str | None
    peer_agent_id: str | None
    created_at: float
    answered_at: float | None
    ended_at: float | None
    end_reason: str | None
    hangup_cause: int | None
    disposition: str | None
    ivr_seconds: float
    wait_seconds: float
    talk_seconds: float
    hold_seconds: float
    wrap_up_seconds: float


class StoredPage(TypedDict):
    """``next`` is null on the last page."""

    contacts: list[StoredContact]
    next: str | None


class StoredDetail(StoredContact):
    """One contact whole."""

    customer_number: str
    attributes: dict[str, Any]
    segments: list[dict[str, Any]]
    events: list[dict[str, Any]]
    recordings: list[dict[str, Any]]
    dispositions: list[dict[str, Any]]


class HistoryApi:
    """Routes of stored contacts."""

    def __init__(
        self, history: ContactHistory, late: LateDispositions, codes: Codes, clock: Clock
    ) -> None:
        self._history = history
        self._late = late
        self._codes = codes
        self._clock = clock

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/history", needs=Needs.SUPERVISOR, handler=self._list,
                summary="Stored contacts, newest first", query=Wanted, returns=StoredPage,
            ),
            Route(
                method="GET", path="/api/history/{contact_id}", needs=Needs.SUPERVISOR,
                handler=self._show, summary="One stored contact", returns=StoredDetail,
            ),
            Route(
                method="POST", path="/api/history/{contact_id}/disposition",
                needs=Needs.STORED_CONTACT, handler=self._disposition,
                summary="Say how it went, after wrap-up", body=Disposition,
            ),
        ]  # fmt: skip

    async def _list(self, call: Call) -> StoredPage:
        want = call.query_as(Wanted)
        wanted = ContactFilter(
            since=want.since, until=want.until, queue=want.queue, agent=want.agent,
            direction=want.direction, state=want.state, end_reason=want.end_reason,
            number=want.number, business=want.business,
        )  # fmt: skip
        page = await self._history.find(wanted, limit=want.limit, after=want.after)
        return {"contacts": [_stored(row) for row in page.contacts], "next": page.next}

    async def _show(self, call: Call) -> StoredDetail:
        return _whole(await self._history.get(call.part("contact_id")))

    async def _disposition(self, call: Call) -> None:
        want, contact_id = call.body_as(Disposition), call.part("contact_id")
        record = await self._history.get(contact_id)
        code = self._codes.require_disposition(want.code, record.contact.queue)
        await self._late.add(contact_id, code, by=call.me.id, at=self._clock.now(), note=want.note)


_SECRET_COLUMNS = frozenset({"path", "details", "version", "contact_id"})


def _whole(record: ContactRecord) -> StoredDetail:
    return {
        **_stored(record.contact),
        "customer_number": record.contact.customer_number,
        "attributes": record.contact.attributes,
        "segments": [_plain(row) for row in record.segments],
        "events": [_plain(row) for row in record.events],
        "recordings": [_recording(row) for row in record.recordings],
        "dispositions": [_plain(row) for row in record.dispositions],
    }


def _plain(row: Any) -> dict[str, Any]:
    """The columns of a row that concern people, as JSON."""
    values = {c.key: getattr(row, c.key) for c in row.__table__.columns}
    return {
        key: to_epoch(value) if isinstance(value, datetime) else value
        for key, value in values.items()
        if key not in _SECRET_COLUMNS
    }


def _recording(row: RecordingRow) -> dict[str, Any]:
    """With what people should know of it; all of it is under ``/api/recordings``."""
    told = ("state", "seconds", "marks", "silenced", "error", "deleted_at", "deleted_why")
    return _plain(row) | {name: row.details.get(name) for name in told}


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else to_epoch(at)


def _stored(row: ContactRow) -> StoredContact:
    return {
        "id": row.id,
        "medium": row.medium,
        "channel": row.channel,
        "direction": row.direction,
        "business": row.business,
        "customer": masked(row.customer_number),
        "dialled_number": row.dialled_number,
        "language": row.language,
        "state": row.state,
        "queue": row.queue,
        "first_agent_id": row.first_agent_id,
        "last_agent_id": row.last_agent_id,
        "peer_agent_id": row.peer_agent_id,
        "created_at": to_epoch(row.created_at),
        "answered_at": _epoch(row.answered_at),
        "ended_at": _epoch(row.ended_at),
        "end_reason": row.end_reason,
        "hangup_cause": row.hangup_cause,
        "disposition": row.disposition,
        "ivr_seconds": row.ivr_seconds,
        "wait_seconds": row.wait_seconds,
        "talk_seconds": row.talk_seconds,
        "hold_seconds": row.hold_seconds,
        "wrap_up_seconds": row.wrap_up_seconds,
    }
