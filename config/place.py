"""Where a value was written, so that every complaint can say so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, or (``line`` 0) a source without lines such as an
    environment variable."""

    source: str
    line: int = 0
    folder: Path | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


class Scalar(str):
    """Text exactly as written, that remembers its place."""

    place: Place

    def __new__(cls, text: str, place: Place) -> Scalar:
        scalar = super().__new__(cls, text)
        scalar.place = place
        return scalar


def dotted(path: KeyPath) -> str:
    """``("queues", "cards", "skills", 0)`` as people write it: queues.cards.skills[0]."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = f'"{part}"' if "." in part else part
            text += f".{shown}" if text else shown
    return text
