"""State machines as one readable table.

A machine is a mapping ``(state, event) -> next state``. Anything that is not in
the table is an error that names both states, and the diagrams in ``docs`` are
drawn from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from core.errors import Conflict

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class IllegalTransition(Conflict):
    """An event arrived in a state in which it cannot happen."""

    code: ClassVar[str] = "illegal_transition"


class StateTable(Generic[S, E]):
    """The legal transitions of one kind of thing."""

    def __init__(self, name: str, initial: S, table: Mapping[tuple[S, E], S]) -> None:
        self.name = name
        self.initial = initial
        self.table = dict(table)

    def next(self, state: S, event: E) -> S:
        """The state after ``event``; raises :class:`IllegalTransition`."""
        try:
            return self.table[state, event]
        except KeyError:
            allowed = sorted(e.value for s, e in self.table if s is state)
            raise IllegalTransition(
                f"A {self.name} that is {state.value} cannot take '{event.value}'.",
                hint=f"Allowed now: {', '.join(allowed) or 'nothing, it is over'}.",
                state=state.value,
                event=event.value,
            ) from None

    def allows(self, state: S, event: E) -> bool:
        """Whether ``event`` is legal in ``state``."""
        return (state, event) in self.table

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial.value}"]
        lines += [f"    {s.value} --> {t.value}: {e.value}" for (s, e), t in self.table.items()]
        sources = {s for s, _ in self.table}
        ends = sorted({t.value for t in self.table.values() if t not in sources})
        lines += [f"    {end} --> [*]" for end in ends]
        return "\n".join(lines)
