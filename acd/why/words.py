"""Explanations as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from acd.assignment_states import AssignmentState
from acd.model import Medium, PassedOn
from acd.requirement import ANYONE, NOBODY, Requirement, RequirementError, load
from acd.why.explanations import Why
from acd.why.steps import Step
from acd.why.texts import REASONS_ZH, TEXTS, Language
from acd.why.waiting import Candidate, Cause, Code, Obstacle, Rival, Stage, Waits
from core.clock import to_epoch

_NAMED = 3  # agents that would have come next


class Words:
    """The sentences of one language; each method makes one text."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = TEXTS[language]

    def text(self, key: str, **values: object) -> str:
        """The text ``key``, its places filled."""
        return self._texts[key].format(**values)

    def joined(self, parts: Sequence[str]) -> str:
        return self.text("join").join(parts)

    def medium(self, medium: Medium) -> str:
        return self.text(f"medium.{medium.value}")

    # The whole.

    def summary(self, why: Why) -> str:
        """Where it is and why, in one or two sentences."""
        if why.waits is not None:
            waits = why.waits
            return self.text(
                "waits", queue=waits.queue, waited=clock(waits.waited), cause=self.cause(waits)
            )
        offered = [step for step in why.steps if step.what == "offered"]
        served = [n for n, s in enumerate(why.steps) if s.what in ("connected", "transferred")]
        if served:
            last = why.steps[served[-1]]
            if last.what == "transferred":
                return self._sentence(self.step(last))
            before = [s for s in why.steps[: served[-1]] if s.what == "offered"]
            because = self._sentence(self.step(before[-1])) if before else ""
            return self.text("went", agent=last.agent_id or "-", because=because).strip()
        last_step = why.steps[-1] if why.steps else None
        if last_step is not None and last_step.what in ("offered", "answered") and offered:
            because = self._sentence(self.step(offered[-1]))
            return self.text("rings", agent=last_step.agent_id or "-", because=because)
        ending = self._sentence(self.step(last_step)) if last_step else ""
        return ending if offered else f"{self.text('never')} {ending}".strip()

    def _sentence(self, text: str) -> str:
        return text + self.text("stop")

    # Why it waits.

    def cause(self, waits: Waits) -> str:
        able = [one for one in waits.candidates if one.able]
        here = [one for one in able if not any(o.code is Code.LOGGED_OUT for o in one.obstacles)]
        free = [one for one in able if not one.obstacles]
        left = clock(waits.until - waits.at) if waits.until is not None else "-"
        return self.text(
            f"cause.{waits.cause.value}", left=left, medium=self.medium(waits.medium),
            able=len(able), here=len(here), free=len(free), count=waits.place - 1,
        )  # fmt: skip

    def asks(self, waits: Waits) -> list[str]:
        """What is asked now, for how long, and what comes then."""
        stage, found = waits.stage, []
        if stage is not None:
            if stage.asked.only is not None:
                found.append(self._only(stage, waits.at))
            if stage.asked.only is None or stage.asked.requirement != ANYONE:
                found.append(self.text("asks", asked=self.requirement(stage.asked.requirement)))
            if stage.step:
                found.append(self.text("asks.step", step=stage.step, steps=stage.steps))
            if stage.passed_on is not None:
                found.append(self._passed_on(stage, stage.passed_on, waits.at))
            if stage.passed_over:
                found.append(self.text("asks.passed_over", count=stage.passed_over))
        found.append(self._next(waits))
        return found

    def _passed_on(self, stage: Stage, passed_on: PassedOn, at: float) -> str:
        key = "asks.back" if stage.asked.but is None else "asks.not_back"
        left = clock(to_epoch(passed_on.until) - at)
        return self.text(key, agent=passed_on.agent_id, left=left)

    def _only(self, stage: Stage, at: float) -> str:
        kind = self.text(f"preferred.{stage.preferred.value}") if stage.preferred else "-"
        left = clock(stage.until - at) if stage.until is not None else "-"
        return self.text("asks.only", only=stage.asked.only, kind=kind, left=left)

    def _next(self, waits: Waits) -> str:
        if waits.until is None:
            return self.text("asks.for_good")
        left = clock(waits.until - waits.at)
        if waits.cause is Cause.NOT_BEFORE or waits.next is None:
            return self.text("next.due", left=left)
        if waits.next.asked.only is not None:
            return self.text("next.only", left=left, only=waits.next.asked.only)
        asked = self.requirement(waits.next.asked.requirement)
        return self.text("next", left=left, asked=asked)

    def requirement(self, requirement: Requirement) -> str:
        """What is asked, as people write it."""
        if requirement == ANYONE:
            return self.text("any_agent")
        return self.text("nobody_at_all") if requirement == NOBODY else requirement.short

    def score(self, waits: Waits) -> str:
        return self.text(
            "score", score=points(waits.score), priority=waits.priority, age=points(waits.age)
        )

    def place(self, waits: Waits) -> str:
        if waits.place == 1:
            return self.text("place.first")
        return self.text("place", place=waits.place)

    def rival(self, rival: Rival, waits: Waits) -> str:
        """Who is before it, and in what."""
        return self.text(
            "rival", contact=rival.contact_id, queue=rival.queue, score=points(rival.score),
            by=self.because(rival, waits),
        )  # fmt: skip

    def because(self, rival: Rival, waits: Waits) -> str:
        """In what the other has more points."""
        by = []
        if "priority" in rival.by:
            by.append(self.text("rival.priority", theirs=rival.priority, mine=waits.priority))
        if "age" in rival.by:
            theirs, mine = clock(rival.waited), clock(waits.waited)
            if theirs != mine:
                by.append(self.text("rival.age", theirs=theirs, mine=mine))
        return self.joined(by or [self.text("rival.tie")])

    # What hinders an agent.

    def candidate(self, candidate: Candidate, medium: Medium) -> str:
        """All that is in the agent's way."""
        found = [self._obstacle(one, candidate, medium) for one in candidate.obstacles]
        return ("；" if self.language == "zh-CN" else "; ").join(found) or self.text("free")

    def _obstacle(self, obstacle: Obstacle, candidate: Candidate, medium: Medium) -> str:
        if obstacle.clause is not None:
            return obstacle.clause.in_words(self.language)
        key = f"obstacle.{obstacle.code.value}"
        holds = ""
        if obstacle.code is Code.NO_ROOM:
            if candidate.agent.assignments:
                holds = self._holds(candidate)
            else:
                key = "obstacle.too_small"
        return self.text(
            key, name=obstacle.name or "-", medium=self.medium(medium), has=obstacle.has,
            most=obstacle.most, needs=obstacle.needs, holds=holds,
        )  # fmt: skip

    def _holds(self, candidate: Candidate) -> str:
        counted = Counter(
            (one.medium, one.state, one.weight) for one in candidate.agent.assignments
        )
        parts = []
        for (medium, state, weight), count in counted.items():
            key = "hold" if state is AssignmentState.ACTIVE else f"hold.{state.value}"
            parts.append(
                self.text(key, count=count, medium=self.medium(medium), weight=count * weight)
            )
        return self.joined(parts)

    # The way it took.

    def step(self, step: Step) -> str:
        """One thing that happened, without its full stop."""
        data, agent = step.data, step.agent_id or "-"
        match step.what:
            case "offered":
                return self._offered(step.why, agent)
            case "queued":
                key = "step.queued_again" if data.get("again") else "step.queued"
                key = "step.queued_by" if data.get("passed_by") else key
                key = "step.queued_lost" if data.get("lost_by") else key
                return self.text(
                    key, queue=data.get("queue") or "-", priority=data.get("priority", 0),
                    agent=data.get("passed_by") or data.get("lost_by"),
                )  # fmt: skip
            case "prioritised":
                key = "step.prioritised_by" if data.get("by") else "step.prioritised"
                return self.text(
                    key, before=data.get("before", 0), priority=data.get("priority", 0),
                    by=data.get("by"),
                )  # fmt: skip
            case "offer_failed":
                outcome = str(data.get("outcome") or "")
                key = f"step.offer_failed.{outcome}"
                key = key if key in self._texts else "step.offer_failed"
                return self.text(key, agent=agent, outcome=outcome or "-")
            case "parked":
                key = f"step.parked.{data.get('why')}"
                return self.text(key if key in self._texts else "step.parked", agent=agent)
            case "ended":
                return self.text("step.ended", reason=self._reason(str(data.get("reason", ""))))
        return self.text(
            f"step.{step.what}", agent=agent, from_agent=data.get("from_agent") or "-",
            waited=clock(float(data.get("waited") or 0.0)), attempts=data.get("attempts", 0),
        )  # fmt: skip

    def _reason(self, reason: str) -> str:
        if self.language == "zh-CN" and reason in REASONS_ZH:
            return REASONS_ZH[reason]
        return reason.replace("_", " ") or "-"

    def _offered(self, why: Mapping[str, Any] | None, agent: str) -> str:
        if why is None:
            return self.text("step.offered.direct", agent=agent)
        if why.get("only") is not None:
            return self.text("step.offered.only", agent=agent)
        asked = self._canonical(str(why.get("asked", "")))
        if why.get("step"):
            asked += self.text("step.offered.relaxed", step=why["step"])
        following = [str(one) for one in why.get("next") or ()][:_NAMED]
        names = self.text("step.offered.next", names=self.joined(following)) if following else ""
        strategy = f"strategy.{why.get('strategy')}"
        told = self.text(
            "step.offered" if int(why.get("free") or 0) > 1 else "step.offered.one",
            agent=agent, score=points(float(why.get("score") or 0.0)),
            waiting=why.get("waiting", "-"), asked=asked, able=why.get("able", "-"),
            free=why.get("free", "-"), next=names,
            strategy=self.text(strategy) if strategy in self._texts else why.get("strategy"),
        )  # fmt: skip
        return told + self.text("step.offered.back", agent=agent) if why.get("back") else told

    def _canonical(self, text: str) -> str:
        try:
            return self.requirement(load(text))
        except RequirementError:
            return text  # written by another version


def clock(seconds: float) -> str:
    """``0:07``, ``12:34``, ``1:00:00``."""
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def points(score: float) -> str:
    """A score with as many places as tell something."""
    return f"{score:.1f}".removesuffix(".0")
