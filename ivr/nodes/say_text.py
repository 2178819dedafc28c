"""Texts of a flow file that synthesis speaks, with variables in them.

``{name}`` stands for a variable as it is, ``{account:digits}`` for its digits one by
one, ``{{`` and ``}}`` for braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from config.base import matching, refused
from core.errors import ParleyError
from ivr.state import Value

EVERY = ""
"""The key of a plain text, which stands for every language."""

_LONGEST = 1000
_LONGEST_VALUE = 200
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"([a-z][a-z0-9_]{0,39})(:digits)?")


class NotSpeakable(ParleyError):
    """A variable is to be spoken but is not set, or not of the kind to speak."""

    code: ClassVar[str] = "ivr_not_speakable"


def _text(value: str) -> str:
    if not any(c.isalnum() for c in value) or len(value) > _LONGEST:
        raise refused(f"a text of 1 to {_LONGEST} characters")
    for piece in _PIECE.finditer(value):
        name = piece[1]
        if piece[0] in ("{", "}") or (name is not None and not _NAME.fullmatch(name)):
            raise refused("{variable} or {variable:digits} in a text; write {{ for a brace")
    return value


def by_language(raw: Any) -> Any:
    """A plain text is one for every language."""
    return {EVERY: raw} if isinstance(raw, str) else raw


LanguageKey = Annotated[
    str,
    matching(
        r"([a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?)?",
        "a language tag (BCP 47) such as en, zh or zh-CN",
    ),
]
SayTexts = Annotated[
    dict[LanguageKey, Annotated[str, AfterValidator(_text)]],
    BeforeValidator(by_language),
    Field(min_length=1),
]


def variables_of(texts: Mapping[str, str]) -> Iterator[str]:
    """The variables that ``texts`` speak."""
    for text in texts.values():
        for piece in _PIECE.finditer(text):
            if piece[1] is not None:
                yield piece[1].partition(":")[0]


def fill(text: str, variables: Mapping[str, Value]) -> str:
    """``text`` with the values in it; raises :class:`NotSpeakable`."""

    def value(piece: re.Match[str]) -> str:
        if piece[1] is None:
            return piece[0][0]
        name, _, how = piece[1].partition(":")
        if name not in variables:
            raise NotSpeakable(
                f"The variable {name!r} is to be spoken but not set.",
                hint="Set it in the flow's 'variables' or in a node before this one.",
            )
        said = str(variables[name])[:_LONGEST_VALUE]
        return " ".join(c for c in said if c.isdigit()) if how else said

    return _PIECE.sub(value, text)
