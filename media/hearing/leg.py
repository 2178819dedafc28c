"""One leg of a conversation, from its frames to what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.log import get_logger
from media.audio.frame import Frame
from media.audio.leg import Leg
from media.hearing.feelings import LegFeelings
from media.hearing.told import Tell, Told
from media.hearing.words import LegWords
from media.recognition.contract import Degraded, Heard, Kind, Recognizer, Said
from media.vad.sounds import Sound, SoundChanged
from media.vad.turns import Ended, Started, Turn
from media.vad.voice import Voice

log = get_logger(__name__)

_BREATH = 10  # frames taken at once when many have come
_SPEECH = 0.4
_KINDS = {Sound.NOTHING: "silence", Sound.MUSIC: "music", Sound.NOISE: "noise"}

TurnListener = Callable[["HeardLeg", Turn], list[Told]]
WordListener = Callable[["HeardLeg", Heard], list[Told]]


class VoiceMark:
    """What the voice detectors said of the latest frame: given to a recogniser as
    ``judged``."""

    def __init__(self) -> None:
        self.speech = False

    def __call__(self, voice: Voice) -> None:
        self.speech = voice.gate and voice.probability >= _SPEECH


class HeardLeg:
    """``side`` is customer or agent. ``place`` gives the conversation's time of a moment
    (monotonic seconds). ``on_turn`` and ``on_words`` are asked what both sides together
    make of it; what they tell of another leg names that leg.

    :meth:`run` feeds the recogniser with ``audio`` and tells, until the tap is over and
    the last text is there.
    """

    def __init__(
        self, audio: Leg, recognizer: Recognizer, words: LegWords, mark: VoiceMark, tell: Tell,
        *, side: str, place: Callable[[float], float], feelings: LegFeelings | None = None,
        on_turn: TurnListener | None = None, on_words: WordListener | None = None,
        heed: Callable[[Said], None] | None = None,
    ) -> None:  # fmt: skip
        self.audio = audio
        self.side = side
        self.words = words
        self.offset = 0.0
        """What is added to times of the leg to get those of the conversation."""
        self._place = place
        self.recognizer = recognizer
        self._mark = mark
        self.tell = tell
        self._feelings = feelings
        self._on_turn = on_turn
        self._on_words = on_words
        self._heed = heed

    async def run(self) -> None:
        """Until the leg is over. Cancelled, it lets go of everything at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump())
            if self._feelings is not None:
                group.create_task(self._feelings.run())
            group.create_task(self._read())

    async def settle(self, now: float) -> None:
        """Tell what may be shown by ``now`` (seconds of the conversation)."""
        for told in self.words.settle(now):
            await self.tell(told)

    async def _pump(self) -> None:
        feelings, taken = self._feelings, 0
        try:
            async for item in self.audio:
                if not taken:
                    self._begin()
                self.recognizer.feed(item)
                if feelings is not None and isinstance(item, Frame):
                    feelings.feed(item.samples, speech=self._mark.speech and not item.filled)
                taken += 1
                if taken % _BREATH == 0:
                    await asyncio.sleep(0)
            await self.recognizer.finish()
        finally:
            await self.recognizer.close()
            counters = self.audio.counters
            log.info(
                "leg.heard", contact=self.audio.contact_id, side=self.side,
                frames=counters.frames, filled=counters.filled, dropped=counters.dropped,
                skipped=counters.skipped, clipped=counters.clipped,
            )  # fmt: skip

    def _begin(self) -> None:
        if self.audio.began is not None:
            self.offset = self._place(self.audio.began)
        if self._feelings is not None:
            self._feelings.offset = self.offset

    async def _read(self) -> None:
        async for said in self.recognizer:
            if self._heed is not None:
                self._heed(said)
            for told in self._of(said):
                await self.tell(told)
        for told in self.words.settle(None):
            await self.tell(told)
        if self._feelings is not None:
            self._feelings.end()

    def _of(self, said: Said) -> list[Told]:
        if isinstance(said, Heard):
            return self._of_words(self._on_the_clock(said))
        if isinstance(said, SoundChanged):
            at = said.at + self.offset
            return [Told("sound.changed", at, {"kind": _KINDS[said.sound]})]
        if isinstance(said, Started | Ended):
            return self._of_turn(said)
        if isinstance(said, Degraded):
            return [
                Told(
                    "hearing.degraded", self.audio.seconds + self.offset,
                    {"level": int(said.level), "reason": said.reason},
                )
            ]  # fmt: skip
        return []  # a key: what it means is the flow's business, and it may be a secret's

    def _of_turn(self, turn: Turn) -> list[Told]:
        start = round(turn.start + self.offset, 3)
        if isinstance(turn, Started):
            turn = replace(turn, start=start)
            told = [Told("turn.started", start, {"utterance": turn.utterance, "start": start})]
        else:
            turn = replace(turn, start=start, end=round(turn.end + self.offset, 3))
            data: dict[str, Any] = {
                "utterance": turn.utterance, "start": turn.start, "end": turn.end
            }  # fmt: skip
            told = [Told("turn.ended", turn.end, data)]
        return told + (self._on_turn(self, turn) if self._on_turn else [])

    def _of_words(self, heard: Heard) -> list[Told]:
        if heard.kind in (Kind.PARTIAL, Kind.COMMITTED):
            told = self.words.partial(heard)
        else:
            told = self.words.final(heard)
        return told + (self._on_words(self, heard) if self._on_words and heard.text else [])

    def _on_the_clock(self, heard: Heard) -> Heard:
        return replace(
            heard,
            start=round(heard.start + self.offset, 2),
            end=round(heard.end + self.offset, 2),
            words=tuple(word.shifted(self.offset) for word in heard.words),
        )
