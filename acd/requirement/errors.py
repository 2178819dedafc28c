"""What a requirement can be refused for."""

from __future__ import annotations

import unicodedata
from typing import ClassVar

from core.errors import BadInput

_AROUND = 30  # characters of the text shown on each side of the place


class RequirementError(BadInput):
    """The text is not a requirement. ``data`` has ``column`` (from 1), ``excerpt`` and
    ``caret`` (where in the excerpt, from 0)."""

    code: ClassVar[str] = "bad_requirement"

    @classmethod
    def at(cls, text: str, place: int, problem: str, hint: str) -> RequirementError:
        """The error for ``text`` at the character ``place`` (from 0)."""
        start = max(0, place - _AROUND)
        shown = "".join(c if c.isprintable() else " " for c in text[start : place + _AROUND])
        before = "…" if start else ""
        after = "…" if place + _AROUND < len(text) else ""
        return cls(
            f"{problem} (column {place + 1} of the requirement: {before}{shown}{after}).",
            hint=hint,
            column=place + 1,
            excerpt=f"{before}{shown}{after}",
            caret=place - start + len(before),
        )

    @property
    def pointed(self) -> str:
        """The excerpt and, on a second line, a caret under the place; empty without one.
        Wide (Chinese) characters count as two columns."""
        if "caret" not in self.data:
            return ""
        excerpt, caret = self.data["excerpt"], self.data["caret"]
        wide = sum(unicodedata.east_asian_width(c) in "WF" for c in excerpt[:caret])
        return f"{excerpt}\n{' ' * (caret + wide)}^"
