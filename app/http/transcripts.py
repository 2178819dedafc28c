"""What was said, as it is kept: of one contact, and found by words in all."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import TypedDict

from acd.records.queries import ContactHistory
from acd.router import Router
from app.hearing.spoken_of import whose
from app.hearing.tables import HeardFact, TranscriptLine
from app.hearing.transcripts import Found, TranscriptStore
from app.http.emotion import MarkView, mark_view
from app.http.heard import require_known
from app.http.routes import Call, Needs, Query, Route
from app.http.views import masked
from core.clock import to_epoch
from core.log import get_logger

log = get_logger(__name__)


class SearchQuery(Query):
    """``q`` is a phrase in Chinese or English, said at ``after`` or later and before
    ``before`` (RFC 3339 with a zone), by ``leg`` alone if given."""

    q: str = Field(min_length=1, max_length=200)
    after: AwareDatetime | None = None
    before: AwareDatetime | None = None
    leg: str | None = Field(default=None, pattern=r"^(customer|agent)$")
    limit: int = Field(default=50, ge=1, le=500)


class LineView(TypedDict):
    """An utterance; texts are masked. ``seconds`` from the first one on, ``words`` as
    ``[text, start, end, confidence]`` in seconds of the conversation. ``source`` is live
    or after_call: the better one of the two is given."""

    n: int
    leg: str
    agent_id: str | None
    at: float
    ended_at: float
    seconds: float
    language: str
    text: str
    words: list[Any]
    confidence: float
    engine: str
    source: str


class FactView(TypedDict):
    """A key fact as it may be shown: of cards and identity numbers the last places."""

    leg: str
    at: float
    kind: str
    value: str
    valid: bool | None
    confidence: float
    data: dict[str, Any]


class TranscriptView(TypedDict):
    """All that is kept of what was said on a contact."""

    contact_id: str
    lines: list[LineView]
    facts: list[FactView]
    marks: list[MarkView]


class FoundView(TypedDict):
    """A line that has the phrase; ``marks`` are its places in ``text``, in characters."""

    contact_id: str
    leg: str
    agent_id: str | None
    customer: str
    queue: str | None
    at: float
    text: str
    marks: list[list[int]]


class FoundPage(TypedDict):
    """Newest first. ``more``: as many as asked for; ask for those before the last."""

    found: list[FoundView]
    more: bool


class TranscriptsApi:
    """Routes of what was said."""

    def __init__(
        self, store: TranscriptStore, router: Router, history: ContactHistory, engine: AsyncEngine
    ) -> None:
        self._store = store
        self._router = router
        self._history = history
        self._engine = engine

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/contacts/{contact_id}/transcript",
                needs=Needs.KNOWN_CONTACT, handler=self._show, returns=TranscriptView,
                summary="What was said on it, masked", tags=("hearing",),
            ),
            Route(
                method="GET", path="/api/transcripts", needs=Needs.SUPERVISOR,
                handler=self._search, query=SearchQuery, returns=FoundPage,
                summary="What was said anywhere, found by a phrase", tags=("hearing",),
            ),
        ]  # fmt: skip

    async def _show(self, call: Call) -> TranscriptView:
        contact_id = call.part("contact_id")
        lines = await self._store.lines(contact_id)
        if not lines:
            await require_known(self._router, self._history, contact_id)
        log.info("http.transcript_read", contact=contact_id, by=call.me.id)
        begun = to_epoch(lines[0].started_at) if lines else 0.0
        return {
            "contact_id": contact_id,
            "lines": [_line(line, begun) for line in lines],
            "facts": [_fact(fact) for fact in await self._store.facts(contact_id)],
            "marks": [mark_view(mark) for mark in await self._store.marks(contact_id)],
        }

    async def _search(self, call: Call) -> FoundPage:
        want = call.query_as(SearchQuery)
        found = await self._store.search(
            want.q, after=want.after, before=want.before, leg=want.leg, limit=want.limit
        )
        log.info("http.transcripts_searched", found=len(found), by=call.me.id)
        of = await whose(self._engine, {one.contact_id for one in found})

        def view(one: Found) -> FoundView:
            contact = of.get(one.contact_id)
            return {
                "contact_id": one.contact_id,
                "leg": one.leg,
                "agent_id": one.agent_id,
                "customer": masked(contact.customer_number) if contact else "",
                "queue": contact.queue if contact else None,
                "at": to_epoch(one.started_at),
                "text": one.text,
                "marks": [list(mark) for mark in one.marks],
            }

        return {"found": [view(one) for one in found], "more": len(found) == want.limit}


def _line(line: TranscriptLine, begun: float) -> LineView:
    at = to_epoch(line.started_at)
    return {
        "n": line.n,
        "leg": line.leg,
        "agent_id": line.agent_id,
        "at": at,
        "ended_at": to_epoch(line.ended_at),
        "seconds": round(at - begun, 2),
        "language": line.language,
        "text": line.text,
        "words": line.words,
        "confidence": line.confidence,
        "engine": line.engine,
        "source": line.source,
    }


def _fact(fact: HeardFact) -> FactView:
    return {
        "leg": fact.leg,
        "at": to_epoch(fact.at),
        "kind": fact.kind,
        "value": fact.value,
        "valid": fact.valid,
        "confidence": fact.confidence,
        "data": fact.data,
    }
