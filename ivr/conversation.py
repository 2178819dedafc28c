"""The seam between the IVR engine and a medium.

Voice implements :class:`Conversation` over FastAGI (``sip.conversation``), text
over a pair of streams (:mod:`ivr.text_conversation`). The engine asks and says;
how that sounds or looks, and how a digit or a line arrives, is the medium's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, TypeVar

from core.errors import ParleyError

if TYPE_CHECKING:
    from ivr.listen import Listen

INTER_DIGIT_SECONDS = 4.0
"""Longest pause between two digits of one answer."""

END_OF_INPUT = "#"
"""Ends an answer of more than one digit early; it is never part of the answer."""


class CustomerGone(ParleyError):
    """The customer left: hung up, or closed the chat."""

    code: ClassVar[str] = "customer_gone"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A prompt of the catalogue (``media/prompts``), by its id.

    ``language`` is set where a prompt is wanted in one language whatever the
    conversation's (a choice of language is offered in each); None: the present one.
    """

    id: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, spoken as a quantity: 12 is 'twelve', 十二."""

    value: int


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits spoken one by one: '12' is 'one two', 一二. Personal: never logged."""

    text: str


@dataclass(frozen=True, slots=True)
class Speech:
    """A text that synthesis speaks. ``texts`` by language (``zh`` serves ``zh-CN``; ``""``
    any), variables filled in: personal, never logged. ``fixed``: it had none, so that it
    is the same for everybody and can be spoken ahead. ``fallback`` is said where it
    cannot be spoken."""

    texts: Mapping[str, str] = field(repr=False, hash=False)
    fallback: tuple[Phrase, ...] = ()
    language: str | None = None
    fixed: bool = True

    def text(self, language: str) -> str:
        """What it says in ``language``; '' if it has nothing in it."""
        return in_language(self.texts, self.language or language) or ""


Prompt: TypeAlias = Phrase | Number | Digits | Speech

T = TypeVar("T")


def in_language(by_language: Mapping[str, T], language: str) -> T | None:
    """What ``by_language`` has for ``language``: its own entry, that of its base (``zh``
    for ``zh-CN``), or the one for every language (``""``)."""
    for key in (language, language.partition("-")[0], ""):
        if key in by_language:
            return by_language[key]
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer pressed or wrote: digits (``0-9 * #``) or a line of text.

    ``spoken``: it was said, in words. ``text`` is then the choice or the digits that it
    stands for, '' if none; ``said`` the words (personal: never logged); ``confidence`` 0
    to 1 that they were understood."""

    text: str
    spoken: bool = False
    confidence: float = 1.0
    said: str = field(default="", repr=False)


class Conversation(Protocol):
    """One customer, spoken to by the engine.

    ``language`` is a BCP 47 tag of the catalogue (``zh-CN``, ``en``); the engine
    sets it when the customer chooses, and every later prompt follows it. Each verb
    raises :class:`CustomerGone` as soon as the customer has left, even in the
    middle of a prompt; each may be cancelled, and must leave the medium fit for
    another verb.
    """

    language: str
    contact_id: str

    def hears(self) -> bool:
        """Whether questions can be answered in words now, in the present language."""
        ...

    def says(self) -> bool:
        """Whether texts (:class:`Speech`) can be said in the present language."""
        ...

    async def say(self, prompts: Sequence[Prompt]) -> None:
        """Say ``prompts`` one after another to the end. Digits pressed meanwhile
        are kept for the next :meth:`ask`, up to a bound of the medium."""
        ...

    async def ask(
        self,
        prompts: Sequence[Prompt],
        choices: Collection[str],
        seconds: float,
        max_length: int = 1,
        interruptible: bool = True,
        listen: Listen | None = None,
    ) -> Answer | None:
        """Say ``prompts``, then wait for an answer.

        An answer is complete when it is one of ``choices``, when it has
        ``max_length`` characters, at :data:`END_OF_INPUT` (if ``max_length`` is
        over 1), or after :data:`INTER_DIGIT_SECONDS` without a further digit.
        What is not in ``choices`` is returned as well: the engine judges. Empty
        ``choices``: anything up to ``max_length``. A lone :data:`END_OF_INPUT`
        where ``max_length`` is over 1 is an Answer with empty text.

        ``seconds`` is the wait for the first digit or line after the prompts end;
        None is returned when there was none. With ``interruptible`` the first
        digit cuts the prompts short; without it, digits pressed during the
        prompts are dropped.

        With ``listen`` it may be said too, over the prompts if its ``barge_in`` allows
        it; keys go on working. Where nobody can hear, only keys count.
        """
        ...
