"""``queue``: the flow ends, the customer waits for an agent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field

from config.base import Int, Name, Proficiency, SkillName
from ivr.nodes.base import Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.values import Variable
from ivr.outcome import ToQueue


def language_skill(language: str) -> str:
    """The skill that speaking ``language`` is: ``language.zh-CN``."""
    return f"language.{language}"


class Queue(Node):
    """``language_skill`` asks for an agent who speaks the conversation's language at
    least so well; ``skills`` add to the queue's own, ``priority`` replaces it.
    ``attributes`` picks the variables that go with the contact (all, unless given)."""

    type: Literal["queue"]
    prompts: Prompts = ()
    queue: Name
    skills: dict[SkillName, Proficiency] = Field(default_factory=dict)
    language_skill: Proficiency | None = None
    priority: Int | None = Field(default=None, ge=-1000, le=1000)
    attributes: tuple[Variable, ...] | None = None

    ENDS: ClassVar[bool] = True

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    def needs(self) -> Iterable[tuple[str, str]]:
        yield "queue", self.queue
        for name in self.attributes or ():
            yield "variable", name

    async def run(self, visit: Visit) -> ToQueue:
        await visit.say(self.prompts)
        state = visit.state
        skills = dict(self.skills)
        if self.language_skill is not None:
            skills[language_skill(state.language)] = self.language_skill
        wanted = state.variables if self.attributes is None else self.attributes
        return ToQueue(
            queue=self.queue,
            skills=skills,
            priority=self.priority,
            attributes={k: v for k, v in state.variables.items() if k in wanted},
            language=state.language,
        )
