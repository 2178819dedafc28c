"""The process of the phones, from outside."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bench.hearing.crossing import Crossed
from bench.hearing.script import Turn
from bench.hearing.stream import Said
from core import process as processes
from core.errors import ParleyError

_ANSWER_SECONDS = 40.0
_BLOCK = 1 << 16


class PhonesFailed(ParleyError):
    """The phones could not do what they were told."""

    code: ClassVar[str] = "bench_phones_failed"


@dataclass(frozen=True)
class Dial:
    """A call to place: who calls what, and with which account."""

    caller: str
    number: str
    user: str
    password: str


@dataclass(frozen=True)
class Up:
    """Calls that are up: the number of each one's agent; monotonic seconds at which
    the last rang and was answered, and at which all were up."""

    agents: list[str]
    answered: float
    up: float


@dataclass(frozen=True)
class Report:
    """What was said by whom (call, side), what came across to whom, and by how much the
    phones' own clock was late at worst."""

    said: list[tuple[int, str, Said]]
    crossed: dict[tuple[int, str], Crossed]
    late: float


class Phones:
    """``async with Phones.started(...) as phones``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def started(cls, port: int, *, sip_port: int, phrases: Path) -> AsyncIterator[Phones]:
        """Run them; ``phrases`` is the folder with what they can say."""
        setup = {"port": port, "sip_port": sip_port, "phrases": str(phrases)}
        process = await processes.spawn(
            [sys.executable, "-m", "bench.hearing.phones", json.dumps(setup)],
            stdin=PIPE, stdout=PIPE,
        )  # fmt: skip
        try:
            phones = cls(process)
            await phones._answer()
            yield phones
        finally:
            await processes.stop(process, seconds=2)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def call(self, dials: Sequence[Dial], *, together: bool = False) -> Up:
        """Place calls and have them answered; ``together``: all at one moment."""
        calls = [[d.caller, d.number, d.user, d.password] for d in dials]
        got = await self._do("call", calls=calls, together=together)
        return Up(got["agents"], got["answered"], got["up"])

    async def say(self, turns: Sequence[Turn], began: float) -> None:
        """Say it all, counted from ``began``."""
        what = [[t.call, t.side, t.phrase, began + t.at] for t in turns]
        await self._do("say", what=what)

    async def pause(self, call: int, side: str, at: float, seconds: float) -> None:
        """Hold back for ``seconds`` what is said from ``at`` on, then send it at once."""
        await self._do("pause", call=call, side=side, at=at, seconds=seconds)

    async def report(self, since: float, until: float) -> Report:
        """What was, between two moments; it is forgotten then."""
        got = await self._do("report", since=since, until=until)
        return Report(
            [(call, side, Said(*rest)) for call, side, *rest in got["said"]],
            {(each.pop("call"), each.pop("to")): Crossed(**each) for each in got["crossed"]},
            got["late"],
        )

    async def hang_up(self) -> int:
        """End all calls; how many had ended by themselves."""
        return int((await self._do("hang_up"))["gone"])

    async def _do(self, command: str, /, **more: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": command, **more}).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = b""
        async with asyncio.timeout(_ANSWER_SECONDS):
            while not line.endswith(b"\n"):  # longer than readline() allows
                if not (more := await self._process.stdout.read(_BLOCK)):
                    break
                line += more
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the process ended"}
        if "error" in answer:
            raise PhonesFailed(f"The phones failed: {answer['error']}.")
        return answer
