"""What is heard of a contact, while it is heard and for a day after: the live log, page
by page (``app.http.listen`` follows it)."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from acd.contact_states import ContactState
from acd.errors import ContactNotFound
from acd.records.queries import ContactHistory
from acd.router import Router
from app.hearing.live_log import LiveLog
from app.http.routes import Call, Needs, Query, Route
from core.events import Event

OVER = frozenset({ContactState.WRAP_UP, ContactState.ENDED})  # the customer is gone


class HeardQuery(Query):
    """Events with numbers above ``after``, at most ``limit``."""

    after: int = Field(default=0, ge=0)
    limit: int = Field(default=500, ge=1, le=1000)


class HeardEvent(TypedDict):
    """One event of the live log: ``data["n"]`` is its number, counted from 1 without gaps
    for each contact. Texts are masked."""

    id: str
    type: str
    at: float
    contact_id: str | None
    agent_id: str | None
    seq: int
    data: dict[str, Any]


class HeardPage(TypedDict):
    """``next`` is where the page after this one begins (``after``), null when there was
    no more. ``over``: the customer is gone, nothing further is said."""

    events: list[HeardEvent]
    next: int | None
    over: bool


def heard_event(event: Event) -> HeardEvent:
    """``event`` as JSON."""
    return event.as_dict()  # type: ignore[return-value]


class HeardApi:
    """The route of the live log."""

    def __init__(self, live_log: LiveLog, router: Router, history: ContactHistory) -> None:
        self._log = live_log
        self._router = router
        self._history = history

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/contacts/{contact_id}/heard",
                needs=Needs.KNOWN_CONTACT, handler=self._page, query=HeardQuery,
                returns=HeardPage, summary="What was heard of it, in order",
                tags=("hearing",),
            )
        ]  # fmt: skip

    async def _page(self, call: Call) -> HeardPage:
        want, contact_id = call.query_as(HeardQuery), call.part("contact_id")
        over = await is_over(self._router, contact_id)
        events = await self._log.read(contact_id, after=want.after, count=want.limit)
        if not events:
            await require_known(self._router, self._history, contact_id)
        more = len(events) == want.limit
        return {
            "events": [heard_event(event) for event in events],
            "next": int(events[-1].data["n"]) if more else None,
            "over": over,
        }


async def is_over(router: Router, contact_id: str) -> bool:
    """Whether the customer of a contact is gone (or the contact not known any more)."""
    try:
        return (await router.contacts.get(contact_id)).state in OVER
    except ContactNotFound:
        return True


async def require_known(router: Router, history: ContactHistory, contact_id: str) -> None:
    """Raise :class:`~acd.errors.ContactNotFound` unless it is in progress or stored."""
    try:
        await router.contacts.get(contact_id)
    except ContactNotFound:
        await history.get(contact_id)
