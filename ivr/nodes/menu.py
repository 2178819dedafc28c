"""``menu``: ask for one of some keys or words, set variables, go where it leads.

Speech that is not understood is asked back, then asked again, then left aside: keys count
at any time, and alone at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from config.base import Name, refused
from ivr.conversation import Answer, in_language
from ivr.listen import Listen
from ivr.nodes.base import Exit, Node, Understood, Visit
from ivr.nodes.prompts import Prompts, PromptSpec
from ivr.nodes.retry import Patience, Retry
from ivr.nodes.say_text import SayTexts
from ivr.nodes.set import Assignment
from ivr.nodes.spoken import (
    ASK_BACK,
    CHOICE,
    Confirmation,
    Listening,
    Phrases,
    Sure,
    Unclear,
    figure,
    is_right,
    spoken_of,
    wanted,
)
from ivr.nodes.values import Key


class Option(Assignment):
    """Where a key leads, and what it sets on the way. ``speech``: what may be said for it,
    by language; ``label``: what it is called when it is asked back (by default the first
    phrase)."""

    next: Name
    speech: Phrases | None = None
    label: SayTexts | None = None


def _from_name(raw: Any) -> Any:
    return {"next": raw} if isinstance(raw, str) else raw


class Menu(Node):
    """``seconds`` is the wait after the prompts; ``exhausted`` is the next node when
    the customer made the same mistake as often as ``attempts`` says. ``spoken_prompts``
    are said instead of ``prompts`` while words are understood; ``speech: digits``: the
    keys may be said ("one")."""

    type: Literal["menu"]
    prompts: Prompts = Field(min_length=1)
    spoken_prompts: Prompts = ()
    options: dict[Key, Annotated[Option, BeforeValidator(_from_name)]] = Field(min_length=1)
    seconds: float = Field(default=6.0, gt=0, le=60)
    invalid: Retry
    nothing: Retry
    speech: Literal["digits"] | None = None
    listening: Listening = Listening()
    unclear: Unclear = Unclear()
    confirm: Confirmation | None = None
    exhausted: Name

    @field_validator("options")
    @classmethod
    def _each_reachable(cls, options: dict[str, Option]) -> dict[str, Option]:
        for short, long in permutations(options, 2):
            if long.startswith(short):
                raise refused(f"no key that begins another: {short!r} hides {long!r}")
        return options

    def exits(self) -> Iterable[Exit]:
        for key, option in self.options.items():
            yield Exit(key, option.next, after_input=True)
        yield Exit("exhausted", self.exhausted)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from (*self.prompts, *self.invalid.prompts, *self.nothing.prompts)
        if self._listens:
            yield from (*self.spoken_prompts, *spoken_of(self.confirm, self.unclear))

    def sets(self) -> Iterable[str]:
        for option in self.options.values():
            yield from option.set

    def needs(self) -> Iterable[tuple[str, str]]:
        for option in self.options.values():
            yield from option.needed()

    def speaks_of(self) -> Iterable[str]:
        return (CHOICE,) if self._listens else ()

    @property
    def _listens(self) -> bool:
        return self.speech is not None or any(o.speech for o in self.options.values())

    def understands(self) -> Understood | None:
        if not self._listens:
            return None
        phrases: dict[tuple[str, ...], Phrases] = {
            ("options", key): option.speech for key, option in self.options.items() if option.speech
        }
        return Understood(phrases, digits=self.speech == "digits")

    def _listen(self, language: str) -> Listen | None:
        phrases = {
            key: wanted(option.speech, language)
            + (figure(key, language) if self.speech == "digits" else ())
            for key, option in self.options.items()
        }
        some = {key: said for key, said in phrases.items() if said}
        return Listen(some, barge_in=self.listening.barge_in) if some else None

    async def run(self, visit: Visit) -> str:
        patience = Patience(
            visit, invalid=self.invalid, nothing=self.nothing,
            unclear=self.unclear if self._listens else None,
        )  # fmt: skip
        longest = max(map(len, self.options))
        while True:
            listen = self._listen(visit.state.language) if patience.listens else None
            prompts = (listen is not None and self.spoken_prompts) or self.prompts
            answer = await visit.ask(
                (*patience.lead, *prompts), self.options, self.seconds, longest, listen=listen
            )
            option = self.options.get(answer.text) if answer else None
            if answer and answer.spoken and not await self._meant(visit, answer, option):
                patience.not_understood()
            elif answer and option:
                how = {"spoken": True} if answer.spoken else {}
                visit.trace("ivr.choice_made", choice=answer.text, to=option.next, **how)
                option.apply(visit)
                return option.next
            elif patience.lost("invalid" if answer else "missing"):
                return self.exhausted

    async def _meant(self, visit: Visit, answer: Answer, option: Option | None) -> bool:
        """Whether what was said means the option, if need be by asking back."""
        sure = self.listening.judge(answer)
        visit.trace("ivr.speech_heard", choice=answer.text, confidence=answer.confidence)
        if option is None or sure is Sure.UNCLEAR:
            return False
        if sure is Sure.TAKE:
            return True
        language = visit.state.language
        named = in_language(option.label, language) if option.label else None
        said = wanted(option.speech, language) or figure(answer.text, language)
        return await is_right(
            visit, self.confirm or ASK_BACK, named or said[0],
            seconds=self.seconds, listening=self.listening,
        )  # fmt: skip
