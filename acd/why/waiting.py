"""Why a contact waits: what it asks for, who is before it, what hinders each agent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from acd import choice, order
from acd.agent_states import Presence
from acd.assignment_states import AssignmentState
from acd.capacity import Policies, fits, used
from acd.model import Agent, AgentConfig, Contact, Medium, PassedOn, PreferredKind
from acd.placement import NO_LIMIT, Asked, Placement, Queues, place
from acd.requirement import Clause, failing
from core.clock import from_epoch, to_epoch

_PARKED = AssignmentState.PARKED
_MOST_RIVALS = 10  # that are named; all are counted
_BREATH = 200


class Cause(StrEnum):
    """What keeps the contact waiting, the first that applies."""

    NOT_BEFORE = "not_before"  # a call-back that is due later
    IN_SLOT = "in_slot"  # parked, to be picked up
    NOBODY_LEADS = "nobody_leads"  # no router matches at present
    NODE_GONE = "node_gone"  # what carries the contact does not live
    MEDIUM_SHUT = "medium_shut"  # its medium is not served at present
    NOBODY_FITS = "nobody_fits"  # no agent meets what is asked
    NOBODY_HERE = "nobody_here"  # who meets it is not logged in
    NOBODY_FREE = "nobody_free"  # who meets it takes nothing, or has no room
    OTHERS_FIRST = "others_first"  # somebody is free, and is for who is before it
    BEING_OFFERED = "being_offered"  # somebody is free: this very moment


class Code(StrEnum):
    """What stands between an agent and the contact."""

    RESERVED = "reserved"  # the contact is for another agent at present
    PASSED_ON = "passed_on"  # the agent has just sent it to the queue
    EXCLUSIVE = "exclusive"  # the agent takes other contacts only
    CLAUSE = "clause"  # something asked is not met
    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    TAKES_NONE = "takes_none"  # no contact of this medium, whatever they have
    ALIKE = "alike"  # as many of this medium as they may have
    NO_ROOM = "no_room"


UNFIT = frozenset({Code.RESERVED, Code.PASSED_ON, Code.EXCLUSIVE, Code.CLAUSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing in the way. ``clause`` for ``clause``; ``name`` is whom the contact is
    for, the exclusive skill or the not-ready reason; ``has``, ``most`` and ``needs`` are
    contacts (``alike``) or shares of capacity (``no_room``)."""

    code: Code
    clause: Clause | None = None
    name: str = ""
    has: int = 0
    most: int = 0
    needs: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent beside the contact; without obstacles they could take it now."""

    agent_id: str
    agent: Agent
    obstacles: tuple[Obstacle, ...]

    @property
    def able(self) -> bool:
        """Whether they meet what is asked, there or not, free or not."""
        return not any(one.code in UNFIT for one in self.obstacles)


@dataclass(frozen=True, slots=True)
class Rival:
    """A contact before this one that some of the same agents could take. ``by`` has
    ``priority`` and ``age``: in which of the two it has more points."""

    contact_id: str
    queue: str
    priority: int
    waited: float
    score: float
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What is asked until ``until`` (epoch seconds; None: as long as it waits).
    ``steps`` relaxations are configured and ``step`` in force; ``passed_over`` stages
    were left out because nobody logged in meets them. ``passed_on`` is who has just passed
    it on: it is kept from them, or not, if ``asked`` is of anybody."""

    asked: Asked
    until: float | None
    step: int
    steps: int
    passed_over: int
    preferred: PreferredKind | None = None
    passed_on: PassedOn | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """``stage`` (None: it is offered to nobody yet) until ``until`` (epoch seconds; None:
    as long as it waits), then ``next``, as things are now."""

    stage: Stage | None
    until: float | None
    next: Stage | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """All of it, at one moment. ``score`` is ``priority`` plus ``age``, the points for
    waiting; ``place`` counts from 1 among those who compete for the same agents."""

    cause: Cause
    at: float
    waited: float
    queue: str
    medium: Medium
    stage: Stage | None  # None: nobody may be offered it before ``until``
    until: float | None
    next: Stage | None
    priority: int
    age: float
    score: float
    place: int
    before: tuple[Rival, ...]  # the first few
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """What a router knows at one moment; ``contacts`` are those that wait."""

    now: datetime
    queues: Queues
    policies: Policies
    contacts: Sequence[Contact]
    agents: Mapping[str, tuple[Agent, AgentConfig]]
    shown: Collection[str]  # agents to speak of; never who takes other contacts only


async def look(contact: Contact, scenery: Scenery, hindrance: Cause | None) -> Waits:
    """Why ``contact``, which waits, does so. ``hindrance`` is what keeps it whoever is
    free. Pauses now and then: thousands may wait."""
    return await _Look(contact, scenery).run(hindrance)


def asks(contact: Contact, scenery: Scenery) -> Asks:
    """What ``contact`` asks for; the contacts of ``scenery`` do not matter."""
    return _Look(contact, scenery).asks()


class _Look:
    def __init__(self, contact: Contact, scenery: Scenery) -> None:
        self.contact = contact
        self.scenery = scenery
        self.at = to_epoch(scenery.now)
        self._able: dict[Asked, frozenset[str]] = {}

    def asks(self) -> Asks:
        placement = self._place()
        return self._asks(placement)

    def _asks(self, placement: Placement) -> Asks:
        until = None if placement.until == NO_LIMIT else placement.until
        return Asks(self._stage(placement, self.at), until, self._next(placement))

    def _place(self) -> Placement:
        return place(self.contact, self.scenery.queues, self.scenery.now, self._anybody)

    async def run(self, hindrance: Cause | None) -> Waits:
        contact, scenery = self.contact, self.scenery
        assert contact.enqueued_at is not None
        placement = self._place()
        asked = self._asks(placement)
        rivals = await self._rivals(placement.asked) if placement.asked else []
        candidates = []
        for number, (agent_id, (agent, config)) in enumerate(sorted(scenery.agents.items())):
            await _breathe(number)
            obstacles = self._obstacles(placement.asked, agent, config)
            candidates.append(Candidate(agent_id, agent, obstacles))
        score = order.score(contact.rank, contact.slope, self.at)
        return Waits(
            cause=hindrance or _cause(contact, asked.stage, candidates, rivals),
            at=self.at,
            waited=max(0.0, self.at - to_epoch(contact.enqueued_at)),
            queue=contact.queue or "",
            medium=contact.medium,
            stage=asked.stage,
            until=asked.until,
            next=asked.next,
            priority=contact.priority,
            age=score - contact.priority,
            score=score,
            place=len(rivals) + 1,
            before=tuple(rivals[:_MOST_RIVALS]),
            candidates=tuple(c for c in candidates if self._is_shown(c)),
        )

    def _is_shown(self, candidate: Candidate) -> bool:
        exclusive = any(one.code is Code.EXCLUSIVE for one in candidate.obstacles)
        return not exclusive and candidate.agent_id in self.scenery.shown

    # What is asked.

    def _here(self, asked: Asked) -> frozenset[str]:
        """Who is logged in and meets what is asked."""
        found = self._able.get(asked)
        if found is None:
            found = self._able[asked] = frozenset(
                agent_id
                for agent_id, (agent, config) in self.scenery.agents.items()
                if agent.presence is not Presence.LOGGED_OUT
                and choice.eligible(asked, agent, config)
            )
        return found

    def _anybody(self, asked: Asked) -> bool:
        return bool(self._here(asked))

    def _stage(self, placement: Placement, at: float) -> Stage | None:
        if placement.asked is None:
            return None
        asked = placement.asked
        queue = self.scenery.queues.get(self.contact.queue or "")
        kind = next((w.kind for w in self.contact.preferred if w.agent_id == asked.only), None)
        passed_on = self.contact.passed_on
        if passed_on is not None and to_epoch(passed_on.until) <= at:
            passed_on = None
        # Those that keep it from an agent are told of by that.
        skipped = [s for s in placement.skipped if s.only is not None or s.but == asked.but]
        return Stage(
            asked,
            None if placement.until == NO_LIMIT else placement.until,
            placement.step,
            len(queue.relax) if queue is not None else 0,
            len(skipped) if self._anybody(asked) else 0,
            kind if asked.only is not None else None,
            passed_on if asked.only is None else None,
        )

    def _next(self, placement: Placement) -> Stage | None:
        """What comes when the present stage ends, as things are now."""
        if placement.until == NO_LIMIT:
            return None
        then = from_epoch(placement.until + 0.001)
        following = place(self.contact, self.scenery.queues, then, self._anybody)
        return self._stage(following, placement.until + 0.001)

    # Who is before it.

    async def _rivals(self, asked: Asked) -> list[Rival]:
        mine, at = self._key(self.contact), self.at
        able = self._here(asked)
        before = []
        for number, other in enumerate(self.scenery.contacts):
            await _breathe(number)
            if (key := self._key(other)) < mine:
                before.append((key, other))
        found = []
        for number, (_, other) in enumerate(sorted(before, key=lambda one: one[0])):
            await _breathe(number)
            theirs = place(other, self.scenery.queues, self.scenery.now, self._anybody).asked
            if theirs is None or self._here(theirs).isdisjoint(able):
                continue
            assert other.enqueued_at is not None
            score = order.score(other.rank, other.slope, at)
            found.append(
                Rival(
                    other.id, other.queue or "", other.priority,
                    max(0.0, at - to_epoch(other.enqueued_at)), score,
                    self._by(other, score),
                )
            )  # fmt: skip
        return found

    def _by(self, other: Contact, score: float) -> tuple[str, ...]:
        contact = self.contact
        age = order.score(contact.rank, contact.slope, self.at) - contact.priority
        by = ["priority"] if other.priority > contact.priority else []
        if score - other.priority > age:
            by.append("age")
        return tuple(by)

    def _key(self, contact: Contact) -> tuple[float, float, str]:
        """The order of all, as the board has it."""
        assert contact.enqueued_at is not None
        score = order.score(contact.rank, contact.slope, self.at)
        return -score, to_epoch(contact.enqueued_at), contact.id

    # What hinders an agent.

    def _obstacles(
        self, asked: Asked | None, agent: Agent, config: AgentConfig
    ) -> tuple[Obstacle, ...]:
        found = [] if asked is None else self._unfit(asked, agent, config)
        if agent.presence is Presence.LOGGED_OUT:
            found.append(Obstacle(code=Code.LOGGED_OUT))
        elif agent.presence is Presence.NOT_READY:
            found.append(Obstacle(code=Code.NOT_READY, name=agent.reason or ""))
        if not fits(agent, config, self.contact.medium, self.scenery.policies):
            found.append(self._no_room(agent, config))
        return tuple(found)

    def _unfit(self, asked: Asked, agent: Agent, config: AgentConfig) -> list[Obstacle]:
        if asked.only is not None and asked.only != agent.id:
            return [Obstacle(code=Code.RESERVED, name=asked.only)]
        if asked.but == agent.id:
            return [Obstacle(code=Code.PASSED_ON)]
        found = [
            Obstacle(code=Code.EXCLUSIVE, name=skill)
            for skill in sorted(agent.skills)
            if skill.startswith(choice.ONLY) and skill not in asked.requirement.skills
        ]
        found += [
            Obstacle(code=Code.CLAUSE, clause=clause)
            for clause in failing(asked.requirement, agent.skills, choice.attributes(config))
        ]
        return found

    def _no_room(self, agent: Agent, config: AgentConfig) -> Obstacle:
        medium = self.contact.medium
        policy = self.scenery.policies[medium]
        most = config.most.get(medium, policy.most)
        if most <= 0:
            return Obstacle(code=Code.TAKES_NONE)
        alike = sum(one.medium is medium and one.state is not _PARKED for one in agent.assignments)
        if alike >= most:
            return Obstacle(code=Code.ALIKE, has=alike, most=most)
        return Obstacle(
            code=Code.NO_ROOM, has=used(agent), most=config.capacity, needs=policy.weight
        )


async def _breathe(number: int) -> None:
    """Let others on the event loop have their turn, now and then."""
    if number % _BREATH == _BREATH - 1:
        await asyncio.sleep(0)


def _cause(
    contact: Contact, stage: Stage | None, candidates: Sequence[Candidate], rivals: Sequence[Rival]
) -> Cause:
    if stage is None:
        return Cause.NOT_BEFORE if contact.slot is None else Cause.IN_SLOT
    able = [one for one in candidates if one.able]
    if not able:
        return Cause.NOBODY_FITS
    here = [one for one in able if one.agent.presence is not Presence.LOGGED_OUT]
    if not here:
        return Cause.NOBODY_HERE
    if not any(not one.obstacles for one in here):
        return Cause.NOBODY_FREE
    return Cause.OTHERS_FIRST if rivals else Cause.BEING_OFFERED
