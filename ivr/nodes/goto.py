"""``goto``: go on elsewhere, if wanted by the value of a variable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from config.base import Name, refused
from ivr.nodes.base import Exit, Node, Visit
from ivr.nodes.values import Variable


class Goto(Node):
    """With ``by``: the value of that variable, as text, is looked up in ``cases``;
    ``next`` is for every other value and for none."""

    type: Literal["goto"]
    by: Variable | None = None
    cases: dict[str, Name] = Field(default_factory=dict)
    next: Name

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.by is None) != (not self.cases):
            raise refused("'by' and 'cases' together, or neither")
        return self

    def exits(self) -> Iterable[Exit]:
        for value, to in self.cases.items():
            yield Exit(f"{self.by}={value}", to)
        yield Exit("next", self.next)

    def needs(self) -> Iterable[tuple[str, str]]:
        if self.by is not None:
            yield "variable", self.by

    async def run(self, visit: Visit) -> str:
        if self.by is None or self.by not in visit.state.variables:
            return self.next
        return self.cases.get(str(visit.state.variables[self.by]), self.next)
