"""Synthesis of a whole app: the engines, their process, the cache, the lexicon.

speaker = Speaker(SpeechCache(folder), Lexicon.read(path))
async for chunk in speaker.stream("请稍等。", language="zh-CN"): ...
await speaker.close()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import BadInput, ParleyError
from core.log import get_logger
from core.tasks import TaskOwner
from media.errors import DiskFailed
from media.synthesis import engines
from media.synthesis.cache import SpeechCache, digest
from media.synthesis.clauses import Clause, clauses
from media.synthesis.contract import RATES, Engine, Part, Samples
from media.synthesis.engines import Chosen
from media.synthesis.errors import NothingToSay, SynthesisFailed
from media.synthesis.lexicon import Lexicon
from media.synthesis.process import SynthesisProcess

log = get_logger(__name__)

LONGEST_TEXT = 5000  # characters
SLOWEST, FASTEST = 0.5, 2.0
_RENDERING = 1  # raise it when the same engine's sound is treated differently


@dataclass(frozen=True)
class _Order:
    """What every clause of a text shares."""

    chosen: Chosen
    speed: float
    rate: int


class Speaker:
    """The :class:`~media.synthesis.contract.Synthesizer` of an app."""

    def __init__(
        self, cache: SpeechCache, lexicon: Lexicon | None = None, *,
        known: Mapping[str, type[Engine]] | None = None,
        process: SynthesisProcess | None = None,
    ) -> None:  # fmt: skip
        self._cache = cache
        self._lexicon = lexicon or Lexicon()
        self._engines = engines.available() if known is None else known
        self._process = process or SynthesisProcess()
        self._tasks = TaskOwner("synthesis")
        self._rendering: dict[str, asyncio.Task[Samples | ParleyError]] = {}

    @property
    def rendering(self) -> int:
        """Clauses that are on their way."""
        return len(self._rendering)

    async def load(self, *languages: str) -> None:
        """Load the engines of ``languages`` now, not with the first text."""
        for language in languages:
            chosen = engines.choose(self._engines, language, None)
            job = {"engine": engines.reference(chosen.engine), "parts": []}
            await asyncio.shield(self._tasks.start(self._process.ask(job), name="load"))

    async def stream(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> AsyncIterator[Samples]:  # fmt: skip
        """See Synthesizer."""
        order, pieces = self._order(text, language, voice, speed, rate)
        async for _, samples in self._each(order, pieces):
            yield samples

    async def say(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> Samples:  # fmt: skip
        """See Synthesizer."""
        chunks = self.stream(text, language=language, voice=voice, speed=speed, rate=rate)
        return np.concatenate([chunk async for chunk in chunks])

    async def file(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> Path:  # fmt: skip
        """See Synthesizer."""
        order, pieces = self._order(text, language, voice, speed, rate)
        key = self._file_key(pieces, order)
        if await asyncio.to_thread(self._cache.get, key, rate) is not None:
            return self._cache.path(key)
        sound = await self.say(text, language=language, voice=voice, speed=speed, rate=rate)
        return await asyncio.to_thread(self._cache.put, key, sound, rate)

    async def clips(
        self, text: str, *, language: str, voice: str | None = None, speed: float = 1.0,
        rate: int = 8000,
    ) -> AsyncIterator[Path]:  # fmt: skip
        """See Synthesizer."""
        order, pieces = self._order(text, language, voice, speed, rate)
        whole = self._file_key(pieces, order)
        if await asyncio.to_thread(self._cache.get, whole, rate) is not None:
            yield self._cache.path(whole)
            return
        async for piece, samples in self._each(order, pieces):
            key = self._file_key([piece], order)
            if await asyncio.to_thread(self._cache.get, key, rate) is None:
                await asyncio.to_thread(self._cache.put, key, samples, rate)
            yield self._cache.path(key)

    async def close(self) -> None:
        """See Synthesizer."""
        await self._process.close()  # who still waits is told so
        await self._tasks.drain(1.0)
        await self._tasks.close()
        await self._process.close()

    async def _each(
        self, order: _Order, pieces: Sequence[Clause]
    ) -> AsyncIterator[tuple[Clause, Samples]]:
        """The clauses with their sound, the pause after each in it."""
        sounds = [self._sound(pieces[0].text, order)]
        for number, piece in enumerate(pieces):
            if number + 1 < len(pieces):  # spoken while this one is listened to
                sounds.append(self._sound(pieces[number + 1].text, order))
            samples = await asyncio.shield(sounds[number])
            if isinstance(samples, ParleyError):
                raise samples
            frames = round(piece.pause * 50)
            yield piece, np.pad(samples, (0, frames * (order.rate // 50)))

    def _order(
        self, text: str, language: str, voice: str | None, speed: float, rate: int
    ) -> tuple[_Order, list[Clause]]:
        if rate not in RATES:
            raise BadInput(f"There is no speech at {rate} Hz, only at 8000 and 16000.")
        if not SLOWEST <= speed <= FASTEST:
            raise BadInput(f"The speed {speed:g} is not between {SLOWEST:g} and {FASTEST:g}.")
        if len(text) > LONGEST_TEXT:
            raise NothingToSay(
                f"The text has {len(text)} characters; {LONGEST_TEXT} are allowed.",
                hint="Say it in parts.",
            )
        chosen = engines.choose(self._engines, language, voice)
        engine = chosen.engine
        pieces = clauses(text, first=engine.first_clause, longest=engine.longest_clause)
        if not pieces:
            raise NothingToSay("There is nothing in the text that can be spoken.")
        return _Order(chosen, round(speed, 3), rate), pieces

    def _parts(self, clause: str, order: _Order) -> list[Part]:
        return self._lexicon.apply(clause, order.chosen.language)

    def _key(self, clause: str, order: _Order) -> str:
        """With the clause as the lexicon leaves it: a new entry touches only its texts."""
        chosen = order.chosen
        return digest(
            rendering=_RENDERING, engine=chosen.engine.name, version=engines.version(chosen.engine),
            voice=chosen.voice, language=chosen.language, speed=order.speed, rate=order.rate,
            parts=[[part.kind, part.value] for part in self._parts(clause, order)],
        )  # fmt: skip

    def _file_key(self, pieces: Sequence[Clause], order: _Order) -> str:
        return digest(texts=[[self._key(piece.text, order), piece.pause] for piece in pieces])

    def _sound(self, clause: str, order: _Order) -> asyncio.Task[Samples | ParleyError]:
        """The clause's sound, on its way; the same one for all who ask meanwhile."""
        key = self._key(clause, order)
        task = self._rendering.get(key)
        if task is None:
            task = self._tasks.start(self._answer(key, clause, order), name="clause")
            self._rendering[key] = task
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        return task

    async def _answer(self, key: str, clause: str, order: _Order) -> Samples | ParleyError:
        """An error is an answer: nobody may be left who waits for it."""
        try:
            return await self._render(key, clause, order)
        except ParleyError as error:
            log.warning("synthesis.failed", code=error.code, engine=order.chosen.engine.name)
            return error

    async def _render(self, key: str, clause: str, order: _Order) -> Samples:
        found = await asyncio.to_thread(self._cache.get, key, order.rate)
        if found is not None:
            return found
        chosen = order.chosen
        samples = await self._process.ask(
            {
                "engine": engines.reference(chosen.engine), "voice": chosen.voice,
                "language": chosen.language, "speed": order.speed, "rate": order.rate,
                "parts": [[part.kind, part.value] for part in self._parts(clause, order)],
            }
        )  # fmt: skip
        if not len(samples):
            raise SynthesisFailed(
                f"{chosen.engine.name} made no sound of a clause.",
                hint="Is the text in the language that was given?",
            )
        try:
            await asyncio.to_thread(self._cache.put, key, samples, order.rate)
        except DiskFailed as error:  # said all the same, only not kept
            log.warning("synthesis.cache_failed", code=error.code)
        return samples
