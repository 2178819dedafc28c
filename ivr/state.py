"""Where a customer is in a flow, small enough to keep in Redis after each node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from core.errors import BadInput

Value: TypeAlias = str | int | float | bool
"""What a variable of a flow can hold."""


@dataclass(slots=True, kw_only=True)
class FlowState:
    """``node`` is the one to run next. ``steps`` and ``seconds`` count what was
    used of the flow's limits, so that a restart does not give them anew.

    Holds no digits that were collected as sensitive (see :mod:`ivr.nodes.collect`).
    """

    flow: str
    node: str
    language: str
    variables: dict[str, Value] = field(default_factory=dict)
    steps: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> FlowState:
        """The inverse of :meth:`as_dict`; raises :class:`~core.errors.BadInput`."""
        try:
            return cls(
                flow=str(raw["flow"]),
                node=str(raw["node"]),
                language=str(raw["language"]),
                variables=dict(raw.get("variables", {})),
                steps=int(raw.get("steps", 0)),
                seconds=float(raw.get("seconds", 0.0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"This is not the state of a flow: {type(error).__name__} {error}.",
                hint="Start the flow from its beginning.",
            ) from error
