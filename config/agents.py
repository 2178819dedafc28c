"""Agents and supervisors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from config.base import (
    Extension,
    Label,
    Language,
    Proficiency,
    Seconds,
    Section,
    SkillName,
    matching,
    refused,
)

_REGISTERED = "registered"
Phone = Annotated[
    str,
    matching(
        r"registered|sip:[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?"
        r"(;transport=(udp|tcp|tls))?",
        "'registered' (the phone logs in) or the fixed address of a desk phone, "
        "e.g. sip:6001@192.0.2.50:5060",
    ),
]


class Role(StrEnum):
    """What a person may do."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"  # may also listen, whisper, barge and force states


class AgentSettings(Section):
    """One person. ``id`` is the log-in; ``extension`` is the phone (and its SIP user)."""

    id: str = ""
    name: Label = Label({})
    extension: Extension
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    languages: tuple[Language, ...] = ()  # of the workspace; the first is its default
    roles: tuple[Role, ...] = Field(default=(Role.AGENT,), min_length=1)
    phone: Phone = _REGISTERED
    wrap_up_seconds: Seconds | None = None  # None: the queue's
    recorded: bool = True

    @model_validator(mode="after")
    def _roles_once(self) -> AgentSettings:
        if len(set(self.roles)) != len(self.roles):
            raise refused("each role once in 'roles'")
        return self

    @property
    def static_contact(self) -> str | None:
        """The fixed SIP URI of a desk phone, or None when the phone registers."""
        return None if self.phone == _REGISTERED else self.phone

    @property
    def is_agent(self) -> bool:
        return Role.AGENT in self.roles

    @property
    def is_supervisor(self) -> bool:
        return Role.SUPERVISOR in self.roles
