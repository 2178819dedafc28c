"""Agents and supervisors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from config.base import (
    AttributeName,
    Constant,
    Extension,
    Int,
    Label,
    Language,
    Name,
    Number,
    Proficiency,
    Seconds,
    Section,
    SkillName,
    matching,
    refused,
)
from config.capacity import Medium

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
    """One person. ``id`` is the log-in; ``extension`` is the phone (and its SIP user).

    ``capacity`` is shared by all media, and ``most`` limits single ones where it differs
    from the company's. ``weight`` is the share of contacts under the strategy
    ``weighted``. Requirements call ``team``, ``experience`` and ``attributes``
    ``agent.NAME``.
    """

    id: str = ""
    name: Label = Label({})
    extension: Extension
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    team: Name | None = None
    experience: float = Field(default=0, ge=0, le=100)  # years, or any number that grows with it
    attributes: dict[AttributeName, Constant] = Field(default_factory=dict)
    capacity: Int = Field(default=100, ge=1, le=10_000)
    most: dict[Medium, Annotated[Int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    weight: float = Field(default=1, gt=0, le=1000)
    languages: tuple[Language, ...] = ()  # of the workspace; the first is its default
    roles: tuple[Role, ...] = Field(default=(Role.AGENT,), min_length=1)
    phone: Phone = _REGISTERED
    wrap_up_seconds: Seconds | None = None  # in all media; None: the queue's
    recorded: bool = True
    may_dial: tuple[Name, ...] = ()  # rights of 'outbound.guarded' and of routes
    # What they may show on calls out; the first is shown unless they choose another.
    caller_ids: tuple[Number, ...] = ()

    @model_validator(mode="after")
    def _own_attributes(self) -> AgentSettings:
        if taken := {"id", "team", "experience"} & set(self.attributes):
            raise refused(f"other names in 'attributes' than {', '.join(sorted(taken))}")
        return self

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
    def own_attributes(self) -> dict[str, bool | int | float | str]:
        """What requirements call ``agent.NAME``."""
        team = {} if self.team is None else {"team": self.team}
        return {**self.attributes, **team, "id": self.id, "experience": self.experience}

    @property
    def is_agent(self) -> bool:
        return Role.AGENT in self.roles

    @property
    def is_supervisor(self) -> bool:
        return Role.SUPERVISOR in self.roles
