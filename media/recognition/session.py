"""One leg's recognition: from frames to turns, from turns to requests, to events.

The session holds all the state there is: the sound of the utterance that is being said,
and what was understood of it. Recognition processes only get copies.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from core import metrics
from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.audio.frame import RATE, Digit, Frame
from media.recognition.choice import Plan
from media.recognition.contract import Heard, Kind, Said, Use
from media.recognition.engine import Decoded, Request, Word
from media.recognition.event_queue import EventQueue
from media.recognition.grammar import Grammar
from media.recognition.job_queue import Rank
from media.recognition.utterance import EVERY, Guess, RecentSound, Utterance
from media.recognition.workers import WorkerPool
from media.recognition.written import written
from media.vad.sounds import SoundDetector
from media.vad.turns import Ended, Started, Timing, TurnDetector
from media.vad.voice import Voice, VoiceDetector

log = get_logger(__name__)

_FIRST_PARTIAL = 0.7  # seconds of an utterance, with the pause before it, worth a look
_AGAIN = 0.2  # seconds after a partial that was unsure: a little more may be enough
_SPARE = 2.0  # a partial that takes longer than a quarter second is asked for less often
_GUESS = 0.26  # seconds of pause after which the final is begun
_TAIL = 0.2  # seconds after the last speech that go into the final
_NEAR = 1.5  # seconds between two utterances that belong together
_LONGEST_CONTEXT = 8.0
_FINISH_SECONDS = 20.0
_ENDS = (".", "?", "!", "。", "？", "！")
_SURE = 0.6
_FIRM = 0.4  # of a partial from which words may be committed
_CLEAR = 0.85  # of a phrase

PlanFor = Callable[[str | None, Use, bool], Plan]
"""The plan of the moment for a language and a use, with a grammar or without."""
JudgedFrame = Callable[[Voice], None]


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
        self._sound = RecentSound()
        self._current: Utterance | None = None
        self._last: Utterance | None = None
        self._events = EventQueue()
        self._tasks = TaskOwner(f"recognizer:{leg}")
        self._order: asyncio.Future[None] | None = None
        """Done when the final before was told: they come in the order of speaking."""
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
        self._sound.add(item.at, samples)
        if self._judged is not None:
            self._judged(voice)
        if voice.key:
            self._events.put(Digit(voice.key, voice.at))
        for turn in self._turns.feed(voice):
            self._events.put(turn)
            if isinstance(turn, Started):
                self._begin(turn)
            else:
                self._end(turn)
        if changed := self._sounds.feed(voice, samples):
            self._events.put(changed)
        if self._current is not None:
            self._look(self._current)

    async def __aiter__(self) -> AsyncIterator[Said]:
        async for said in self._events:
            yield said

    async def settled(self) -> None:
        """Wait until everything that was asked is answered."""
        await self._tasks.drain(_FINISH_SECONDS)

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
        last, before = self._last, None
        if last is not None and self._grammar is None:
            near = turn.start - last.end < _NEAR and last.end - last.start < _LONGEST_CONTEXT
            before = last if near else None
        self._current = Utterance(turn.utterance, turn.start, self._grammar, before=before)

    def _look(self, utterance: Utterance) -> None:
        """Is it time for a partial, or to begin the final?"""
        pause = self._at - self._turns.last_speech
        guess = utterance.guess
        if pause >= _GUESS:
            if guess is None or guess.last_speech != self._turns.last_speech:
                self._guess(utterance)
            return
        length = self._at - utterance.start
        due = length >= _FIRST_PARTIAL and self._at - utterance.asked_at >= utterance.interval
        if not due or utterance.asking or utterance.grammar is not None:
            return
        utterance.asked_at = self._at
        plan = self._try_plan(utterance)
        if plan is not None and plan.partials:
            utterance.asking = True
            self._tasks.start(self._partial(utterance, plan), name=f"partial-{utterance.number}")

    async def _partial(self, utterance: Utterance, plan: Plan) -> None:
        end, began = self._at, time.monotonic()
        sound = self._sound.between(utterance.start, end)
        request = Request(sound, self._name(utterance), self._language, final=False)
        try:
            job = self._pool.submit(
                request, plan.model, leg=self._leg, rank=self._partial_rank(utterance)
            )
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
        utterance.interval = max(EVERY if decoded.text else _AGAIN, _SPARE * took)
        self._tell_partial(utterance, end, utterance.start, decoded, plan.model, took)

    def _tell_partial(
        self, utterance: Utterance, end: float, base: float, decoded: Decoded, model: str,
        took: float,
    ) -> None:  # fmt: skip
        if utterance.over or not decoded.text:
            return
        utterance.shown = True
        partial = Heard(
            Kind.PARTIAL, self._leg, utterance.number, utterance.start, round(end, 2),
            text=written(decoded.text, decoded.language, final=False),
            words=tuple(word.shifted(base) for word in decoded.words),
            confidence=decoded.confidence, language=decoded.language, engine=model,
            seconds=round(took, 3),
        )  # fmt: skip
        self._events.put(partial)
        if decoded.confidence < _FIRM:
            return
        if fresh := utterance.agreement.feed(partial.words):
            said = _join(utterance.agreement.committed, decoded.language)
            text = written(said, decoded.language, final=False)
            self._events.put(
                replace(
                    partial, kind=Kind.COMMITTED, end=fresh[-1].end, words=tuple(fresh), text=text
                )
            )

    def _guess(self, utterance: Utterance) -> None:
        """Begin the final although the pause may turn out to be a short one."""
        plan = self._try_plan(utterance)
        if plan is None or (not plan.partials and utterance.grammar is None):
            return
        last, began = self._turns.last_speech, time.monotonic()
        request, base = self._final_request(utterance, last, self._turns.voiced)
        try:
            job = self._pool.submit(request, plan.model, leg=self._leg, rank=Rank.GUESS)
        except ParleyError:
            return
        utterance.guess = guess = Guess(last, plan, job, base)

        async def show() -> None:
            await asyncio.wait([job.answer])
            if job.answer.cancelled() or job.answer.exception() or utterance.over:
                return
            decoded = job.answer.result()
            if _complete(decoded, utterance.grammar):
                self._turns.complete(last)
            if utterance.grammar is None and plan.partials:
                took = time.monotonic() - began
                self._tell_partial(utterance, last, base, decoded, plan.model, took)

        self._tasks.start(show(), name=f"guess-{utterance.number}-{guess.last_speech:.2f}")

    def _end(self, turn: Ended) -> None:
        utterance, self._current = self._current, None
        assert utterance is not None
        utterance.over, utterance.end = True, turn.end
        utterance.before, before = None, utterance.before
        self._last = utterance
        guess = utterance.guess
        if guess is not None and abs(guess.last_speech - turn.end) < 0.001:
            guess.job.rank = self._final_rank  # it is the final now, which nothing may drop
        else:
            guess = None
        self._pool.queue.withdraw(self._leg)
        utterance.before = before
        later = Heard(Kind.DEFERRED, self._leg, turn.utterance, turn.start, turn.end)
        try:
            if guess is None:
                guess = self._ask_final(utterance, turn)
        except ParleyError as error:
            log.warning("speech.deferred", code=error.code)
            self._events.put(replace(later, refused=error.code))
            return
        finally:
            utterance.before = None
        if guess is None:
            self._events.put(later)
            return
        order, self._order = self._order, asyncio.get_running_loop().create_future()
        work = self._final(utterance, later, guess, order, self._order)
        self._tasks.start(work, name=f"final-{turn.utterance}")

    def _ask_final(self, utterance: Utterance, turn: Ended) -> Guess | None:
        """None when it is to be done after the call."""
        plan = self._plan(self._language, self._use_of(utterance), utterance.grammar is not None)
        if not plan.live:
            return None
        request, base = self._final_request(utterance, turn.end, turn.voiced)
        job = self._pool.submit(request, plan.model, leg=self._leg, rank=self._final_rank)
        return Guess(turn.end, plan, job, base)

    async def _final(
        self, utterance: Utterance, later: Heard, guess: Guess,
        order: asyncio.Future[None] | None, done: asyncio.Future[None],
    ) -> None:  # fmt: skip
        began = time.monotonic()
        try:
            decoded = await guess.job.answer
            took = time.monotonic() - began
            if order is not None:
                await order
            self._tell_final(utterance, later, guess, decoded, took)
        except ParleyError as error:
            log.warning("speech.deferred", code=error.code)
            self._events.put(replace(later, refused=error.code))
        finally:
            done.set_result(None)

    def _tell_final(
        self, utterance: Utterance, later: Heard, guess: Guess, decoded: Decoded, took: float
    ) -> None:
        self._waited(guess.job.waited)
        metrics.speech_final_seconds.observe(took)
        text = decoded.text
        if utterance.grammar is None:
            text = written(text, decoded.language)
        utterance.heard = bool(text)
        self._events.put(
            replace(
                later, kind=Kind.FINAL, text=text, confidence=decoded.confidence,
                words=tuple(word.shifted(guess.base) for word in decoded.words),
                language=decoded.language, engine=guess.plan.model, refused=decoded.refused,
                seconds=round(took, 3),
            )
        )  # fmt: skip

    def _final_request(
        self, utterance: Utterance, end: float, voiced: float
    ) -> tuple[Request, float]:
        """The request, and where the times of its answer begin. What was said just before
        is given as context; if nothing was understood of it, it is tried again."""
        before, start, context = utterance.before, utterance.start, 0
        if before is not None and before.heard is not None:
            start = before.start
            if before.heard:
                context = round((utterance.start - before.start) * RATE)
        sound = self._sound.between(start, end + _TAIL)
        request = Request(
            sound, self._name(utterance), self._language, True, utterance.grammar, voiced,
            context=context,
        )  # fmt: skip
        return request, start + context / RATE

    def _try_plan(self, utterance: Utterance) -> Plan | None:
        try:
            grammar = utterance.grammar is not None
            plan = self._plan(self._language, self._use_of(utterance), grammar)
        except ParleyError:
            return None
        return plan if plan.live else None

    def _use_of(self, utterance: Utterance) -> Use:
        return Use.MENU if utterance.grammar is not None else self._use

    @property
    def _final_rank(self) -> Rank:
        return Rank.MENU_FINAL if self._use is Use.MENU else Rank.FINAL

    def _partial_rank(self, utterance: Utterance) -> Rank:
        if self._use is Use.MENU:
            return Rank.MENU_PARTIAL
        return Rank.PARTIAL if utterance.shown else Rank.FIRST_PARTIAL

    def _name(self, utterance: Utterance) -> str:
        return f"{self._leg}/{utterance.number}"


def _complete(decoded: Decoded, grammar: Grammar | None) -> bool:
    """Whether a sentence is over by the look of it; a choice, when it is clear; digits,
    when there are as many as can be."""
    if grammar is None:
        return decoded.text.endswith(_ENDS) and decoded.confidence >= _SURE
    if grammar.of_digits:
        return len(decoded.text) == grammar.most and decoded.confidence >= _SURE
    return bool(decoded.text) and decoded.confidence >= _CLEAR


def _join(words: list[Word], language: str) -> str:
    return ("" if language in ("zh", "ja") else " ").join(word.text for word in words)
