"""``set``: give variables values, choose a language, go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from config.base import Language, Name, Section
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.values import Constant, Variable


class Assignment(Section):
    """Values to keep; ``language`` switches every later prompt."""

    set: dict[Variable, Constant] = Field(default_factory=dict)
    language: Language | None = None

    def apply(self, visit: Visit) -> None:
        """Make it so."""
        visit.state.variables.update(self.set)
        if self.language is not None:
            visit.choose_language(self.language)

    def needed(self) -> Iterable[tuple[str, str]]:
        """Its language, which the flow must know."""
        if self.language is not None:
            yield "language", self.language


class Set(Assignment, Node):
    """At least one of ``set`` and ``language``."""

    type: Literal["set"]
    next: Name

    def exits(self) -> Iterable[Exit]:
        yield Exit("next", self.next)

    def sets(self) -> Iterable[str]:
        yield from self.set

    def needs(self) -> Iterable[tuple[str, str]]:
        yield from self.needed()

    async def run(self, visit: Visit) -> str:
        self.apply(visit)
        return self.next
