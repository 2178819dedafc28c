"""What a flow ends with. The engine only decides; the entrance carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from acd.model import EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """Let the customer wait in ``queue``. ``skills`` (skill -> least proficiency) are
    added to what the queue itself asks for, as is the expression ``requires``;
    ``priority`` (higher first) replaces the queue's, None leaves it. ``attributes`` are the
    flow's variables, for the router and the agent's screen."""

    queue: str
    skills: Mapping[str, int] = field(default_factory=dict)
    requires: str = ""
    priority: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCallBack(ToQueue):
    """Let them hang up and wait in ``queue`` all the same; they are called at ``number``
    (personal), which an outbound route for call-backs takes."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToVoicemail(ToQueue):
    """Record a message of at most ``longest_seconds`` and let it wait in ``queue`` as a
    task."""

    longest_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAgent:
    """Offer the contact to one agent; if that agent cannot take it, to ``queue``."""

    agent_id: str
    queue: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToNumber:
    """Connect the customer with a number outside; written in the flow file and taken
    by an outbound route, never made of what a customer pressed."""

    number: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the contact for ``reason``. ``by_customer``: they are gone already."""

    reason: EndReason
    by_customer: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)


Outcome: TypeAlias = ToQueue | ToCallBack | ToVoicemail | ToAgent | ToNumber | Hangup
