"""What nodes that end in a queue have in common: which, and what is asked besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from config.base import Int, Name, Proficiency, SkillName
from ivr.nodes.base import Node, Visit
from ivr.nodes.values import Variable


def language_skill(language: str) -> str:
    """The skill that speaking ``language`` is: ``language.zh-CN``."""
    return f"language.{language}"


class QueueWish(Node):
    """``language_skill`` asks for an agent who speaks the conversation's language at
    least so well; ``skills`` and the expression ``requires`` add to what the queue asks,
    ``priority`` replaces the queue's. ``attributes`` picks the variables that go with the
    contact (all, unless given)."""

    queue: Name
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    language_skill: Proficiency | None = None
    requires: Annotated[str, Field(max_length=2000)] = ""
    priority: Int | None = Field(default=None, ge=-1000, le=1000)
    attributes: tuple[Variable, ...] | None = None

    def needs(self) -> Iterable[tuple[str, str]]:
        yield "queue", self.queue
        for name in self.attributes or ():
            yield "variable", name

    def wish(self, visit: Visit) -> dict[str, Any]:
        """The fields of :class:`ivr.outcome.ToQueue`."""
        state = visit.state
        skills = dict(self.skills)
        if self.language_skill is not None:
            skills[language_skill(state.language)] = self.language_skill
        wanted = state.variables if self.attributes is None else self.attributes
        return {
            "queue": self.queue,
            "skills": skills,
            "requires": self.requires,
            "priority": self.priority,
            "attributes": {k: v for k, v in state.variables.items() if k in wanted},
            "language": state.language,
        }
