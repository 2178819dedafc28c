"""An installation whose calls are heard, phones that talk, and somebody who reads along.

Besides the calls through the app there can be some that nobody taps: through Dial, on the
same Asterisk at the same time. What happens to both is the machine's doing.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import psutil

from acd.store import Store
from bench.hearing.listening import Listening
from bench.hearing.phones_process import Dial, Phones, Up
from bench.hearing.phrases import Phrase, phrases
from bench.hearing.spoken import write_spoken
from bench.support import app_queue
from bench.support.installation import TRUNK, BenchCentre, bench_centre
from bench.support.port_run import port_run
from bench.support.priority import prefer
from core import redis as redis_access
from core.redis import Keys

NUMBERS = {"en": "4000", "zh": "4002"}
UNTAPPED = 2
"""Calls through Dial in each step."""
_FIRST_AGENT = 7100
_CONNECTED_SECONDS = 10.0
_READY_SECONDS = 30.0


@dataclass(frozen=True)
class Calls:
    """Calls that are up: the contact and the language of each that is heard."""

    contacts: list[str]
    languages: list[str]
    up: Up


class Scene:
    """``async with Scene.set(most) as scene``; ``most`` is how many calls at once."""

    def __init__(
        self, centre: BenchCentre, phones: Phones, listening: Listening, agents: Sequence[str],
        chosen: list[Phrase], source: str,
    ) -> None:  # fmt: skip
        self.centre = centre
        self.phones = phones
        self.listening = listening
        self.phrases = chosen
        self.source = source
        self._agents = agents
        self._callers = itertools.count(13_000_000_000)

    @classmethod
    @asynccontextmanager
    async def set(cls, most: int) -> AsyncIterator[Scene]:
        """Everything started, agents at work, recognition ready."""
        async with AsyncExitStack() as stack:
            first, last = stack.enter_context(port_run(2))
            port = first
            agents = [str(_FIRST_AGENT + n) for n in range(most + UNTAPPED)]
            centre = await stack.enter_async_context(
                bench_centre(
                    {
                        "hearing.enabled": "true",
                        "sip.rtp_first": str(first + 10), "sip.rtp_last": str(last),
                    },
                    custom=app_queue.files(()),
                    agents={name: f"sip:{name}@127.0.0.1:{port}" for name in agents},
                )
            )  # fmt: skip
            folder = centre.folder / "phrases"
            folder.mkdir()
            chosen, source = await phrases(folder)
            sounds = {phrase.name: phrase.sound for phrase in chosen}
            await asyncio.to_thread(write_spoken, folder, sounds)
            phones = await stack.enter_async_context(
                Phones.started(port, sip_port=centre.sip_port, phrases=folder)
            )
            listening = await stack.enter_async_context(Listening.to(centre))
            prefer([os.getpid(), centre.app.pid, centre.asterisk.pid, centre.valkey.pid])
            scene = cls(centre, phones, listening, agents, chosen, source)
            await scene._ready()
            yield scene

    def recognition(self) -> list[int]:
        """The recognition processes of the app."""
        return [
            child.pid
            for child in psutil.Process(self.centre.app.pid).children(recursive=True)
            if _recognises(child)
        ]

    async def calls(self, count: int, *, untapped: int = 0, together: bool = False) -> Calls:
        """``count`` calls, English and Mandarin in turns, then ``untapped`` more;
        ``together``: all answered at one moment."""
        wanted = self._agents[:count]
        await asyncio.gather(
            *(self.centre.api("POST", f"/api/agents/phone{n}/log-in", ready=True) for n in wanted)
        )
        languages = [("en", "zh")[n % 2] for n in range(count)]
        dials = [
            Dial(str(next(self._callers)), NUMBERS[each], TRUNK, self.centre.trunk_password)
            for each in languages
        ]
        dials += [
            Dial(str(next(self._callers)), f"dial-{agent}", app_queue.CALLER, app_queue.SECRET)
            for agent in self._agents[len(self._agents) - untapped :]
        ]
        up = await self.phones.call(dials, together=together)
        contacts = await self._contacts(up.agents[:count])
        self.listening.follow(contacts)
        return Calls(contacts, languages, up)

    async def hang_up(self) -> int:
        """End all calls, and agents' work; how many calls had ended by themselves."""
        gone = await self.phones.hang_up()
        deadline = time.monotonic() + _CONNECTED_SECONDS
        while await self._with_agents() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return gone

    async def _contacts(self, agents: Sequence[str]) -> list[str]:
        """The contact that each agent has, in the order of ``agents``."""
        deadline = time.monotonic() + _CONNECTED_SECONDS
        while True:
            found = await self._with_agents()
            if all(f"phone{agent}" in found for agent in agents):
                return [found[f"phone{agent}"] for agent in agents]
            if time.monotonic() > deadline:
                raise TimeoutError(f"connected: {sorted(found)}, wanted: {sorted(agents)}")
            await asyncio.sleep(0.05)

    async def _with_agents(self) -> dict[str, str]:
        redis = redis_access.connect(self.centre.redis_url)
        try:
            store = Store(redis, Keys(self.centre.settings.server.redis_prefix))
            contacts = await store.contacts()
        finally:
            await redis.aclose()
        return {c.agent_id: c.id for c in contacts if c.agent_id and c.state.value == "connected"}

    async def _ready(self) -> None:
        """Wait for the recognition processes to have loaded their models."""
        deadline = time.monotonic() + _READY_SECONDS
        workers = self.centre.settings.hearing.workers or psutil.cpu_count() or 1
        while len(self.recognition()) < workers and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        while time.monotonic() < deadline:
            before = self._worked()
            await asyncio.sleep(0.3)
            if self._worked() - before < 0.05:
                break

    def _worked(self) -> float:
        times = [psutil.Process(pid).cpu_times() for pid in self.recognition()]
        return float(sum(t.user + t.system for t in times))


def _recognises(process: psutil.Process) -> bool:
    try:
        return "media.recognition.worker" in process.cmdline()
    except psutil.NoSuchProcess:
        return False
