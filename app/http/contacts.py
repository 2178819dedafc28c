"""Contacts in progress: ``/api/contacts``, to look at and to note things about.

What one does with a call is in ``app.http.calls``.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, JsonValue, field_validator
from typing_extensions import TypedDict

from acd.contact_states import ContactState
from acd.model import Contact
from acd.order import score
from acd.router import Router
from acd.why import Explanations, Stage
from app.http.codes import Codes, Disposition
from app.http.routes import Body, Call, Needs, Route
from app.http.views import WAITING, ContactView, contact_view
from core.clock import to_epoch

_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]


class Attributes(Body):
    """Values to add or replace."""

    values: dict[_Name, JsonValue] = Field(min_length=1, max_length=50)

    @field_validator("values")
    @classmethod
    def _finite(cls, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if not _is_finite(values):
            raise ValueError("numbers must be finite")
        return values


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(_is_finite, inner))


class SegmentView(TypedDict):
    """A stretch of a contact's life, in epoch seconds; it lasts while ``ended_at`` is
    null."""

    kind: str
    started_at: float
    ended_at: float | None
    queue: str | None
    agent_id: str | None
    outcome: str | None


class ScoreView(TypedDict):
    """``total`` is ``priority`` plus ``age``, the points for waiting until now."""

    total: float
    priority: int
    age: float


class StageView(TypedDict):
    """What it asks of agents: ``requirement`` until ``until`` (null: for as long as it
    waits), of the agent ``only`` alone if one is named, or of anybody ``but`` the one who has
    just passed it on. ``step`` of ``steps`` relaxations
    is in force; ``passed_over`` stages nobody logged in could meet."""

    requirement: str
    only: str | None
    but: str | None
    until: float | None
    step: int
    steps: int
    passed_over: int


class ContactDetail(ContactView):
    """All of a contact, for who serves it: here the number is whole. ``position`` in its
    queue counts from 1, ``expected_wait`` is that of who enters the queue now, in seconds;
    both, ``score``, ``asked`` and ``next`` are null unless it waits (or not known)."""

    customer_number: str
    call_back_number: str | None
    position: int | None
    expected_wait: float | None
    score: ScoreView | None
    asked: StageView | None
    next: StageView | None
    business: str
    skills: dict[str, int]
    attributes: dict[str, Any]
    segments: list[SegmentView]
    recorded: bool


class ContactsApi:
    """Routes of contacts in progress."""

    def __init__(self, router: Router, codes: Codes, explanations: Explanations) -> None:
        self._router = router
        self._codes = codes
        self._explanations = explanations

    @property
    def routes(self) -> list[Route]:
        one = "/api/contacts/{contact_id}"
        shared = Needs.SHARED_CONTACT
        return [
            Route(
                method="GET", path="/api/contacts", needs=Needs.SIGNED_IN, handler=self._list,
                summary="Contacts in progress, oldest first", returns=list[ContactView],
            ),
            Route(
                method="GET", path=one, needs=shared, handler=self._show,
                summary="One contact in progress", returns=ContactDetail,
            ),
            Route(
                method="POST", path=f"{one}/disposition", needs=shared,
                handler=self._disposition, summary="Say how it went", body=Disposition,
            ),
            Route(
                method="POST", path=f"{one}/attributes", needs=shared, handler=self._attributes,
                summary="Note something about it", body=Attributes,
            ),
        ]  # fmt: skip

    async def _list(self, _call: Call) -> list[ContactView]:
        live = await self._router.contacts.live()
        return [contact_view(c) for c in sorted(live, key=lambda c: (c.created_at, c.id))]

    async def _show(self, call: Call) -> ContactDetail:
        contact = await self._router.contacts.get(call.part("contact_id"))
        waits = contact.state in WAITING
        detail = _detail(contact, self._router.clock.now())
        if waits and contact.queue is not None:
            detail["position"] = await self._router.position(contact.id)
            detail["expected_wait"] = await self._router.expected_wait(contact.queue)
        if contact.state is ContactState.QUEUED:
            asks = await self._explanations.asks(contact)
            detail["asked"], detail["next"] = stage_view(asks.stage), stage_view(asks.next)
        return detail

    async def _disposition(self, call: Call) -> None:
        want = call.body_as(Disposition)
        contact = await self._router.contacts.get(call.part("contact_id"))
        code = self._codes.require_disposition(want.code, contact.queue)
        await self._router.contacts.set_disposition(contact.id, code, by=call.me.id, note=want.note)

    async def _attributes(self, call: Call) -> None:
        values = call.body_as(Attributes).values
        await self._router.contacts.set_attributes(call.part("contact_id"), values)


def stage_view(stage: Stage | None) -> StageView | None:
    """``stage`` as JSON."""
    if stage is None:
        return None
    return {
        "requirement": stage.asked.requirement.short,
        "only": stage.asked.only,
        "but": stage.asked.but,
        "until": stage.until,
        "step": stage.step,
        "steps": stage.steps,
        "passed_over": stage.passed_over,
    }


def _score(contact: Contact, now: datetime) -> ScoreView | None:
    if contact.state not in WAITING:
        return None
    total = score(contact.rank, contact.slope, to_epoch(now))
    return {"total": total, "priority": contact.priority, "age": total - contact.priority}


def _detail(contact: Contact, now: datetime) -> ContactDetail:
    return {
        **contact_view(contact),
        "customer_number": contact.customer_number,
        "call_back_number": contact.call_back.number if contact.call_back else None,
        "position": None,
        "expected_wait": None,
        "score": _score(contact, now),
        "asked": None,
        "next": None,
        "business": contact.business,
        "skills": dict(contact.skills),
        "attributes": dict(contact.attributes),
        "segments": [
            {
                "kind": segment.kind.value,
                "started_at": to_epoch(segment.started_at),
                "ended_at": None if segment.ended_at is None else to_epoch(segment.ended_at),
                "queue": segment.queue,
                "agent_id": segment.agent_id,
                "outcome": segment.outcome,
            }
            for segment in contact.segments
        ],
        "recorded": bool(contact.recordings),
    }
