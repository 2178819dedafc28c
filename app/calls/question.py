"""One question to a caller who may answer with keys or in words, also over the prompt.

Keys win: from the first one on nothing that is said counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import Any

from app.calls.ears import EarsLost, MenuEars, Utterance
from core.log import get_logger
from ivr.conversation import Answer
from ivr.listen import Listen
from sip.agi import AgiHangup, AgiSession
from sip.voice.digits import DigitFeed

log = get_logger(__name__)

_BETWEEN_SECONDS = 2.2
"""The longest breath between two groups of digits."""
_SPEAKING_SECONDS = 20.0
"""How long somebody may speak, and be understood, after the time for an answer is over."""
_MOST_REPLAYS = 2
"""How often noise that stopped a prompt has it begin again; then it stops for words only."""
_LOOK_SECONDS = 0.2


class Keyed(Enum):
    """A key was pressed: the rest is to be read from the keys."""

    KEYED = auto()


class Question:
    """Use it once. ``play`` says the prompts, and can be cancelled; ``seconds`` is the
    time to begin an answer after they have ended."""

    def __init__(
        self, session: AgiSession, digits: DigitFeed, ears: MenuEars, listen: Listen,
        play: Callable[[], Coroutine[Any, Any, None]], seconds: float,
    ) -> None:  # fmt: skip
        self._session = session
        self._digits = digits
        self._ears = ears
        self._listen = listen
        self._play = play
        self._seconds = seconds
        self._works: dict[str, asyncio.Task[Any]] = {}
        self._replays = 0
        self._interrupted = False
        self._parts: list[Utterance] = []
        self._until: float | None = None
        self.lost = False
        """Whether the caller is not heard any more."""

    async def answer(self) -> Answer | Keyed | None:
        """The answer; None if none came in time. Raises AgiHangup."""
        try:
            if not self._digits:
                self._start("prompt", self._play())
            self._start("gone", self._session.wait_hungup())
            self._start("key", self._digits.pressed())
            self._start("words", self._ears.heard())
            self._start("barge", self._ears.interrupted.wait())
            while True:
                done = await self._next()
                if "gone" in done or self._session.hungup:
                    raise AgiHangup("The caller hung up.")
                if "key" in done:
                    return Keyed.KEYED
                for name in done:
                    task = self._works.pop(name)
                    answer = await self._on(name, task)
                    if answer is not None:
                        return answer
                if not done and self._over():
                    return self._digits_so_far()
        finally:
            await self._stop(*self._works)

    async def _next(self) -> set[str]:
        """What happened; nothing when time is up."""
        await asyncio.wait(
            self._works.values(), timeout=self._left(), return_when=asyncio.FIRST_COMPLETED
        )
        return {name for name, task in self._works.items() if task.done()}

    def _left(self) -> float | None:
        if self._until is None:
            return None
        return max(_LOOK_SECONDS, self._until - asyncio.get_running_loop().time())

    def _over(self) -> bool:
        """Whether nobody will answer any more: who is in the middle of it is waited for."""
        now = asyncio.get_running_loop().time()
        if self._until is None or now < self._until:
            return False
        return not self._ears.speaking or now >= self._until + _SPEAKING_SECONDS

    async def _on(self, name: str, task: asyncio.Task[Any]) -> Answer | None:
        if name == "prompt":
            task.result()  # what went wrong with it
            self._wait(self._seconds)
        elif name == "barge":
            await self._interrupt()
        elif name == "words":
            try:
                utterance = task.result()
            except EarsLost:
                self.lost = True
                return None  # the keys are left
            self._start("words", self._ears.heard())
            return await self._said(utterance)
        return None

    async def _interrupt(self) -> None:
        """The caller speaks: let them."""
        if "prompt" in self._works:
            self._interrupted = True
            await self._stop("prompt")
            log.debug("ivr.prompt_interrupted", contact=self._session.uniqueid)
        self._wait(self._seconds)

    async def _said(self, utterance: Utterance) -> Answer | None:
        playing = "prompt" in self._works
        if playing and not self._listen.barge_in:
            return None
        if utterance.noise:
            if self._interrupted and self._replays < _MOST_REPLAYS:
                self._replay()
            return None
        if self._listen.digits is not None and utterance.text:
            await self._stop("prompt")
            self._parts.append(utterance)
            self._wait(_BETWEEN_SECONDS)
            enough = sum(len(part.text) for part in self._parts) >= self._listen.digits[1]
            return self._digits_so_far() if enough else None
        if playing and not utterance.text:
            return None  # a word to somebody else: the prompt goes on
        await self._stop("prompt")
        if self._parts:
            return self._digits_so_far()
        if not utterance.text:
            log.info("ivr.not_understood", reason=utterance.refused)
            return Answer("", spoken=True, confidence=0.0)
        return self._listen.answer(utterance.text, utterance.confidence)

    def _replay(self) -> None:
        """It was no speech: the prompt begins again, and at last stops for words only."""
        self._replays += 1
        self._interrupted = False
        self._until = None
        self._start("prompt", self._play())
        if self._replays < _MOST_REPLAYS:
            self._ears.again()
            self._start("barge", self._ears.interrupted.wait())

    def _digits_so_far(self) -> Answer | None:
        if not self._parts:
            return None
        sure = min(part.confidence for part in self._parts)
        return self._listen.answer(" ".join(part.text for part in self._parts), sure)

    def _wait(self, seconds: float) -> None:
        self._until = asyncio.get_running_loop().time() + seconds

    def _start(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        self._works[name] = asyncio.ensure_future(work)

    async def _stop(self, *names: str) -> None:
        tasks = [self._works.pop(name) for name in tuple(names) if name in self._works]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
