"""The customer's mood: its marks, and supervisors' verdicts on alerts, from which the
site's threshold is learnt. And whether agents' voices may be judged."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from acd.records.queries import ContactHistory
from acd.router import Router
from app.hearing.agent_leg import AgentLeg, Decision
from app.hearing.calibration import CalibrationStore
from app.hearing.live_log import LiveLog
from app.hearing.marks import MarkNotFound, Marks
from app.hearing.moods import Moods
from app.hearing.tables import EmotionMark
from app.hearing.transcripts import TranscriptStore
from app.http.heard import require_known
from app.http.routes import Body, Call, Needs, Query, Route
from core.clock import Clock, to_epoch
from core.errors import Unavailable

_STORED_SECONDS: Final = 5.0  # a mark is stored a moment after it is told
_LOOK_SECONDS: Final = 0.2
_PAGE: Final = 1000


class Verdict(Body):
    """Whether the alert was right."""

    verdict: Literal["right", "wrong"]


class AgentLegChoice(Body):
    """``reason`` says why it is lawful here, or why it is not wanted any more."""

    allowed: bool
    reason: str = Field(min_length=10, max_length=1000)


class EmotionQuery(Query):
    """``readings``: with the readings of the last day."""

    readings: bool = False


class MarkView(TypedDict):
    """``mark`` is the number of the event in the live log. ``text`` says why, in both
    languages, with the customer's ``words``. ``verdict`` is right, wrong or null."""

    mark: int
    at: float
    kind: str
    score: float
    reasons: list[Any]
    words: list[str]
    text: dict[str, str]
    verdict: str | None
    verdict_by: str | None


class EmotionView(TypedDict):
    """``score`` is the newest (null: none, or over), ``readings`` are ``[seconds of the
    conversation, score]`` (null unless asked for)."""

    contact_id: str
    score: float | None
    tense: bool
    marks: list[MarkView]
    readings: list[list[float]] | None


class SiteView(TypedDict):
    """What was learnt: of how many calls, and from how many verdicts. ``threshold`` is in
    standard deviations above the peak of the site's median call."""

    calls: int
    right: int
    wrong: int
    missed: int
    alert_share: float
    precision: float
    threshold: float


class AgentLegView(TypedDict):
    """``audit_id`` is the audit's entry of the decision, null if nobody ever decided."""

    allowed: bool
    audit_id: str | None
    decided_by: str | None
    at: float | None
    reason: str | None


class EmotionApi:
    """Routes of moods."""

    def __init__(
        self, *, store: TranscriptStore, marks: Marks, moods: Moods, live_log: LiveLog,
        calibration: CalibrationStore, agent_leg: AgentLeg, router: Router,
        history: ContactHistory, clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._marks = marks
        self._moods = moods
        self._log = live_log
        self._calibration = calibration
        self._agent_leg = agent_leg
        self._router = router
        self._history = history
        self._clock = clock

    @property
    def routes(self) -> list[Route]:
        one = "/api/contacts/{contact_id}/emotion"
        tags = ("hearing",)
        return [
            Route(
                method="GET", path=one, needs=Needs.KNOWN_CONTACT, handler=self._show,
                query=EmotionQuery, returns=EmotionView, tags=tags,
                summary="The customer's mood: marks, and why",
            ),
            Route(
                method="POST", path=f"{one}/{{mark}}/verdict", needs=Needs.SUPERVISOR,
                handler=self._verdict, body=Verdict, action="contact.emotion.verdict", tags=tags,
                summary="Say whether an alert was right; the site learns from it",
            ),
            Route(
                method="POST", path=f"{one}/missed", needs=Needs.SUPERVISOR,
                handler=self._missed, action="contact.emotion.missed", tags=tags,
                summary="Say that the customer was tense and no alert came",
            ),
            Route(
                method="GET", path="/api/emotion/site", needs=Needs.SUPERVISOR,
                handler=self._site, returns=SiteView, tags=tags,
                summary="What the site has learnt about alerts",
            ),
            Route(
                method="GET", path="/api/emotion/agent-leg", needs=Needs.SUPERVISOR,
                handler=self._agents, returns=AgentLegView, tags=tags,
                summary="Whether the mood of agents may be inferred",
            ),
            Route(
                method="PUT", path="/api/emotion/agent-leg", needs=Needs.SUPERVISOR,
                handler=self._decide, body=AgentLegChoice, returns=AgentLegView, tags=tags,
                action="emotion.agent_leg", summary="Decide it, by name and with a reason",
            ),
        ]  # fmt: skip

    async def _show(self, call: Call) -> EmotionView:
        contact_id = call.part("contact_id")
        await require_known(self._router, self._history, contact_id)
        row = self._moods.rows.get(contact_id)
        marks = [mark_view(one) for one in await self._store.marks(contact_id)]
        wanted = call.query_as(EmotionQuery).readings
        return {
            "contact_id": contact_id,
            "score": row["score"] if row is not None else None,
            "tense": row is not None and row["tense"],
            "marks": marks,
            "readings": await self._readings(contact_id) if wanted else None,
        }

    async def _readings(self, contact_id: str) -> list[list[float]]:
        found: list[list[float]] = []
        after = 0
        while events := await self._log.read(contact_id, after=after, count=_PAGE):
            after = int(events[-1].data["n"])
            found += [
                [event.data.get("at", 0.0), event.data.get("score", 0.0)]
                for event in events
                if event.type == "emotion.read" and event.data.get("leg") != "agent"
            ]
        return found

    async def _verdict(self, call: Call) -> None:
        contact_id, right = call.part("contact_id"), call.body_as(Verdict).verdict == "right"
        text = call.part("mark")
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) == 0:
            raise MarkNotFound(f"{text!r} is no mark.", hint="It is the number of an event.")
        async with asyncio.timeout(_STORED_SECONDS * 2):
            new = await self._judge(contact_id, int(text), right=right, by=call.me.id)
        if new:
            await self._calibration.verdict(right=right)

    async def _judge(self, contact_id: str, n: int, *, right: bool, by: str) -> bool:
        """As :meth:`Marks.judge`; waits a moment for a mark that was told just now."""
        tries = int(_STORED_SECONDS / _LOOK_SECONDS)
        for _ in range(tries):
            try:
                return await self._marks.judge(
                    contact_id, n, right=right, by=by, at=self._clock.now()
                )
            except MarkNotFound:
                told = await self._log.read(contact_id, after=n - 1, count=1)
                if not told or told[0].data["n"] != n or told[0].type != "emotion.crossed":
                    raise
            await asyncio.sleep(_LOOK_SECONDS)
        raise Unavailable("The alert is not stored yet.", hint="Try again in a moment.")

    async def _missed(self, call: Call) -> None:
        await require_known(self._router, self._history, call.part("contact_id"))
        await self._calibration.miss()

    async def _site(self, _call: Call) -> SiteView:
        site = await self._calibration.load()
        return {
            "calls": site.calls,
            "right": site.feedback["right"],
            "wrong": site.feedback["wrong"],
            "missed": site.feedback["missed"],
            "alert_share": site.alert_share,
            "precision": site.precision,
            "threshold": round(site.threshold, 3),
        }

    async def _agents(self, _call: Call) -> AgentLegView:
        return _decision(await self._agent_leg.load())

    async def _decide(self, call: Call) -> AgentLegView:
        want = call.body_as(AgentLegChoice)
        if call.audit_id is None:
            raise Unavailable("This cannot be noted.", hint="It is decided with an audit only.")
        decision = Decision(
            id=call.audit_id, at=self._clock.now(), decided_by=call.me.id, allowed=want.allowed,
            reason=want.reason,
        )  # fmt: skip
        await self._agent_leg.decide(decision)
        return _decision(decision)


def mark_view(row: EmotionMark) -> MarkView:
    """``row`` as JSON."""
    why = row.reasons
    return {
        "mark": row.n,
        "at": to_epoch(row.at),
        "kind": row.kind,
        "score": row.score,
        "reasons": list(why.get("reasons", ())),
        "words": list(why.get("words", ())),
        "text": dict(why.get("text", {})),
        "verdict": row.verdict,
        "verdict_by": row.verdict_by,
    }


def _decision(made: Decision | None) -> AgentLegView:
    if made is None:
        return {"allowed": False, "audit_id": None, "decided_by": None, "at": None, "reason": None}
    return {
        "allowed": made.allowed,
        "audit_id": made.id,
        "decided_by": made.decided_by,
        "at": to_epoch(made.at),
        "reason": made.reason,
    }
