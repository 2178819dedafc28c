"""Ears for a menu: the caller alone, while a flow listens.

    async with hearing.menu_ears(contact_id, language="zh", grammar=grammar) as ears:
        ears.prompt_began(Policy())  # and play the prompt
        barge = await ears.barged()  # None: nobody will interrupt any more
        said = await ears.answer(5.0)

What they give is as it was heard, unmasked: act on it, never log, store or show it. The
same words go to the live log, masked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from app.hearing.taps import Tap
from media.hearing.leg import HeardLeg
from media.recognition.contract import Heard, Kind, Recognizer, Said, Use
from media.recognition.grammar import Grammar
from media.vad.barge_in import BargeIn, BargeInDetector, Policy
from media.vad.turns import Ended, Started
from media.vad.voice import Voice

BOUND = 512  # events that wait for the flow; the oldest are dropped


class MenuEars:
    """One reader; made by :meth:`app.hearing.service.Hearing.menu_ears`."""

    def __init__(self, grammar: Grammar | None, barge: Policy | None) -> None:
        self._grammar = grammar
        self._said: deque[Said] = deque(maxlen=BOUND)
        self._more = asyncio.Event()
        self._over = False
        self._tap: Tap | None = None
        self._recognizer: Recognizer | None = None
        self._detector = BargeInDetector(barge) if barge is not None else None
        self._barged: asyncio.Future[BargeIn | None] = asyncio.get_running_loop().create_future()
        self.speaking = False
        """Whether the caller is in the middle of an utterance."""

    @property
    def seconds(self) -> float:
        """The clock of what is heard, which times of :class:`Said` are on."""
        return self._tap.sound.seconds if self._tap is not None else 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more will be heard: the caller is gone, or the tap is."""
        return self._over

    def listen_for(self, grammar: Grammar | None) -> None:
        """From the next utterance on, expect what ``grammar`` allows; None: anything."""
        if self._recognizer is not None:
            self._recognizer.listen_for(grammar, use=Use.MENU)

    def prompt_began(self, policy: Policy | None = None) -> None:
        """A prompt begins now, which the caller may interrupt as ``policy`` says."""
        self._detector = BargeInDetector(policy or Policy(), began=self.seconds)
        if self._barged.done():
            self._barged = asyncio.get_running_loop().create_future()
        if self._over:
            self._barged.set_result(None)

    async def barged(self) -> BargeIn | None:
        """Wait until the caller interrupts the prompt; None when that cannot be any more.
        May be cancelled and asked again."""
        return await asyncio.shield(self._barged)

    async def __aiter__(self) -> AsyncIterator[Said]:
        while True:
            while self._said:
                yield self._said.popleft()
            if self._over:
                return
            self._more.clear()
            await self._more.wait()

    async def answer(self, seconds: float) -> Heard | None:
        """The next utterance that has words (what is refused or empty is passed over);
        None if none *begins* within ``seconds``, or nothing more will be heard. What has
        begun is waited for."""
        try:
            async with asyncio.timeout(seconds) as limit:
                async for said in self:
                    if isinstance(said, Started):
                        limit.reschedule(None)
                    elif isinstance(said, Heard) and said.kind in (Kind.FINAL, Kind.DEFERRED):
                        if said.kind is Kind.FINAL and said.text:
                            return said
                        limit.reschedule(asyncio.get_running_loop().time() + seconds)
        except TimeoutError:
            pass
        return None

    # For the tap.

    def tapped(self, tap: Tap, leg: HeardLeg) -> None:
        """It is heard from now on."""
        self._tap, self._recognizer = tap, leg.recognizer

    def judged(self, voice: Voice) -> None:
        """The voice detectors' word on a frame."""
        if self._detector is not None and (decision := self._detector.frame(voice)) is not None:
            self._decide(decision)

    def heed(self, said: Said) -> None:
        """What the recogniser says."""
        if isinstance(said, Started | Ended):
            self.speaking = isinstance(said, Started)
        if isinstance(said, Heard) and said.text and self._detector is not None:
            decision = self._detector.words(said.end, said.start)
            if decision is not None:
                self._decide(decision)
        self._said.append(said)
        self._more.set()

    def end(self) -> None:
        """Nothing more will be heard."""
        self._over = True
        self._more.set()
        if not self._barged.done():
            self._barged.set_result(None)

    def _decide(self, decision: BargeIn) -> None:
        if not self._barged.done():
            self._barged.set_result(decision)
