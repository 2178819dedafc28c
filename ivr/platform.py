"""What a flow may use: the names the configuration defines, and the prompts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from config.hours import Hours
from config.model import Settings
from config.trunks import OutboundRoute
from ivr.abilities import Abilities, abilities_of
from ivr.intents import Intents


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Prompts map id -> language -> text. ``routes`` are the outbound routes: a flow may
    send a customer to a number that one of them takes, and to no other.
    ``may_call_back`` tells whether a customer may be called at a number,
    ``other_numbers`` whether they may name another than the one they call from.
    ``abilities`` is what can be said and heard, ``intents`` what can be wanted."""

    prompts: Mapping[str, Mapping[str, str]]
    queues: Collection[str] = ()
    agents: Collection[str] = ()
    skills: Collection[str] = ()
    hours: Mapping[str, Hours] = field(default_factory=dict)
    routes: Collection[OutboundRoute] = ()
    may_call_back: Callable[[str], bool] = field(default=lambda number: False)
    other_numbers: bool = False
    abilities: Abilities = field(default_factory=Abilities)
    intents: Intents = field(default_factory=Intents)

    @classmethod
    def of(cls, settings: Settings, prompts: Mapping[str, Mapping[str, str]]) -> Platform:
        """What ``settings`` define."""
        return cls(
            prompts=prompts,
            queues=tuple(settings.queues),
            agents=tuple(settings.agents),
            skills=tuple(settings.skills),
            hours=settings.hours,
            routes=tuple(settings.routes.values()),
            may_call_back=lambda number: settings.dialled_for(number) is not None,
            other_numbers=settings.call_backs.other_numbers,
            abilities=abilities_of(settings),
            intents=Intents.of(settings),
        )

    def may_dial(self, number: str) -> bool:
        """Whether an outbound route takes ``number``."""
        return any(route.takes(number) for route in self.routes)

    def names(self, kind: str) -> Collection[str]:
        """All that a node may name of ``kind``: queue, hours, agent, skill, intent."""
        return {
            "queue": self.queues,
            "hours": self.hours,
            "agent": self.agents,
            "skill": self.skills,
            "intent": self.intents.labels,
        }[kind]

    def intent_of(self, text: str, allowed: Sequence[str]) -> tuple[str, float] | None:
        """The likeliest of ``allowed`` and the confidence; None if there is nothing to go by."""
        return self.intents.find(text, allowed)
