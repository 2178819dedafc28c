"""What a caller may say to a menu."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from core.errors import BadInput

_SPEC = re.compile(r"digits(?::(\d+)(?:-(\d+))?)?")
_MOST_PHRASES = 200
_MOST_DIGITS = 32


class BadGrammar(BadInput):
    """A grammar cannot be understood or is too large."""

    code: ClassVar[str] = "bad_grammar"


@dataclass(frozen=True)
class Grammar:
    """Either ``least`` to ``most`` digits, or one of ``phrases``. ``groups``, if given,
    numbers for each phrase what it means: those that mean the same do not compete."""

    phrases: tuple[str, ...] = ()
    least: int = 1
    most: int = _MOST_DIGITS
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.phrases) > _MOST_PHRASES:
            raise BadGrammar(
                f"A grammar has {len(self.phrases)} phrases; {_MOST_PHRASES} are the most.",
                hint="Ask in two steps, or use a free text and an intent.",
            )
        if any(not phrase.strip() for phrase in self.phrases):
            raise BadGrammar("A phrase of a grammar is empty.")
        if self.groups and len(self.groups) != len(self.phrases):
            raise BadGrammar("A grammar has not one group for each phrase.")
        if not 1 <= self.least <= self.most <= _MOST_DIGITS:
            raise BadGrammar(
                f"{self.least} to {self.most} digits cannot be asked for.",
                hint=f"1 to {_MOST_DIGITS} digits are possible, the smaller number first.",
            )

    @property
    def of_digits(self) -> bool:
        """Whether digits are expected, not phrases."""
        return not self.phrases

    def group(self, phrase: str) -> int:
        """What ``phrase``, one of them, means."""
        at = self.phrases.index(phrase)
        return self.groups[at] if self.groups else at

    @classmethod
    def digits(cls, least: int = 1, most: int | None = None) -> Grammar:
        """``least`` to ``most`` spoken digits (no upper limit given: up to 32)."""
        return cls((), least, _MOST_DIGITS if most is None else most)

    @classmethod
    def parse(cls, text: str) -> Grammar:
        """``digits``, ``digits:4``, ``digits:1-6`` or ``yes|no``; raises BadGrammar."""
        found = _SPEC.fullmatch(text.strip())
        if found:
            if found[1] is None:
                return cls.digits()
            return cls.digits(int(found[1]), int(found[2] or found[1]))
        phrases = tuple(dict.fromkeys(part.strip() for part in text.split("|")))
        return cls(phrases)

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "phrases": list(self.phrases), "least": self.least, "most": self.most,
            "groups": list(self.groups),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> Grammar:
        """The inverse of :meth:`as_dict`."""
        groups = tuple(raw.get("groups", ()))
        return cls(tuple(raw["phrases"]), raw["least"], raw["most"], groups)
