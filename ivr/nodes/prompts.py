"""Prompts as a flow file writes them.

A list of: an id of the catalogue (``welcome``), ``{prompt: welcome, language: en}``
for one language whatever the conversation's, ``{number: position}`` and
``{digits: account}`` for a variable (or a literal) spoken as a quantity or one by one, and
``{say: {en: .., zh: ..}, fallback: welcome}`` for a text that synthesis speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from config.base import Language, Section, matching, refused
from ivr.conversation import Digits, Number, Phrase, Prompt, Speech
from ivr.nodes.say_text import NotSpeakable, SayTexts, fill, variables_of
from ivr.nodes.values import NumberSource, Variable
from ivr.state import Value

PromptId = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9._-]{0,79}",
        "the id of a prompt: lower-case letters, digits, '.', '-' and '_', e.g. 'welcome'",
    ),
]


def _one_or_more(raw: Any) -> Any:
    return [raw] if isinstance(raw, str) else raw


class PromptSpec(Section):
    """One entry of a list of prompts; exactly one of the four kinds. ``fallback``: the
    recorded prompts that are said where the text cannot be spoken."""

    prompt: PromptId | None = None
    language: Language | None = None
    number: NumberSource | None = None
    digits: Variable | None = None
    say: SayTexts | None = None
    fallback: Annotated[tuple[PromptId, ...], BeforeValidator(_one_or_more)] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> PromptSpec:
        kinds = ("prompt", "number", "digits", "say")
        if sum(getattr(self, kind) is not None for kind in kinds) != 1:
            raise refused(
                "the id of a prompt, or one of {prompt: ..}, {number: ..}, {digits: ..}, {say: ..}"
            )
        if self.language is not None and self.prompt is None and self.say is None:
            raise refused("'language' beside 'prompt' and 'say' only")
        if self.fallback and self.say is None:
            raise refused("'fallback' beside 'say' only")
        return self

    def variables(self) -> tuple[str, ...]:
        """The variables it speaks."""
        if self.say is not None:
            return tuple(dict.fromkeys(variables_of(self.say)))
        if self.number is not None:
            return () if isinstance(self.number, int) else (self.number,)
        return () if self.digits is None else (self.digits,)

    def resolve(self, variables: Mapping[str, Value]) -> Prompt:
        """The prompt to say now; raises :class:`NotSpeakable`."""
        if self.prompt is not None:
            return Phrase(self.prompt, self.language)
        if self.say is not None:
            return self._speech(self.say, variables)
        if isinstance(self.number, int):
            return Number(self.number)
        (name,) = self.variables()
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

    def _speech(self, say: Mapping[str, str], variables: Mapping[str, Value]) -> Speech:
        return Speech(
            {language: fill(text, variables) for language, text in say.items()},
            fallback=tuple(Phrase(prompt, self.language) for prompt in self.fallback),
            language=self.language,
            fixed=not self.variables(),
        )


def _from_id(raw: Any) -> Any:
    return {"prompt": raw} if isinstance(raw, str) else raw


PromptEntry = Annotated[PromptSpec, BeforeValidator(_from_id)]
Prompts = Annotated[tuple[PromptEntry, ...], Field(max_length=50)]
"""What a node says, in order."""
