"""Who changed what: ``/api/audit``, for supervisors."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from app.audit.queries import Audit, AuditFilter
from app.audit.table import AuditRow
from app.audit.trail import Trail
from app.http.routes import Call, Needs, Query, Route
from core.clock import to_epoch


class Wanted(Query):
    """``since`` <= began < ``until`` (RFC 3339 with a zone). ``action`` may end in a star
    (``agent.*``), ``target`` is the id of a contact, agent or offer, ``outcome`` is done,
    unknown or the code of an error; ``after`` is the ``next`` of the page before."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    who: str | None = Field(default=None, max_length=64)
    action: str | None = Field(default=None, max_length=64)
    target: str | None = Field(default=None, max_length=64)
    outcome: str | None = Field(default=None, max_length=64)
    limit: int = Field(default=50, ge=1, le=500)
    after: str | None = Field(default=None, max_length=100)


class AuditView(TypedDict):
    """A change. ``via`` is page, program or cli; ``asked`` is what was sent, ``before``
    and ``after`` what differs: nothing in them is personal."""

    id: str
    at: float
    finished_at: float | None
    who: str
    via: str
    account: str | None
    address: str
    action: str
    target_kind: str | None
    target_id: str | None
    outcome: str
    asked: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class AuditPageView(TypedDict):
    """``next`` is null on the last page; ``pending`` changes are under way or wait to be
    stored."""

    entries: list[AuditView]
    next: str | None
    pending: int


class AuditApi:
    """The route of the audit."""

    def __init__(self, audit: Audit, trail: Trail) -> None:
        self._audit = audit
        self._trail = trail

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/audit", needs=Needs.SUPERVISOR, handler=self._list,
                summary="Who changed what, newest first", query=Wanted, returns=AuditPageView,
            )
        ]  # fmt: skip

    async def _list(self, call: Call) -> AuditPageView:
        want = call.query_as(Wanted)
        wanted = AuditFilter(
            since=want.since, until=want.until, who=want.who, action=want.action,
            target=want.target, outcome=want.outcome,
        )  # fmt: skip
        page = await self._audit.find(wanted, limit=want.limit, after=want.after)
        return {
            "entries": [_entry(row) for row in page.rows],
            "next": page.next,
            "pending": await self._trail.count(),
        }


def _entry(row: AuditRow) -> AuditView:
    return {
        "id": row.id,
        "at": to_epoch(row.at),
        "finished_at": None if row.finished_at is None else to_epoch(row.finished_at),
        "who": row.who,
        "via": row.via,
        "account": row.account,
        "address": row.address,
        "action": row.action,
        "target_kind": row.target_kind,
        "target_id": row.target_id,
        "outcome": row.outcome,
        "asked": row.asked,
        "before": row.before,
        "after": row.after,
    }
