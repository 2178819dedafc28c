"""Runs a flow against a conversation until it has an outcome.

Whatever happens, there is one: the customer may leave at any moment, press ten
thousand keys, or fall silent; a node may fail. Steps and time are bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from acd.model import EndReason
from core.clock import STEADY, Clock
from core.errors import BadInput, ParleyError
from core.log import get_logger
from ivr.conversation import Answer, Conversation, CustomerGone
from ivr.flow import Flow
from ivr.listen import Listen
from ivr.nodes.prompts import PromptSpec
from ivr.outcome import Hangup, Outcome
from ivr.platform import Platform
from ivr.state import FlowState, Value

log = get_logger(__name__)

Trace = Callable[[str, Mapping[str, Any]], None]
"""Told what happens: an event type (``ivr.node_entered``) and JSON values. Never
what a customer entered in a ``collect``. Must be quick."""

Save = Callable[[FlowState], Awaitable[None]]
"""Told the state before each node, to be kept for a restart."""

GRACE_SECONDS = 120.0
"""Beyond the flow's own limit of time, after which a node that does not end is cut off."""


class WrongFlow(BadInput):
    """A kept state belongs to another flow."""

    code: ClassVar[str] = "ivr_wrong_flow"


class Engine:
    """One customer's way through one flow; use it once.

    ``variables`` are added to the flow's own at the start. ``start_at`` continues
    where a state kept by ``save`` says: the customer hears that node from its
    beginning. ``customer_number`` is where they call from. Raises :class:`WrongFlow` if
    the state is of another flow.
    """

    def __init__(
        self,
        flow: Flow,
        conversation: Conversation,
        platform: Platform,
        *,
        variables: Mapping[str, Value] | None = None,
        start_at: FlowState | None = None,
        trace: Trace | None = None,
        save: Save | None = None,
        clock: Clock | None = None,
        customer_number: str = "",
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.flow = flow
        self.conversation = conversation
        self.platform = platform
        self.customer_number = customer_number
        self._on_trace = trace
        self._on_save = save
        self._clock = clock or STEADY
        self._grace_seconds = grace_seconds
        self._resumed = start_at is not None
        self.state = self._first_state(variables or {}) if start_at is None else start_at
        if self.state.flow != flow.name:
            raise WrongFlow(
                f"The customer was in the flow {self.state.flow!r}, not in {flow.name!r}.",
                hint="Continue with that flow, or start this one from its beginning.",
            )

    def _first_state(self, variables: Mapping[str, Value]) -> FlowState:
        spoken = self.conversation.language
        return FlowState(
            flow=self.flow.name,
            node=self.flow.start,
            language=spoken if spoken in self.flow.languages else self.flow.languages[0],
            variables={**self.flow.variables, **variables},
        )

    async def run(self) -> Outcome:
        """Go through the nodes. Never raises but when cancelled."""
        left = max(self.flow.limits.seconds - self.state.seconds, 0.0)
        self.conversation.language = self.state.language
        try:
            async with asyncio.timeout(left + self._grace_seconds):
                outcome = await self._steps()
        except CustomerGone:
            outcome = Hangup(
                reason=EndReason.ABANDONED_IN_IVR,
                by_customer=True,
                attributes=dict(self.state.variables),
            )
        except TimeoutError:
            log.error("ivr.node_stuck", contact=self._contact, node=self.state.node)
            outcome = self._broken()
        self.trace("ivr.ended", **_summary(outcome))
        return outcome

    async def _steps(self) -> Outcome:
        started, before = self._clock.monotonic(), self.state.seconds
        self.trace("ivr.resumed" if self._resumed else "ivr.started", flow=self.flow.name)
        if self.state.node not in self.flow.nodes:  # the file changed since the state was kept
            log.warning("ivr.node_gone", contact=self._contact, node=self.state.node)
            self.state.node = self.flow.start
        while True:
            self.state.seconds = round(before + self._clock.monotonic() - started, 3)
            if limit := self._exceeded():
                self.trace("ivr.limit_reached", limit=limit)
                return await self._fall_back()
            await self._save()
            self.state.steps += 1
            node = self.flow.nodes[self.state.node]
            self.trace("ivr.node_entered", type=node.type)
            try:
                result = await node.run(self)
            except CustomerGone:
                raise
            except Exception as error:
                self._failed(error)
                return await self._fall_back()
            if not isinstance(result, str):
                return result
            self.state.node = result

    def _exceeded(self) -> str | None:
        if self.state.steps >= self.flow.limits.steps:
            return "steps"
        return "seconds" if self.state.seconds >= self.flow.limits.seconds else None

    async def _fall_back(self) -> Outcome:
        """The flow's fallback node, which ends it; an end with an error if there is
        none or it fails as well."""
        if self.flow.fallback is None or self.flow.fallback == self.state.node:
            return self._broken()
        self.state.node = self.flow.fallback
        node = self.flow.nodes[self.flow.fallback]
        self.trace("ivr.node_entered", type=node.type)
        try:
            result = await node.run(self)
        except CustomerGone:
            raise
        except Exception as error:
            self._failed(error)
            return self._broken()
        return self._broken() if isinstance(result, str) else result

    def _broken(self) -> Hangup:
        return Hangup(reason=EndReason.ERROR, attributes=dict(self.state.variables))

    def _failed(self, error: Exception) -> None:
        code = error.code if isinstance(error, ParleyError) else "internal"
        log.error("ivr.node_failed", contact=self._contact, node=self.state.node, exc_info=error)
        self.trace("ivr.node_failed", code=code)

    async def _save(self) -> None:
        """A state that cannot be kept costs a restart its place, not the call."""
        if self._on_save is None:
            return
        try:
            await self._on_save(self.state)
        except Exception as error:
            log.warning("ivr.state_not_kept", contact=self._contact, exc_info=error)

    @property
    def _contact(self) -> str:
        return self.conversation.contact_id

    # What nodes may do: ivr.nodes.base.Visit.

    def trace(self, type_: str, **data: Any) -> None:
        """Report; a listener that fails does not stop the flow."""
        if self._on_trace is None:
            return
        try:
            self._on_trace(type_, {"node": self.state.node, **data})
        except Exception as error:
            log.error("ivr.trace_failed", contact=self._contact, exc_info=error)

    async def say(self, prompts: Iterable[PromptSpec]) -> None:
        """Speak, with the present variables."""
        if ready := [spec.resolve(self.state.variables) for spec in prompts]:
            await self.conversation.say(ready)

    async def ask(
        self,
        prompts: Iterable[PromptSpec],
        choices: Collection[str],
        seconds: float,
        max_length: int = 1,
        *,
        interruptible: bool = True,
        also: Mapping[str, Value] | None = None,
        listen: Listen | None = None,
    ) -> Answer | None:
        """Speak and wait for an answer."""
        variables = {**self.state.variables, **(also or {})}
        ready = [spec.resolve(variables) for spec in prompts]
        return await self.conversation.ask(
            ready, tuple(choices), seconds, max_length, interruptible, listen
        )

    def hears(self) -> bool:
        """Whether words are understood now."""
        return self.conversation.hears()

    def says(self) -> bool:
        """Whether texts can be said now."""
        return self.conversation.says()

    def is_open(self, hours: str) -> bool:
        """Whether ``hours`` of the configuration are open now."""
        return self.platform.hours[hours].is_open(self._clock.now())

    def now(self) -> datetime:
        """The time, aware."""
        return self._clock.now()

    def choose_language(self, language: str) -> None:
        """Every later prompt is in ``language``."""
        self.state.language = self.conversation.language = language
        self.trace("ivr.language_chosen", language=language)


def _summary(outcome: Outcome) -> dict[str, Any]:
    """What the trace says of an outcome: where to, not what is known of the customer."""
    data: dict[str, Any] = {"outcome": type(outcome).__name__}
    for name in ("queue", "agent_id", "reason"):
        if (value := getattr(outcome, name, None)) is not None:
            data[name] = str(value)
    return data
