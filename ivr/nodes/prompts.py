"""Prompts as a flow file writes them.

A list of: an id of the catalogue (``welcome``), ``{prompt: welcome, language: en}``
for one language whatever the conversation's, ``{number: position}`` and
``{digits: account}`` for a variable (or a literal) spoken as a quantity or one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from config.base import Language, Section, matching, refused
from core.errors import ParleyError
from ivr.conversation import Digits, Number, Phrase, Prompt
from ivr.nodes.values import NumberSource, Variable
from ivr.state import Value

PromptId = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,79}",
        "the id of a prompt: lower-case letters, digits, '.', '-' and '_', e.g. 'welcome'",
    ),
]


class NotSpeakable(ParleyError):
    """A variable is to be spoken but is not set, or not of the kind to speak."""

    code: ClassVar[str] = "ivr_not_speakable"


class PromptSpec(Section):
    """One entry of a list of prompts; exactly one of the three kinds."""

    prompt: PromptId | None = None
    language: Language | None = None
    number: NumberSource | None = None
    digits: Variable | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> PromptSpec:
        kinds = [k for k in ("prompt", "number", "digits") if getattr(self, k) is not None]
        if len(kinds) != 1:
            raise refused("the id of a prompt, or one of {prompt: ..}, {number: ..}, {digits: ..}")
        if self.language is not None and self.prompt is None:
            raise refused("'language' beside 'prompt' only")
        return self

    def variable(self) -> str | None:
        """The variable it speaks, if any."""
        if self.number is not None:
            return None if isinstance(self.number, int) else self.number
        return self.digits

    def resolve(self, variables: Mapping[str, Value]) -> Prompt:
        """The prompt to say now; raises :class:`NotSpeakable`."""
        if self.prompt is not None:
            return Phrase(self.prompt, self.language)
        if isinstance(self.number, int):
            return Number(self.number)
        name = self.variable() or ""
        if name not in variables:
            raise NotSpeakable(
                f"The variable {name!r} is to be spoken but not set.",
                hint="Set it in the flow's 'variables' or in a node before this one.",
            )
        value = variables[name]
        if self.digits is not None:
            return Digits(str(value))
        try:
            return Number(int(value))
        except ValueError:
            raise NotSpeakable(
                f"The variable {name!r} is to be spoken as a number but is not one.",
                hint="Use 'digits' to speak it one by one.",
            ) from None


def _from_id(raw: Any) -> Any:
    return {"prompt": raw} if isinstance(raw, str) else raw


PromptEntry = Annotated[PromptSpec, BeforeValidator(_from_id)]
Prompts = Annotated[tuple[PromptEntry, ...], Field(max_length=50)]
"""What a node says, in order."""
