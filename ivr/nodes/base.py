"""What every kind of node has: a name, exits, prompts, and how it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from config.base import Section
from ivr.conversation import Answer
from ivr.nodes.prompts import PromptSpec
from ivr.outcome import Outcome
from ivr.state import FlowState, Value

if TYPE_CHECKING:
    from ivr.listen import Listen
    from ivr.platform import Platform


@dataclass(frozen=True, slots=True)
class Exit:
    """A way from a node to the node ``to``. ``after_input``: it is taken only when
    the customer answered something useful, so a loop through it cannot run by itself."""

    label: str
    to: str
    after_input: bool = False


@dataclass(frozen=True, slots=True)
class Understood:
    """``phrases``: by answer (where it stands in the node, its name), then by language.
    ``digits``: it understands digits; ``open``: anything, by its intent."""

    phrases: Mapping[tuple[str, ...], Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    digits: bool = False
    open: bool = False


class Visit(Protocol):
    """What a node can do while it runs; the engine implements it."""

    state: FlowState
    platform: Platform
    customer_number: str  # from which they call; '' if it is not known. Personal.

    async def say(self, prompts: Iterable[PromptSpec]) -> None: ...

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
        """As :meth:`ivr.conversation.Conversation.ask`; ``also`` are variables that
        may be spoken in this one question and are not kept."""
        ...

    def hears(self) -> bool:
        """Whether words are understood now; see the conversation."""
        ...

    def says(self) -> bool:
        """Whether texts can be said now; see the conversation."""
        ...

    def is_open(self, hours: str) -> bool: ...

    def now(self) -> datetime: ...

    def choose_language(self, language: str) -> None: ...

    def trace(self, type_: str, **data: Any) -> None:
        """Report what happened at this node."""
        ...


class Node(Section, ABC):
    """One step of a flow. Subclasses are pydantic models of what the file says."""

    type: str

    ENDS: ClassVar[bool] = False
    """Whether the flow can end here."""

    def exits(self) -> Iterable[Exit]:
        """Every way out to another node."""
        return ()

    def spoken(self) -> Iterable[PromptSpec]:
        """Every prompt it may say, for the check of the catalogue."""
        return ()

    def sets(self) -> Iterable[str]:
        """Every variable it may set."""
        return ()

    def speaks_of(self) -> Iterable[str]:
        """Variables that only this node's own prompts can speak."""
        return ()

    def understands(self) -> Understood | None:
        """What may be said to it, for the check; None where only keys count."""
        return None

    def needs(self) -> Iterable[tuple[str, str]]:
        """What it needs of the platform: pairs of kind (queue, hours, agent, number,
        language, variable) and name."""
        return ()

    @abstractmethod
    async def run(self, visit: Visit) -> str | Outcome:
        """Do it; returns the name of the next node, or how the flow ends."""
