"""``transfer``: the flow ends, the customer goes to one agent or to a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from config.base import Login, Name, Number, refused
from core.errors import NotAllowed
from ivr.nodes.base import Node, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.outcome import ToAgent, ToNumber


class NumberNotRouted(NotAllowed):
    """Customers may not be sent to this number."""

    code: ClassVar[str] = "ivr_number_not_routed"


class Transfer(Node):
    """Either ``agent`` with the ``queue`` for when that agent cannot take it, or a
    ``number``, written as an agent would dial it, that an outbound route takes. It is
    never made of variables: what a customer presses must not choose what we dial."""

    type: Literal["transfer"]
    prompts: Prompts = ()
    agent: Login | None = None
    queue: Name | None = None
    number: Number | None = None

    ENDS: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.agent is None) == (self.number is None):
            raise refused("one of 'agent' and 'number'")
        if (self.agent is None) != (self.queue is None):
            raise refused("'queue' (if the agent is away) with 'agent', and only then")
        return self

    def spoken(self) -> Iterable[PromptSpec]:
        yield from self.prompts

    def needs(self) -> Iterable[tuple[str, str]]:
        for kind in ("agent", "queue", "number"):
            if (name := getattr(self, kind)) is not None:
                yield kind, name

    async def run(self, visit: Visit) -> ToAgent | ToNumber:
        if self.number is not None and not visit.platform.may_dial(self.number):
            raise NumberNotRouted(
                "No outbound route takes the number of this node.",
                hint="Routes are listed under 'routes' in the configuration.",
            )
        await visit.say(self.prompts)
        state = visit.state
        attributes = dict(state.variables)
        if self.agent is not None and self.queue is not None:
            return ToAgent(
                agent_id=self.agent,
                queue=self.queue,
                attributes=attributes,
                language=state.language,
            )
        return ToNumber(number=self.number or "", attributes=attributes, language=state.language)
