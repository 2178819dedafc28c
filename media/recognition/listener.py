"""Recognition of a whole app: the processes, the choice of model, the load.

    listener = Listener(installed())
    await listener.start()
    recognizer = await listener.recognizer("leg-1", language="en")

If it cannot start (a model is missing or damaged), calls go on: recognisers are still
handed out, find turns, keys and barge-ins, and mark each utterance for after the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from core.errors import ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.audio.frame import Samples
from media.audio.leg import Leg
from media.models.model import Model
from media.recognition import after_call
from media.recognition.after_call import Span
from media.recognition.choice import Chooser, Plan
from media.recognition.contract import Degraded, Heard, Level, Use
from media.recognition.errors import SpeechUnavailable
from media.recognition.grammar import Grammar
from media.recognition.load import LoadGauge
from media.recognition.session import JudgedFrame, LegRecognizer
from media.recognition.workers import WorkerPool
from media.vad.turns import Timing
from media.vad.voice import VoiceDetector

log = get_logger(__name__)

_LOOK = 0.25
_ASLEEP = 1.0


class Listener:
    """``workers``: recognition processes, by default as many as there are cores.
    ``levels``: the least and the most that may be left out because of load."""

    def __init__(
        self, models: Sequence[Model], *, workers: int | None = None,
        levels: tuple[Level, Level] = (Level.ALL, Level.AFTER_CALL),
    ) -> None:  # fmt: skip
        self._models = list(models)
        self._chooser = Chooser(self._models)
        preload = [model.name for model in self._models if model.name == "whisper-base"]
        self.pool = WorkerPool(self._models, workers=workers, preload=preload)
        self._gauge = LoadGauge(self._changed, levels=levels)
        self._sessions: dict[str, LegRecognizer] = {}
        self._tasks = TaskOwner("listener")
        self.problem: ParleyError | None = None
        """Why there is no recognition; None while there is."""

    @property
    def degraded(self) -> Degraded | None:
        """What is left out now because of load; None when nothing is."""
        return self._last if self._gauge.level else None

    _last: Degraded | None = None

    def knows(self, language: str) -> bool:
        """Whether what is said in it (ISO 639-1) can be recognised now."""
        working = self.problem is None and bool(self.pool.pids)
        return working and any(model.speaks(language) for model in self._models)

    async def start(self) -> None:
        """Start the processes. Never raises for a model: see :attr:`problem`."""
        try:
            if not self._models:
                raise SpeechUnavailable(
                    "No speech model is installed.", hint="Run make setup, or: parley models list"
                )
            await self.pool.start()
        except ParleyError as error:
            self.problem = error
            log.error("speech.unavailable", code=error.code, message=error.message, hint=error.hint)
            return
        self._tasks.keep(self._watch, name="load")

    async def recognizer(
        self, leg: str, *, language: str | None = None, use: Use = Use.LIVE,
        grammar: Grammar | None = None, timing: Timing | None = None,
        judged: JudgedFrame | None = None,
    ) -> LegRecognizer:  # fmt: skip
        """A recogniser for one leg; its owner feeds it and finishes it.

        ``language`` is ISO 639-1, None when it has to be found out. ``judged`` is called
        with the voice detectors' word on every frame, e.g. for barge-in.
        """
        session = LegRecognizer(
            leg, pool=self.pool, plan=self._plan, detector=await VoiceDetector.create(),
            language=language, use=use, grammar=grammar, timing=timing, judged=judged,
            waited=self._gauge.waited, closed=lambda s: self._forget(s),
        )  # fmt: skip
        self._sessions[leg] = session
        return session

    async def hear(self, leg: Leg, *, use: Use = Use.LIVE) -> LegRecognizer:
        """A recogniser that a tapped leg feeds by itself until it ends."""
        session = await self.recognizer(leg.id, language=leg.language, use=use)
        self._tasks.start(self._pump(leg, session), name=f"leg-{leg.id}")
        return session

    @property
    def live(self) -> int:
        """How many legs are heard at this moment."""
        return len(self._sessions)

    async def transcribe(
        self, leg: str, samples: Samples, rate: int, *, language: str | None = None,
        spans: Sequence[Span] | None = None,
    ) -> list[Heard]:  # fmt: skip
        """Finals of one side of a recording (mono), or of ``spans`` (seconds) of it, behind
        everything that is live. Raises SpeechUnavailable, SpeechOverloaded and
        RecognitionFailed."""
        if self.problem is not None:
            raise SpeechUnavailable(self.problem.message, hint=self.problem.hint)
        return await after_call.transcribe(
            self.pool, self._chooser, leg, samples, rate, language=language, spans=spans
        )

    async def close(self) -> None:
        """End everything."""
        await self._tasks.close()
        for session in list(self._sessions.values()):
            await session.close()
        await self.pool.close()

    async def _pump(self, leg: Leg, session: LegRecognizer) -> None:
        async for item in leg:
            session.feed(item)
        await session.finish()
        c = leg.counters
        log.info(
            "leg.ended", contact=leg.contact_id, side=leg.side, frames=c.frames,
            filled=c.filled, dropped=c.dropped, skipped=c.skipped, clipped=c.clipped,
        )  # fmt: skip

    def _plan(self, language: str | None, use: Use, grammar: bool) -> Plan:
        if self.problem is not None:
            raise SpeechUnavailable(self.problem.message, hint=self.problem.hint)
        return self._chooser.plan(language, use, self._gauge.level, grammar=grammar)

    def _forget(self, session: LegRecognizer) -> None:
        if self._sessions.get(session.leg) is session:
            del self._sessions[session.leg]

    def _changed(self, degraded: Degraded) -> None:
        self._last = degraded
        for session in self._sessions.values():
            session.tell(degraded)

    async def _watch(self) -> None:
        looked = awake = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK)
            now = time.monotonic()
            if now - looked > _ASLEEP:  # it was us who kept them waiting
                awake = now
            looked = now
            self._gauge.gave_up(self.pool.give_up(now, awake))
            self._gauge.look(now, self.pool.queue.longest_wait(now))
