"""The table, for people and for machines."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from tests.chaos.row import Row, Seen

_HEAD = ("fault", "what people noticed", "what was lost", "well after")
_WIDTHS = (34, 40, 26, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """A row that ran (``seen``), or could not (``skipped`` says why)."""

    row: Row
    seen: Seen | None
    skipped: str = ""
    took: float = 0.0

    @property
    def holds(self) -> bool:
        return self.seen is None or not self.seen.broken


def head() -> str:
    """The first lines of the table."""
    return "\n".join((_line(_HEAD), "  ".join("-" * width for width in _WIDTHS)))


def line(one: Line) -> str:
    """The row as lines of the table, with what did not hold below."""
    if one.seen is None:
        return _line((one.row.title, f"not run: {one.skipped}", "", ""))
    after = "-" if one.seen.well_after is None else f"{one.seen.well_after:.1f} s"
    text = _line((one.row.title, one.seen.noticed, one.seen.lost, after))
    for broken in one.seen.broken:
        text += f"\n  BROKEN ({one.row.name}): {broken}\n    promised: {one.row.promise}"
    return text


def as_dict(one: Line) -> dict[str, Any]:
    """The row for ``--json``."""
    seen = one.seen
    return {
        "name": one.row.name,
        "title": one.row.title,
        "promise": one.row.promise,
        "holds": one.holds,
        "skipped": one.skipped or None,
        "noticed": seen.noticed if seen else None,
        "lost": seen.lost if seen else None,
        "well_after": round(seen.well_after, 2) if seen and seen.well_after is not None else None,
        "broken": seen.broken if seen else [],
        "took": round(one.took, 1),
    }


def _line(cells: tuple[str, ...]) -> str:
    wrapped = [
        textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    height = max(len(lines) for lines in wrapped)
    padded = [lines + [""] * (height - len(lines)) for lines in wrapped]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(row, _WIDTHS, strict=True)).rstrip()
        for row in zip(*padded, strict=True)
    )
