"""What nodes that understand speech share: phrases, how sure is sure, asking back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from config.base import Section, Text, refused
from ivr.conversation import Answer, in_language
from ivr.listen import Listen
from ivr.nodes.base import Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.say_text import EVERY, LanguageKey
from ivr.nodes.values import OneKey

CHOICE = "choice"
"""The variable that a confirmation speaks: what was understood."""

_ATTEMPTS = 2


def _phrases(raw: Any) -> Any:
    """One phrase, a list of them, or either by language."""
    if isinstance(raw, (str, list)):
        raw = {EVERY: raw}
    if isinstance(raw, Mapping):
        return {key: [v] if isinstance(v, str) else v for key, v in raw.items()}
    return raw


Phrases = Annotated[
    dict[LanguageKey, Annotated[tuple[Text, ...], Field(max_length=50)]],
    BeforeValidator(_phrases),
    Field(min_length=1),
]
"""What may be said, by language."""

YES: Mapping[str, tuple[str, ...]] = {
    "en": ("yes", "yeah", "right", "correct", "that's right", "yes please"),
    "zh": ("是", "是的", "对", "对的", "没错", "好的"),
}
NO: Mapping[str, tuple[str, ...]] = {
    "en": ("no", "nope", "wrong", "no thanks", "not right"),
    "zh": ("不是", "不", "不对", "错了", "不是的"),
}
_FIGURES: Mapping[str, str] = {
    "en": "zero one two three four five six seven eight nine",
    "zh": "零 一 二 三 四 五 六 七 八 九",
}
_ASK_BACK: Mapping[str, str] = {
    "en": "Did you say {choice}? For yes, say yes or press 1. For no, press 2.",
    "zh": "您说的是{choice}吗？是，请说是的，或者按1；不是请按2。",
}
_DIGITS_BEFORE: Mapping[str, str] = {"en": "I understood:", "zh": "您说的是："}
_DIGITS_AFTER: Mapping[str, str] = {
    "en": "If that is right, say yes or press 1. If not, press 2.",
    "zh": "正确请说是的，或者按1；不正确请按2。",
}


class Sure(StrEnum):
    """What is to be done with what was understood."""

    TAKE = "take"
    ASK_BACK = "ask_back"
    UNCLEAR = "unclear"


class Listening(Section):
    """From a confidence of ``sure`` on a choice is taken, from ``doubtful`` on it is asked
    back, below it was not understood. ``barge_in``: speech stops the prompts."""

    sure: float = Field(default=0.7, ge=0, le=1)
    doubtful: float = Field(default=0.35, ge=0, le=1)
    barge_in: bool = True

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.doubtful > self.sure:
            raise refused("'doubtful' of at most 'sure'")
        return self

    def judge(self, answer: Answer) -> Sure:
        """Of an answer that was spoken."""
        if not answer.text or answer.confidence < self.doubtful:
            return Sure.UNCLEAR
        return Sure.TAKE if answer.confidence >= self.sure else Sure.ASK_BACK


class Unclear(Section):
    """Speech that was not understood: what to say, and how often until keys alone count."""

    prompts: Prompts = ()
    attempts: int = Field(default=_ATTEMPTS, ge=1, le=10)


class Confirmation(Section):
    """Ask back; ``prompts`` may speak ``{choice}``. By default a text of ours."""

    prompts: Prompts = Field(min_length=1)
    right: OneKey = "1"
    wrong: OneKey = "2"

    def listen(self, language: str) -> Listen | None:
        """What may be said; None where we have no words for yes and no."""
        yes, no = in_language(YES, language), in_language(NO, language)
        return Listen({self.right: yes, self.wrong: no}) if yes and no else None


ASK_BACK = Confirmation(prompts=(PromptSpec(say=dict(_ASK_BACK)),))
# Digits may be secret: they are put together from recordings, nothing of them is kept.
DIGITS_BACK = Confirmation(
    prompts=(
        PromptSpec(say=dict(_DIGITS_BEFORE)),
        PromptSpec(digits=CHOICE),
        PromptSpec(say=dict(_DIGITS_AFTER)),
    )
)


def knows_figures(language: str) -> bool:
    """Whether we know how digits are said in it."""
    return in_language(_FIGURES, language) is not None


def figure(digit: str, language: str) -> tuple[str, ...]:
    """How a key that is a digit is said; nothing for other keys and languages."""
    figures = in_language(_FIGURES, language)
    return (figures.split()[int(digit)],) if figures and digit.isdigit() and len(digit) == 1 else ()


def wanted(phrases: Phrases | None, language: str) -> tuple[str, ...]:
    """The phrases in ``language``."""
    return (in_language(phrases, language) or ()) if phrases is not None else ()


async def is_right(
    visit: Visit, confirmation: Confirmation, choice: str, *, seconds: float, listening: Listening
) -> bool:
    """Whether the customer says or keys that ``choice`` was meant. Asked once, and once
    more when they say nothing; no clear 'right' is 'wrong'. False without asking where
    the question cannot be spoken."""
    texts = any(spec.say is not None and not spec.fallback for spec in confirmation.prompts)
    language = visit.state.language
    if texts and not visit.says():
        return False
    if not all(
        spec.say is None or in_language(spec.say, language) for spec in confirmation.prompts
    ):
        return False
    listen = confirmation.listen(language) if visit.hears() else None
    for _ in range(_ATTEMPTS):
        answer = await visit.ask(
            confirmation.prompts, (confirmation.right, confirmation.wrong), seconds,
            also={CHOICE: choice}, listen=listen,
        )  # fmt: skip
        if answer is None or (answer.spoken and listening.judge(answer) is Sure.UNCLEAR):
            continue
        right = answer.text == confirmation.right
        visit.trace("ivr.asked_back", right=right)
        return right
    return False


def spoken_of(confirmation: Confirmation | None, unclear: Unclear) -> Iterable[PromptSpec]:
    """Their prompts, for the check."""
    if confirmation is not None:
        yield from confirmation.prompts
    yield from unclear.prompts
