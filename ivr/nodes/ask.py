"""``ask``: an open question. What is said is understood as one of some intents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from config.base import Name, matching
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
    Sure,
    Unclear,
    is_right,
    spoken_of,
)
from ivr.nodes.values import Key

IntentName = Annotated[
    str, matching(r"[A-Za-z0-9][A-Za-z0-9_ .-]{0,79}", "the name of an intent, e.g. 'lost-card'")
]


class Route(Assignment):
    """Where an intent leads, and what it sets on the way. ``label``: what it is called
    when it is asked back; without one a doubtful intent is not asked back but repeated."""

    next: Name
    label: SayTexts | None = None


def _from_name(raw: Any) -> Any:
    return {"next": raw} if isinstance(raw, str) else raw


_Route = Annotated[Route, BeforeValidator(_from_name)]


class Ask(Node):
    """``options`` are keys that count all the while. Where nobody can hear or understand,
    and when it was not understood as often as ``unclear`` says, the flow goes on at
    ``otherwise``: a menu of keys. The intents are those of 'understanding.intents'."""

    type: Literal["ask"]
    prompts: Prompts = Field(min_length=1)
    intents: dict[IntentName, _Route] = Field(min_length=1, max_length=100)
    options: dict[Key, _Route] = Field(default_factory=dict)
    seconds: float = Field(default=8.0, gt=0, le=60)
    invalid: Retry
    nothing: Retry
    listening: Listening = Listening(sure=0.5, doubtful=0.2)
    unclear: Unclear = Unclear()
    confirm: Confirmation | None = None
    otherwise: Name

    def exits(self) -> Iterable[Exit]:
        for intent, route in self.intents.items():
            yield Exit(intent, route.next, after_input=True)
        for key, route in self.options.items():
            yield Exit(key, route.next, after_input=True)
        yield Exit("otherwise", self.otherwise)

    def spoken(self) -> Iterable[PromptSpec]:
        yield from (*self.prompts, *self.invalid.prompts, *self.nothing.prompts)
        yield from spoken_of(self.confirm, self.unclear)

    def sets(self) -> Iterable[str]:
        for route in (*self.intents.values(), *self.options.values()):
            yield from route.set

    def speaks_of(self) -> Iterable[str]:
        yield CHOICE

    def needs(self) -> Iterable[tuple[str, str]]:
        for intent in self.intents:
            yield "intent", intent
        for route in (*self.intents.values(), *self.options.values()):
            yield from route.needed()

    def understands(self) -> Understood | None:
        return Understood(open=True)

    async def run(self, visit: Visit) -> str:
        patience = Patience(visit, invalid=self.invalid, nothing=self.nothing, unclear=self.unclear)
        longest = max(map(len, self.options), default=1)
        while patience.listens:
            answer = await visit.ask(
                (*patience.lead, *self.prompts), self.options, self.seconds, longest,
                listen=Listen(open=True, barge_in=self.listening.barge_in),
            )  # fmt: skip
            if answer and answer.spoken:
                route = await self._route(visit, answer)
                if route is not None:
                    return self._take(visit, route)
                patience.not_understood()
            elif answer and answer.text in self.options:
                route = self.options[answer.text]
                visit.trace("ivr.choice_made", choice=answer.text, to=route.next)
                return self._take(visit, route)
            elif patience.lost("invalid" if answer else "missing"):
                break
        return self.otherwise

    async def _route(self, visit: Visit, answer: Answer) -> Route | None:
        """Where what was said leads, if need be after asking back."""
        found = visit.platform.intent_of(answer.said, tuple(self.intents)) if answer.said else None
        if found is None:
            return None
        intent, confidence = found
        visit.trace("ivr.intent_heard", intent=intent, confidence=round(confidence, 2))
        route = self.intents[intent]
        sure = self.listening.judge(Answer(intent, spoken=True, confidence=confidence))
        if sure is Sure.TAKE:
            return route
        named = in_language(route.label, visit.state.language) if route.label else None
        if sure is Sure.UNCLEAR or named is None:
            return None
        right = await is_right(
            visit, self.confirm or ASK_BACK, named, seconds=self.seconds, listening=self.listening
        )
        return route if right else None

    def _take(self, visit: Visit, route: Route) -> str:
        route.apply(visit)
        return route.next
