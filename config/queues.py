"""Queues: what a contact needs, how long it may wait, what happens otherwise."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from config.base import Int, Label, Name, Proficiency, Seconds, Section, SkillName, refused

_DESTINATION = re.compile(r"(queue|flow):([a-z0-9][a-z0-9_-]{0,39})|hangup")


class Destination(Section):
    """Where a contact is sent; written ``queue:NAME``, ``flow:NAME`` or ``hangup``."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def _destination(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _DESTINATION.fullmatch(value)
    if match is None:
        raise refused("'queue:NAME', 'flow:NAME' or 'hangup'")
    return Destination(kind=match[1] or "hangup", name=match[2] or "")


Target = Annotated[Destination, BeforeValidator(_destination)]


class ServiceLevel(Section):
    """The target: ``percent`` of contacts answered within ``seconds``."""

    percent: Int = Field(default=80, ge=1, le=100)
    seconds: Seconds = 20


class Overflow(Section):
    """Where contacts go that cannot (any longer) wait in the queue."""

    full: Target = Destination(kind="hangup")
    closed: Target = Destination(kind="hangup")
    after_seconds: Seconds | None = None  # None: they may wait for ever
    after: Target = Destination(kind="hangup")


class Queue(Section):
    """One queue. ``skills`` gives the least proficiency (1..10) an agent needs."""

    name: str = ""
    label: Label = Label({})
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    priority: Int = Field(default=0, ge=-100, le=100)  # higher first, across queues
    music: Name = "default"
    ring_seconds: Seconds = Field(default=20, ge=3, le=300)
    wrap_up_seconds: Seconds = 30
    service_level: ServiceLevel = ServiceLevel()
    max_waiting: Int = Field(default=200, ge=1, le=100_000)
    announce_every_seconds: Seconds = Field(default=30, ge=5, le=3600)  # position
    hours: Name | None = None  # None: always open
    overflow: Overflow = Overflow()
    recorded: bool = True
