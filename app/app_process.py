"""The app as a child: started, found alive, watched, and ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

import aiohttp

from config.model import Settings
from core import process as processes
from core.errors import Unavailable
from core.log import get_logger

log = get_logger(__name__)

_TAIL = 64 * 1024  # of the log, to say why it did not start
_LINES = 8
_STOP_SECONDS, _FAILED_SECONDS = 15.0, 5.0


class AppDidNotStart(Unavailable):
    """The app ended, or did not become healthy in time."""

    code: ClassVar[str] = "app_did_not_start"
    retryable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class AppCommand:
    """How the app is started: with which configuration and environment."""

    config: Path | None
    environ: Mapping[str, str]

    def arguments(self) -> list[str]:
        chosen = ["--config", str(self.config)] if self.config else []
        return [sys.executable, "-m", "app", "serve", *chosen]


@dataclass(frozen=True, slots=True)
class Patience:
    """When an app that runs but does not answer counts as hung: after ``misses``
    questions in a row, ``every`` so many seconds one, of which each waited ``answer``
    seconds. About 40 s in all: a busy machine is not a hung app.

    Misses are counted rather than seconds, so that a machine that slept finds one
    miss and not a dead app."""

    every: float = 3.0
    answer: float = 4.0
    misses: int = 6


class AppProcess:
    """``parley serve`` as a child."""

    def __init__(self, command: AppCommand, settings: Settings, log_file: Path) -> None:
        self.command = command
        self.log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._started = False
        web = settings.server.web
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(web.host, web.host)  # noqa: S104
        self._url = f"http://{host}:{web.port}/health/live"

    @property
    def pid(self) -> int:
        """Process id; AssertionError before the start."""
        assert self._process is not None
        return self._process.pid

    async def start(self, *, seconds: float = 90.0) -> None:
        """Start, and return when it says that it is alive. Raises
        :class:`AppDidNotStart` with its last lines; it does not run then."""
        self._started = False
        with _opened(self.log_file) as out:
            self._process = await processes.spawn(
                self.command.arguments(), env=self.command.environ, stdout=out, stderr=out
            )
        try:
            await self._wait_alive(self._process, seconds)
        except BaseException:
            await processes.stop(self._process, seconds=_FAILED_SECONDS)
            raise
        self._started = True

    async def _wait_alive(self, process: asyncio.subprocess.Process, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        async with aiohttp.ClientSession() as http:
            while loop.time() < deadline:
                if process.returncode is not None:
                    raise self._failed(f"ended with status {process.returncode}")
                if await self._answers(http, min(2.0, seconds)):
                    return
                await asyncio.sleep(0.05)
        raise self._failed(f"was not alive within {seconds:g} s")

    async def _answers(self, http: aiohttp.ClientSession, seconds: float) -> bool:
        try:
            async with http.get(self._url, timeout=aiohttp.ClientTimeout(total=seconds)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _failed(self, what: str) -> AppDidNotStart:
        return AppDidNotStart(f"The app {what}.", hint=f"Its last lines:\n{self.last_lines()}")

    def last_lines(self, count: int = _LINES) -> str:
        """The end of its log."""
        try:
            with self.log_file.open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
                text = stream.read().decode(errors="replace")
        except OSError:
            return "(none)"
        return "\n".join(text.splitlines()[-count:])

    async def watch(self, patience: Patience) -> None:
        """For ever: kill the app when it is hung. Who waits for its end starts it again."""
        misses, watched = 0, self._process
        async with aiohttp.ClientSession() as http:
            while True:
                await asyncio.sleep(patience.every)
                process = self._process
                if process is None or not self._started or process.returncode is not None:
                    misses = 0
                    continue
                if process is not watched:
                    misses, watched = 0, process
                misses = 0 if await self._answers(http, patience.answer) else misses + 1
                if misses >= patience.misses and process.returncode is None:
                    log.error("supervisor.app_hung", pid=process.pid, misses=misses)
                    await processes.stop(process, first=signal.SIGKILL)
                    misses = 0

    async def wait(self) -> int:
        """Wait until it ends; its exit status."""
        assert self._process is not None
        return await self._process.wait()

    def kill(self) -> None:
        """End it at once, as a crash would; no error if it does not run."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """End it in order; by force after 15 s."""
        if self._process is not None:
            await processes.stop(self._process, seconds=_STOP_SECONDS)


def _opened(log_file: Path) -> IO[bytes]:
    """The log, or where it cannot be opened (the disk is full) nothing: calls first."""
    try:
        return log_file.open("ab")
    except OSError as error:
        log.error("supervisor.no_log_of_app", error=error.strerror)
        return Path(os.devnull).open("wb")
