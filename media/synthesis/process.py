"""The process that speaks, seen from the app: started when needed, replaced when lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

from core.log import get_logger
from core.process import spawn, stop
from media.synthesis import wire
from media.synthesis.contract import Samples
from media.synthesis.errors import SynthesisBusy, SynthesisFailed

log = get_logger(__name__)

_SECONDS = 30.0  # for a clause; loading an engine included
_ATTEMPTS = 2
_WAITING = 64


class SynthesisProcess:
    """Clauses are spoken one after another, in the order in which they were asked for."""

    def __init__(self, *, seconds: float = _SECONDS, waiting: int = _WAITING) -> None:
        self._seconds = seconds
        self._most = waiting
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._closed = False
        self.lost = 0
        """Processes that died or were ended because they took too long."""
        self.cpu_seconds = 0.0

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return self._process.pid if self._process else None

    def closed(self) -> bool:
        """Whether it was ended for good."""
        return self._closed

    async def ask(self, job: dict[str, Any]) -> Samples:
        """The sound of ``job``. Raises SynthesisBusy, SynthesisFailed. Not to be
        cancelled: the answer would be taken for that of the next one."""
        if self._waiting >= self._most:
            raise SynthesisBusy(
                f"{self._waiting} clauses wait to be spoken.",
                hint="Try again later; texts that were spoken before come from the cache.",
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await self._attempts(job)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process."""
        self._closed = True
        await self._end()

    async def _attempts(self, job: dict[str, Any]) -> Samples:
        for attempt in range(1, _ATTEMPTS + 1):
            if self.closed():
                break
            try:
                async with asyncio.timeout(self._seconds):
                    answer, samples = await self._exchange(job)
            except (asyncio.IncompleteReadError, OSError, TimeoutError) as error:
                await self._end()
                if self.closed():
                    break
                self.lost += 1
                reason = type(error).__name__
                log.warning("synthesis.process_lost", reason=reason, attempt=attempt)
                continue
            if "error" in answer:
                raise SynthesisFailed(
                    f"The text could not be spoken: {answer['error']['message']}",
                    hint=answer["error"].get("hint", ""), cause=answer["error"]["code"],
                )  # fmt: skip
            self.cpu_seconds += answer.get("cpu_seconds", 0.0)
            return samples
        raise SynthesisFailed(
            "Synthesis is closed." if self.closed()
            else f"{_ATTEMPTS} processes died or took over {self._seconds:g} s over a text."
        )  # fmt: skip

    async def _exchange(self, job: dict[str, Any]) -> tuple[dict[str, Any], Samples]:
        if self._process is None:
            self._process = await spawn(
                [sys.executable, "-m", "media.synthesis.worker"],
                env={**os.environ, "OMP_NUM_THREADS": "1"}, stdin=PIPE, stdout=PIPE,
                death_signal=signal.SIGKILL,
            )  # fmt: skip
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        writer.write(wire.pack(job))
        await writer.drain()
        return await wire.receive(reader)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await stop(process, seconds=0.5, first=signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()
                with contextlib.suppress(OSError):
                    await process.stdin.wait_closed()
