"""What is wrong with a configuration, said so that it can be put right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from config.place import KeyPath, Place, dotted
from core.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake (or, with ``warning``, one doubtful thing).

    ``found`` and ``allowed`` are ready to print; ``found`` is never a secret.
    """

    place: Place
    key: KeyPath
    message: str
    found: str | None = None
    allowed: str | None = None
    meant: str | None = None
    warning: bool = False

    def __str__(self) -> str:
        parts = [self.message]
        if self.found is not None:
            parts.append(f"found {self.found}")
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        text = f"{self.place}: {dotted(self.key)}: " if self.key else f"{self.place}: "
        text += "; ".join(part for part in parts if part)
        if self.meant is not None:
            text += f"; did you mean {self.meant!r}?"
        return text

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "file": self.place.source,
            "line": self.place.line,
            "key": dotted(self.key),
            "message": self.message,
            "found": self.found,
            "allowed": self.allowed,
            "did_you_mean": self.meant,
            "warning": self.warning,
        }


class ConfigError(BadInput):
    """The configuration has errors; ``problems`` holds all of them."""

    code: ClassVar[str] = "bad_configuration"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"{count} error{'s' if count != 1 else ''} in the configuration:{lines}",
            problems=[problem.as_dict() for problem in problems],
        )


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` was probably meant to be."""
    by_folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    if near:
        return by_folded[near[0]]
    begun = [choice for folded, choice in by_folded.items() if folded.startswith(word.casefold())]
    return begun[0] if len(begun) == 1 and len(word) > 1 else None


def listing(choices: Iterable[str], most: int = 20) -> str:
    """Choices for a sentence, cut when there are very many."""
    names = sorted(choices)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) + more) if names else "none is defined"
