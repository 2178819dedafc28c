"""One leg's recognition: from frames to turns, from turns to requests, to events.

The session holds all the state there is: the sound of the utterance that is being said,
and what was understood of it. Recognition processes only get copies.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import numpy as np

from core import metrics
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.audio.frame import FRAME_SECONDS, RATE, Digit, Frame, Samples
from media.recognition.agreement import Agreement
from media.recognition.choice import Plan
from media.recognition.contract import Heard, Kind, Said, Use
from media.recognition.engine import Decoded, Request, Word
from media.recognition.event_queue import EventQueue
from media.recognition.grammar import Grammar
from media.recognition.job_queue import Rank
from media.recognition.workers import WorkerPool
from media.recognition.written import written
from media.vad.sounds import SoundDetector
from media.vad.turns import Ended, Started, Timing, TurnDetector
from media.vad.voice import Voice, VoiceDetector

log = get_logger(__name__)

_FIRST_PARTIAL = 0.4  # seconds of an utterance before it is worth a look
_EVERY = 0.5
_SPARE = 2.0  # a partial that takes longer than a quarter second is asked for less often
_HELD = 45  # frames from before an utterance is noticed
_TAIL = 0.2  # seconds after the last speech that go into the final
_FINISH_SECONDS = 20.0

PlanFor = Callable[[str | None, Use, bool], Plan]
"""The plan of the moment for a language and a use, with a grammar or without."""
JudgedFrame = Callable[[Voice], None]


class _Utterance:
    """What is being said."""

    def __init__(self, number: int, start: float, grammar: Grammar | None) -> None:
        self.number = number
        self.start = start
        self.grammar = grammar
        self.frames: list[Samples] = []
        self.agreement = Agreement()
        self.asking = False
        self.asked_at = 0.0
        self.interval = _EVERY
        self.over = False

    def sound(self, seconds: float | None = None) -> Samples:
        """From its beginning, at most ``seconds`` of it."""
        count = None if seconds is None else max(1, round(seconds / FRAME_SECONDS))
        frames = self.frames[:count]
        return np.concatenate(frames) if frames else np.zeros(0, dtype=np.int16)


class LegRecognizer:
    """A :class:`media.recognition.contract.Recognizer` over a pool of processes.

    ``judged`` gets each frame's judgement, for barge-in and meters.
    """

    def __init__(
        self, leg: str, *, pool: WorkerPool, plan: PlanFor, detector: VoiceDetector,
        language: str | None = None, use: Use = Use.LIVE, grammar: Grammar | None = None,
        timing: Timing | None = None, judged: JudgedFrame | None = None,
        waited: Callable[[float], None] = lambda seconds: None,
        closed: Callable[[LegRecognizer], None] = lambda session: None,
    ) -> None:  # fmt: skip
        self._leg = leg
        self._pool, self._plan, self._detector = pool, plan, detector
        self._language, self._use, self._grammar = language, use, grammar
        self._judged, self._waited, self._closed = judged, waited, closed
        self._turns = TurnDetector(timing)
        self._sounds = SoundDetector()
        self._held: deque[tuple[float, Samples]] = deque(maxlen=_HELD)
        self._current: _Utterance | None = None
        self._events = EventQueue()
        self._tasks = TaskOwner(f"recognizer:{leg}")
        self._at = 0.0
        self._open = True

    @property
    def leg(self) -> str:
        return self._leg

    def listen_for(self, grammar: Grammar | None, *, use: Use = Use.MENU) -> None:
        self._grammar, self._use = grammar, use

    def tell(self, said: Said) -> None:
        """Put an event of others (a change of load) in line."""
        self._events.put(said)

    def feed(self, item: Frame | Digit) -> None:
        if not self._open:
            return
        if isinstance(item, Digit):
            self._events.put(item)
            return
        voice, samples = self._detector.feed(item)
        self._at = voice.end
        if self._judged is not None:
            self._judged(voice)
        if voice.key:
            self._events.put(Digit(voice.key, voice.at))
        self._held.append((item.at, samples))
        if self._current is not None:
            self._current.frames.append(samples)
        for turn in self._turns.feed(voice):
            self._events.put(turn)
            if isinstance(turn, Started):
                self._begin(turn)
            else:
                self._end(turn)
        if changed := self._sounds.feed(voice, samples):
            self._events.put(changed)
        if self._current is not None:
            self._maybe_partial(self._current)

    async def __aiter__(self) -> AsyncIterator[Said]:
        async for said in self._events:
            yield said

    async def finish(self) -> None:
        for turn in self._turns.finish(self._at):
            self._events.put(turn)
            assert isinstance(turn, Ended)
            self._end(turn)
        if not await self._tasks.drain(_FINISH_SECONDS):
            log.warning("speech.finish_cut", left=len(self._tasks))
        await self.close()

    async def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._pool.queue.withdraw(self._leg)
        await self._tasks.close()
        self._detector.close()
        self._events.close()
        self._closed(self)

    def _begin(self, turn: Started) -> None:
        utterance = _Utterance(turn.utterance, turn.start, self._grammar)
        from_ = turn.start - FRAME_SECONDS / 2
        utterance.frames = [samples for at, samples in self._held if at >= from_]
        self._current = utterance

    def _end(self, turn: Ended) -> None:
        utterance, self._current = self._current, None
        assert utterance is not None
        utterance.over = True
        self._pool.queue.withdraw(self._leg)
        self._tasks.start(self._final(utterance, turn), name=f"final-{turn.utterance}")

    def _maybe_partial(self, utterance: _Utterance) -> None:
        length = self._at - utterance.start
        due = length >= _FIRST_PARTIAL and self._at - utterance.asked_at >= utterance.interval
        if not due or utterance.asking or utterance.grammar is not None:
            return
        utterance.asked_at = self._at
        try:
            plan = self._plan(self._language, self._use, False)
        except ParleyError:
            return
        if not plan.partials:
            return
        utterance.asking = True
        self._tasks.start(self._partial(utterance, plan), name=f"partial-{utterance.number}")

    async def _partial(self, utterance: _Utterance, plan: Plan) -> None:
        end = self._at
        rank = Rank.MENU_PARTIAL if self._use is Use.MENU else Rank.PARTIAL
        began = time.monotonic()
        try:
            job = self._pool.submit(
                self._request(utterance, utterance.sound(), final=False), plan.model,
                leg=self._leg, rank=rank,
            )  # fmt: skip
            await asyncio.wait([job.answer])
            if job.answer.cancelled():  # it gave way
                return
            decoded = job.answer.result()
        except ParleyError as error:
            log.info("speech.partial_failed", code=error.code)
            return
        finally:
            utterance.asking = False
        took = time.monotonic() - began
        utterance.interval = max(_EVERY, _SPARE * took)
        if not utterance.over and decoded.text:
            self._tell_partial(utterance, end, decoded, plan.model, took)

    def _tell_partial(
        self, utterance: _Utterance, end: float, decoded: Decoded, model: str, took: float
    ) -> None:
        partial = Heard(
            Kind.PARTIAL, self._leg, utterance.number, utterance.start, round(end, 2),
            text=written(decoded.text, decoded.language),
            words=tuple(word.shifted(utterance.start) for word in decoded.words),
            confidence=decoded.confidence, language=decoded.language, engine=model,
            seconds=round(took, 3),
        )  # fmt: skip
        self._events.put(partial)
        if fresh := utterance.agreement.feed(partial.words):
            said = _join(utterance.agreement.committed, decoded.language)
            self._events.put(
                replace(
                    partial, kind=Kind.COMMITTED, end=fresh[-1].end, words=tuple(fresh),
                    text=written(said, decoded.language),
                )
            )  # fmt: skip

    async def _final(self, utterance: _Utterance, turn: Ended) -> None:
        began = time.monotonic()
        later = Heard(Kind.DEFERRED, self._leg, turn.utterance, turn.start, turn.end)
        menu = utterance.grammar is not None or self._use is Use.MENU
        use = Use.MENU if menu else self._use
        try:
            plan = self._plan(self._language, use, utterance.grammar is not None)
            if not plan.live:
                self._events.put(later)
                return
            sound = utterance.sound(turn.end - turn.start + _TAIL)
            request = self._request(utterance, sound, final=True, voiced=turn.voiced)
            job = self._pool.submit(
                request, plan.model, leg=self._leg, rank=Rank.MENU_FINAL if menu else Rank.FINAL
            )
            decoded = await job.answer
        except ParleyError as error:
            log.warning("speech.deferred", code=error.code)
            self._events.put(replace(later, refused=error.code))
            return
        took = time.monotonic() - began
        self._waited(job.waited)
        metrics.speech_final_seconds.observe(took)
        text = decoded.text if utterance.grammar else written(decoded.text, decoded.language)
        self._events.put(
            replace(
                later, kind=Kind.FINAL, text=text, confidence=decoded.confidence,
                words=tuple(word.shifted(utterance.start) for word in decoded.words),
                language=decoded.language, engine=plan.model, refused=decoded.refused,
                seconds=round(took, 3),
            )
        )  # fmt: skip

    def _request(
        self, utterance: _Utterance, sound: Samples, *, final: bool, voiced: float | None = None
    ) -> Request:
        return Request(
            sound, f"{self._leg}/{utterance.number}", self._language, final, utterance.grammar,
            voiced,
        )  # fmt: skip


def _join(words: list[Word], language: str) -> str:
    return ("" if language in ("zh", "ja") else " ").join(word.text for word in words)


__all__ = ["RATE", "LegRecognizer"]
