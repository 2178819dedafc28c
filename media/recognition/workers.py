"""The pool of recognition processes.

Each has one thread and its own copy of the models. They hold nothing of a call that is
not also here: when one dies or hangs, the utterance it had goes to another, and a new
process takes its place (about half a second). What one utterance does to three processes
it is not given a fourth for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from core import metrics
from core.log import get_logger
from core.process import spawn, stop
from core.tasks import TaskOwner
from media.models.model import Model
from media.recognition import wire
from media.recognition.engine import Decoded, Request
from media.recognition.engines import KEEPS_STATE
from media.recognition.errors import RecognitionFailed, SpeechUnavailable
from media.recognition.job_queue import Job, JobQueue, Rank

log = get_logger(__name__)

_ATTEMPTS = 3
_START_SECONDS = 60.0
_DECODE_SECONDS = 20.0
_THOROUGH_SECONDS = 120.0
_BACK_OFF = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_REMEMBERED = 512  # utterances whose process is known


@dataclass
class _Slot:
    """The place of one process."""

    number: int
    process: Process | None = None
    ready: bool = False
    failures: int = 0
    job: Job | None = None


@dataclass
class PoolCounters:
    """What the pool did."""

    started: int = 0
    lost: int = 0
    done: int = 0
    cpu_seconds: float = 0.0
    load_seconds: list[float] = field(default_factory=list)


class WorkerPool:
    """``workers`` processes for ``models``; those named in ``preload`` are loaded before
    a process takes work, the others when they are first asked for."""

    def __init__(
        self, models: Sequence[Model], *, workers: int | None = None, preload: Sequence[str] = ()
    ) -> None:
        self._models = {model.name: model for model in models}
        self._preload = list(preload)
        self._slots = [_Slot(number) for number in range(workers or os.cpu_count() or 1)]
        self._queue = JobQueue()
        self._tasks = TaskOwner("speech")
        self._place: OrderedDict[str, int] = OrderedDict()
        self._ready = asyncio.Event()
        self._problem: dict[str, Any] | None = None
        self.counters = PoolCounters()
        self.ready_at = 0.0
        """When a process last got ready (monotonic)."""

    @property
    def queue(self) -> JobQueue:
        """What waits."""
        return self._queue

    @property
    def workers(self) -> int:
        """How many processes there are to be."""
        return len(self._slots)

    @property
    def pids(self) -> list[int]:
        """Of the processes that are ready."""
        return [s.process.pid for s in self._slots if s.ready and s.process is not None]

    def give_up(self, now: float, since: float = 0.0) -> int:
        """Give back finals that waited too long, although processes were there to do them;
        how many. What they waited before ``since`` does not count."""
        return self._queue.give_up(now, max(since, self.ready_at)) if self.pids else 0

    @property
    def problem(self) -> str:
        """Why no process works; empty while one does."""
        if self.pids or self._problem is None:
            return ""
        return str(self._problem.get("message", "unknown"))

    async def start(self) -> None:
        """Check the models' files and start the processes.

        Raises ModelDamaged, or :class:`SpeechUnavailable` if none got ready in a minute.
        """
        for name in self._preload:
            await asyncio.to_thread(self._models[name].check, whole=True)
        for slot in self._slots:
            self._tasks.keep(partial(self._keep, slot), name=f"worker-{slot.number}")
        try:
            await asyncio.wait_for(self._ready.wait(), _START_SECONDS)
        except TimeoutError:
            await self.close()
            raise SpeechUnavailable(
                f"No recognition process got ready: {self.problem or 'no answer'}."
            ) from None

    def submit(self, request: Request, model: str, *, leg: str, rank: Rank) -> Job:
        """Queue a request; ``Job.answer`` is its future, cancelled when a partial gives
        way. Raises SpeechOverloaded for a final too many, SpeechUnavailable when there is
        no such model."""
        if model not in self._models:
            raise SpeechUnavailable(
                f"There is no speech model {model!r}.", hint="See: parley models list"
            )
        future: asyncio.Future[Decoded] = asyncio.get_running_loop().create_future()
        job = Job(request, model, leg, rank, future)
        if self._models[model].kind in KEEPS_STATE:
            job.slot = self._place.get(request.utterance)
        self._queue.put(job)
        return job

    async def run(self, request: Request, model: str, *, leg: str, rank: Rank) -> Decoded:
        """Submit and wait; raises also RecognitionFailed, and CancelledError when a
        partial gave way."""
        return await self.submit(request, model, leg=leg, rank=rank).answer

    async def close(self) -> None:
        """End all processes; what waits is cancelled."""
        await self._tasks.close()
        for slot in self._slots:
            await self._end(slot)

    async def _keep(self, slot: _Slot) -> None:
        """Keep one process alive, and fed."""
        while True:
            try:
                await self._start(slot)
                await self._feed(slot)
            except Exception as error:
                self._lost(slot, error)
            finally:
                await self._end(slot)
            await asyncio.sleep(_BACK_OFF[min(slot.failures, len(_BACK_OFF) - 1)])

    async def _start(self, slot: _Slot) -> None:
        setup = {
            "models": [wire.of_model(model) for model in self._models.values()],
            "preload": self._preload,
        }
        slot.process = await spawn(
            [sys.executable, "-m", "media.recognition.worker", json.dumps(setup)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, stdin=PIPE, stdout=PIPE,
            death_signal=signal.SIGKILL,
        )  # fmt: skip
        self.counters.started += 1
        assert slot.process.stdout is not None
        hello = await asyncio.wait_for(wire.receive(slot.process.stdout), _START_SECONDS)
        if "error" in hello:
            self._problem = hello["error"]
            slot.failures += 1
            log.error("speech.worker_not_ready", code=hello["error"]["code"], slot=slot.number)
            raise ConnectionError("not ready")
        self.counters.load_seconds.append(hello["ready"])
        slot.ready = True
        self.ready_at = time.monotonic()
        self._ready.set()
        self._queue.wake()
        log.info("speech.worker_ready", slot=slot.number, seconds=hello["ready"])

    async def _feed(self, slot: _Slot) -> None:
        assert slot.process is not None
        reader, writer = slot.process.stdout, slot.process.stdin
        assert reader is not None
        assert writer is not None

        while True:
            slot.job = job = await self._next(slot, reader)
            job.attempts += 1
            limit = _THOROUGH_SECONDS if job.request.thorough else _DECODE_SECONDS
            async with asyncio.timeout(limit):
                writer.write(wire.of_request(job.request, job.model))
                await writer.drain()
                answer = await wire.receive(reader)
            slot.job = None
            slot.failures = 0
            self._done(slot, job, answer)

    async def _next(self, slot: _Slot, reader: asyncio.StreamReader) -> Job:
        """The next job; raises IncompleteReadError if the process dies while idle."""

        def mine(job: Job) -> bool:
            other = job.slot
            return other is None or other == slot.number or not self._slots[other].ready

        assert slot.process is not None
        taking = asyncio.ensure_future(self._queue.take(mine))
        dying = asyncio.ensure_future(slot.process.wait())
        try:
            await asyncio.wait({taking, dying}, return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                return taking.result()
            raise asyncio.IncompleteReadError(b"", None)
        finally:
            dying.cancel()
            if not taking.done():
                taking.cancel()

    def _done(self, slot: _Slot, job: Job, answer: dict[str, Any]) -> None:
        kind = "partial" if job.rank.partial else "final"
        self.counters.done += 1
        if "error" in answer:
            log.error("speech.failed", code=answer["error"]["code"], model=job.model)
            metrics.speech_jobs_total.labels(kind, "failed").inc()
            self._fail(job, answer["error"]["message"])
            return
        decoded = Decoded.from_dict(answer)
        self.counters.cpu_seconds += decoded.cpu_seconds
        metrics.speech_jobs_total.labels(kind, "refused" if decoded.refused else "done").inc()
        self._place[job.request.utterance] = slot.number
        while len(self._place) > _REMEMBERED:
            self._place.popitem(last=False)
        if not job.answer.done():
            job.answer.set_result(decoded)

    def _lost(self, slot: _Slot, error: BaseException) -> None:
        slot.ready = False
        self.counters.lost += 1
        metrics.speech_worker_losses_total.inc()
        job, slot.job = slot.job, None
        log.warning(
            "speech.worker_lost",
            slot=slot.number,
            reason=type(error).__name__,
            busy=job is not None,
        )
        if job is None:
            self._queue.wake()
            return
        slot.failures += 1
        job.slot = None
        if job.attempts >= _ATTEMPTS:
            self._fail(job, f"{job.attempts} recognition processes were lost over it")
        else:
            self._queue.put_back(job)

    def _fail(self, job: Job, why: str) -> None:
        if not job.answer.done():
            job.answer.set_exception(
                RecognitionFailed(
                    f"An utterance could not be recognised: {why}.",
                    hint="It is in the recording; the call is not affected.",
                )
            )

    async def _end(self, slot: _Slot) -> None:
        slot.ready = False
        process, slot.process = slot.process, None
        if process is not None:
            await stop(process, seconds=0.5, first=signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()
                with contextlib.suppress(OSError):
                    await process.stdin.wait_closed()
