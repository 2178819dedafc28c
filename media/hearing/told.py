"""What a leg has to tell, on its way to whoever keeps and shows it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """``type`` is that of the event, ``data`` what it says (JSON values, masked);
    ``at`` is when it was, in seconds of the conversation."""

    type: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)


Tell = Callable[[Told], Awaitable[None]]
"""Takes what is told, in order. May wait; a leg then falls behind, never the call."""
