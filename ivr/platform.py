"""What a flow may use: the names the configuration defines, and the prompts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from config.hours import Hours
from config.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Prompts map id -> language -> text. ``transfer_numbers`` are the numbers outside
    to which a flow may send a customer; none unless they are listed."""

    prompts: Mapping[str, Mapping[str, str]]
    queues: Collection[str] = ()
    agents: Collection[str] = ()
    skills: Collection[str] = ()
    hours: Mapping[str, Hours] = field(default_factory=dict)
    transfer_numbers: Collection[str] = ()

    @classmethod
    def of(cls, settings: Settings, prompts: Mapping[str, Mapping[str, str]]) -> Platform:
        """What ``settings`` define."""
        return cls(
            prompts=prompts,
            queues=tuple(settings.queues),
            agents=tuple(settings.agents),
            skills=tuple(settings.skills),
            hours=settings.hours,
        )

    def names(self, kind: str) -> Collection[str]:
        """All that a node may name of ``kind``: queue, hours, agent, number, skill."""
        return {
            "queue": self.queues,
            "hours": self.hours,
            "agent": self.agents,
            "number": self.transfer_numbers,
            "skill": self.skills,
        }[kind]
