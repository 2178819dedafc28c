"""Queues: what a contact needs, how long it may wait, what happens otherwise."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from config.base import Int, Label, Name, Proficiency, Seconds, Section, SkillName, refused
from config.capacity import Medium

_DESTINATION = re.compile(
    r"(queue|flow):([a-z0-9][a-z0-9_-]{0,39})|(message):([a-z0-9][a-z0-9._-]{0,79})"
    r"|hangup|voicemail|call_back"
)


class Destination(Section):
    """Where a contact is sent; written ``queue:NAME``, ``flow:NAME``, ``message:PROMPT``
    (say this and hang up), ``voicemail``, ``call_back`` or ``hangup``."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def _destination(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DESTINATION.fullmatch(value)
    if match is None:
        raise refused(
            "'queue:NAME', 'flow:NAME', 'message:PROMPT', 'voicemail', 'call_back' or 'hangup'"
        )
    return Destination(kind=match[1] or match[3] or str(value), name=match[2] or match[4] or "")


Target = Annotated[Destination, BeforeValidator(_destination)]


class ServiceLevel(Section):
    """The target: ``percent`` of contacts answered within ``seconds``."""

    percent: Int = Field(default=80, ge=1, le=100)
    seconds: Seconds = 20


class Overflow(Section):
    """Where contacts go that cannot (any longer) wait in the queue. ``too_long`` is for
    those who would have to wait longer than ``longest_expected_wait_seconds``; without
    it ``full`` is."""

    full: Target = Destination(kind="hangup")
    too_long: Target | None = None
    closed: Target = Destination(kind="hangup")
    after_seconds: Seconds | None = None  # None: they may wait for ever
    after: Target = Destination(kind="hangup")

    @model_validator(mode="after")
    def _possible(self) -> Overflow:
        for name in ("full", "closed"):
            if getattr(self, name).kind == "call_back":
                raise refused(
                    f"something other than 'call_back' for '{name}': who is to be called back "
                    "waits in this queue"
                )
        return self


class Strategy(StrEnum):
    """Which of several able agents gets the contact."""

    LONGEST_IDLE = "longest_idle"
    LEAST_OCCUPIED = "least_occupied"  # share of the day with something in hand
    BEST_PROFICIENCY = "best_proficiency"  # in what the contact asks for
    ROUND_ROBIN = "round_robin"  # whose last turn in this queue is longest ago
    WEIGHTED = "weighted"  # fewest contacts today for their weight
    MOST_EXPERIENCED = "most_experienced"


class Ordering(StrEnum):
    """How the contacts of a queue age against those of others."""

    AGE = "age"  # by the queue's ageing rate
    SERVICE_LEVEL = "service_level"  # faster, the shorter the queue's target is


class Relaxation(Section):
    """After so many seconds of waiting less is asked: proficiencies are lowered, skills
    dropped, and whoever serves the queues ``also`` may take the contact too. Each step
    adds to those before it."""

    after_seconds: Seconds = Field(gt=0)
    lower: dict[SkillName, Proficiency] = Field(default_factory=dict)
    drop: tuple[SkillName, ...] = ()
    also: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Relaxation:
        if not (self.lower or self.drop or self.also):
            raise refused("at least one of 'lower', 'drop' and 'also'")
        return self


class QueueCallBacks(Section):
    """Customers who wait by telephone may hang up and be called when it is their turn.

    They are told so once they have waited for ``offer_after_seconds`` (0: at the first
    announcement; not given: never), and may press 1. A customer who is not reached is
    called again after ``retry_seconds``, ``attempts`` times in all.
    """

    offer_after_seconds: Seconds | None = None
    attempts: Int = Field(default=3, ge=1, le=20)
    retry_seconds: Annotated[Seconds, Field(ge=1)] = 300


class Queue(Section):
    """One queue. ``skills`` gives the least proficiency (1..10) an agent needs;
    ``requires`` is what else is asked, as an expression over skills and attributes.

    ``ageing`` is how many points of priority a minute of waiting is worth. Whoever was
    served by an agent in the last days is offered to that one alone for
    ``last_agent_seconds``, and who has an agent of their own (the attribute
    ``dedicated_agent``) to that one for ``dedicated_agent_seconds``. An agent who transfers
    a contact to the queue is not offered it again for ``transfer_back_after_seconds``,
    unless nobody else could take it.
    """

    name: str = ""
    label: Label = Label({})
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    requires: Annotated[str, Field(max_length=2000)] = ""
    relax: tuple[Relaxation, ...] = Field(default=(), max_length=20)
    priority: Int = Field(default=0, ge=-100, le=100)  # higher first, across queues
    ageing: float = Field(default=1, ge=0, le=1000)
    ordering: Ordering = Ordering.AGE
    strategy: Strategy = Strategy.LONGEST_IDLE
    last_agent_seconds: Seconds = 0
    dedicated_agent_seconds: Seconds = 0
    transfer_back_after_seconds: Seconds = 60  # to who transferred it; 0: at once
    music: Name = "default"
    ring_seconds: Annotated[Seconds, Field(ge=3, le=300)] = 20
    wrap_up_seconds: Seconds = 30
    wrap_up: dict[Medium, Seconds] = Field(default_factory=dict)  # where it differs
    service_level: ServiceLevel = ServiceLevel()
    expected_handling_seconds: Annotated[Seconds, Field(ge=1)] = 240  # until enough was seen
    max_waiting: Int = Field(default=200, ge=1, le=100_000)
    longest_expected_wait_seconds: Seconds | None = Field(default=None, gt=0)
    announce_every_seconds: Annotated[Seconds, Field(ge=5, le=3600)] = 30  # position
    hours: Name | None = None  # None: always open
    overflow: Overflow = Overflow()
    call_back: QueueCallBacks = QueueCallBacks()
    recorded: bool = True
    consent_required: bool = False  # recorded only where the customer agreed in the flow
    recordings_keep_days: Int | None = Field(default=None, ge=0, le=36_500)  # None: company's
    heard: bool = True  # their words are recognised, where the section 'hearing' says so

    @model_validator(mode="after")
    def _in_order(self) -> Queue:
        steps = [step.after_seconds for step in self.relax]
        if steps != sorted(set(steps)):
            raise refused("the steps of 'relax' in the order of their 'after_seconds'")
        return self
