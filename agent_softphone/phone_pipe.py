"""The phone process seen from outside: start it, ask it, listen to it, end it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_softphone.phone_errors import PhoneDied, PhoneRefused, PhoneTimeout

PROGRAM = Path(__file__).parent / "phone" / "__main__.py"
_LINE_LIMIT = 1 << 20
_START_SECONDS = 20.0
_REPLY_SECONDS = 10.0
_END_SECONDS = 5.0
_STDERR_LINES = 40


def phone_python() -> str:
    """The interpreter that runs phones: it must be able to import pjsua2.

    ``PARLEY_PHONE_PYTHON``, else ``.parley/phone-python`` (a program, a link to one,
    or a virtual environment) of the working folder or of the source tree, else the
    interpreter we run on.
    """
    if named := os.environ.get("PARLEY_PHONE_PYTHON"):
        return named
    for folder in (Path.cwd(), Path(__file__).parents[1]):
        found = folder / ".parley" / "phone-python"
        if found.is_symlink():  # followed by hand: an interpreter looks for its
            found = found.parent / found.readlink()  # environment beside its own path
        if found.is_dir():
            found = found / "bin" / "python"
        if found.exists():
            return str(found)
    return sys.executable


class Pipe:
    """One running phone process and its two streams."""

    def __init__(self, process: asyncio.subprocess.Process, on_event: Callable[..., None]) -> None:
        self._process = process
        self._on_event = on_event
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False
        self.died: PhoneDied | None = None
        self._tasks = [
            asyncio.create_task(self._read_stderr(), name="phone:stderr"),
            asyncio.create_task(self._read_events(), name="phone:events"),
        ]

    @classmethod
    async def open(
        cls,
        on_event: Callable[..., None],
        *,
        python: str | None = None,
        bind: str = "127.0.0.1",
        log_level: int = 1,
        codecs: str | None = None,
    ) -> Pipe:
        """Start the process and wait until it takes commands; raises PhoneDied."""
        options = ["--bind", bind, "--log-level", str(log_level), "--parent", str(os.getpid())]
        if codecs:
            options += ["--codecs", codecs]
        interpreter = python or phone_python()
        try:
            process = await asyncio.create_subprocess_exec(
                interpreter,
                str(PROGRAM),
                *options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT,
                start_new_session=True,
            )
        except OSError as error:
            raise PhoneDied(
                f"No phone could be started with {interpreter}: {error}",
                hint="Name a Python with pjsua2 in PARLEY_PHONE_PYTHON.",
            ) from error
        pipe = cls(process, on_event)
        try:
            await asyncio.wait_for(asyncio.shield(pipe._ready), _START_SECONDS)
        except BaseException as error:
            await pipe.kill()
            if isinstance(error, TimeoutError):
                raise PhoneTimeout(f"The phone did not start in {_START_SECONDS} s") from None
            raise
        return pipe

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    async def ask(self, do: str, *, timeout: float = _REPLY_SECONDS, **fields: Any) -> Any:
        """Send a command and return its reply; raises PhoneRefused, PhoneDied, PhoneTimeout."""
        if self.died:
            raise self.died
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "do": do, **fields}) + "\n"
        assert self._process.stdin is not None
        try:
            with contextlib.suppress(ConnectionError):  # then the reader says how it died
                self._process.stdin.write(line.encode())
                await asyncio.wait_for(self._process.stdin.drain(), timeout)
            answer = await asyncio.wait_for(reply, timeout)
        except TimeoutError:
            raise PhoneTimeout(f"The phone did not answer '{do}' in {timeout} s") from None
        finally:
            self._replies.pop(number, None)
        if not answer["ok"]:
            raise PhoneRefused(f"'{do}': {answer['message']}", reason=answer["code"])
        return answer

    async def close(self) -> None:
        """Ask the process to hang up, unregister and end; kill it if it does not."""
        self._closing = True
        if self._process.returncode is None and self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """End the process at once (``SIGKILL``)."""
        self._closing = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await asyncio.wait(self._tasks, timeout=2)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read_stderr(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())

    async def _read_events(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            try:
                event = json.loads(line)
                kind = event["event"]
            except (ValueError, KeyError):
                self._stderr.append(f"not an event: {line[:200]!r}")
                continue
            if kind == "reply":
                reply = self._replies.get(event["id"] or 0)
                if reply and not reply.done():
                    reply.set_result(event)
            elif kind == "ready":
                self._ready.set_result(None)
            else:
                self._on_event(event)
        status = await self._process.wait()
        await asyncio.wait(self._tasks[:1], timeout=1)
        tail = "\n".join(self._stderr)
        how = f"on signal {-status}" if status < 0 else f"with status {status}"
        self.died = PhoneDied(
            f"The phone's process {self.pid} ended {how}."
            + (f" It last wrote:\n{tail}" if tail and not self._closing else "")
        )
        waiting: list[asyncio.Future[Any]] = [*self._replies.values(), self._ready]
        for future in waiting:
            if not future.done():
                future.set_exception(self.died)
                future.exception()  # seen: nobody may be waiting
        self._on_event({"event": "died", "t": 0.0})
