"""Why a contact waits, or why it went where it went: ``/api/contacts/{contact_id}/why``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from acd.errors import ContactNotFound
from acd.records.queries import ContactHistory, ContactRecord
from acd.why import Candidate, Explanations, Language, Rival, Step, Waits, Why, Words, steps_of
from app.http.contacts import ScoreView, StageView, stage_view
from app.http.routes import Call, Needs, Query, Route
from config.model import Settings
from core.clock import Clock, to_epoch
from core.events import Event


class Wanted(Query):
    """``language`` of the sentences."""

    language: Literal["zh-CN", "en"] = "en"


class RivalView(TypedDict):
    """A contact before it that some of the same agents could take. ``by`` says in what
    it has more points: priority, age."""

    contact_id: str
    queue: str
    priority: int
    waited: float
    score: float
    by: list[str]
    because: str
    text: str


class CandidateView(TypedDict):
    """An agent: ``able`` if they meet what is asked, ``free`` if nothing at all is in the
    way; ``obstacles`` are reserved, passed_on, exclusive, clause, logged_out, not_ready,
    takes_none, alike, no_room."""

    agent_id: str
    able: bool
    free: bool
    obstacles: list[str]
    text: str


class WaitsView(TypedDict):
    """``cause`` is not_before, in_slot, nobody_leads, node_gone, medium_shut, nobody_fits,
    nobody_here, nobody_free, others_first or being_offered. ``place`` counts from 1
    among those who compete for the same agents; ``before`` names the first of them."""

    cause: str
    waited: float
    score: ScoreView
    place: int
    asked: StageView | None
    until: float | None
    next: StageView | None
    asked_text: list[str]
    score_text: str
    place_text: str
    before: list[RivalView]
    agents: list[CandidateView]


class StepView(TypedDict):
    """Something that was decided or befell it; ``data`` is the event's."""

    what: str
    at: float
    agent_id: str | None
    data: dict[str, Any]
    text: str


class WhyView(TypedDict):
    """``summary`` is all in one or two sentences. ``waits`` is null unless it waits now."""

    contact_id: str
    at: float
    state: str
    queue: str | None
    agent_id: str | None
    language: str
    summary: str
    waits: WaitsView | None
    steps: list[StepView]


class WhyApi:
    """The route of explanations."""

    def __init__(
        self, explanations: Explanations, history: ContactHistory, settings: Settings, clock: Clock
    ) -> None:
        self._clock = clock
        self._explanations = explanations
        self._history = history
        self._people = frozenset(a.id for a in settings.agents.values() if a.is_agent)

    @property
    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET", path="/api/contacts/{contact_id}/why", needs=Needs.KNOWN_CONTACT,
                handler=self._show, summary="Why it waits, or why it went where it went",
                query=Wanted, returns=WhyView,
            )
        ]  # fmt: skip

    async def _show(self, call: Call) -> WhyView:
        contact_id = call.part("contact_id")
        try:
            found = await self._explanations.live(contact_id, agents=self._people)
        except ContactNotFound:
            record = await self._history.get(contact_id)
            found = stored_why(record, self._clock.now())
        return why_view(found, call.query_as(Wanted).language)


def stored_why(record: ContactRecord, now: datetime) -> Why:
    """Why, for a contact of the history."""
    row = record.contact
    events = (
        Event(
            type=e.type, at=e.at, contact_id=e.contact_id, agent_id=e.agent_id, seq=e.seq,
            data=e.data, id=e.id,
        )
        for e in record.events
    )  # fmt: skip
    return Why(
        contact_id=row.id, state=row.state, queue=row.queue, agent_id=row.last_agent_id, at=now,
        steps=tuple(steps_of(events)),
    )  # fmt: skip


def why_view(why: Why, language: Language) -> WhyView:
    """``why`` as JSON, with its sentences."""
    words = Words(language)
    return {
        "contact_id": why.contact_id,
        "at": to_epoch(why.at),
        "state": why.state,
        "queue": why.queue,
        "agent_id": why.agent_id,
        "language": language,
        "summary": words.summary(why),
        "waits": None if why.waits is None else _waits(why.waits, words),
        "steps": [_step(step, words) for step in why.steps],
    }


def _waits(waits: Waits, words: Words) -> WaitsView:
    return {
        "cause": waits.cause.value,
        "waited": waits.waited,
        "score": {"total": waits.score, "priority": waits.priority, "age": waits.age},
        "place": waits.place,
        "asked": stage_view(waits.stage),
        "until": waits.until,
        "next": stage_view(waits.next),
        "asked_text": words.asks(waits),
        "score_text": words.score(waits),
        "place_text": words.place(waits),
        "before": [_rival(one, waits, words) for one in waits.before],
        "agents": [_candidate(one, waits, words) for one in waits.candidates],
    }


def _rival(rival: Rival, waits: Waits, words: Words) -> RivalView:
    return {
        "contact_id": rival.contact_id,
        "queue": rival.queue,
        "priority": rival.priority,
        "waited": rival.waited,
        "score": rival.score,
        "by": list(rival.by),
        "because": words.because(rival, waits),
        "text": words.rival(rival, waits),
    }


def _candidate(candidate: Candidate, waits: Waits, words: Words) -> CandidateView:
    return {
        "agent_id": candidate.agent_id,
        "able": candidate.able,
        "free": not candidate.obstacles,
        "obstacles": [one.code.value for one in candidate.obstacles],
        "text": words.candidate(candidate, waits.medium),
    }


def _step(step: Step, words: Words) -> StepView:
    return {
        "what": step.what,
        "at": to_epoch(step.at),
        "agent_id": step.agent_id,
        "data": dict(step.data),
        "text": words.step(step),
    }
