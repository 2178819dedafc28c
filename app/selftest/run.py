"""Places the call and measures each stage."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import aiohttp

from agent_softphone.phone_errors import PhoneError
from agent_softphone.remote import Phone
from app.http import operator
from config.model import Settings
from config.secrets import Secrets
from core.errors import ParleyError, Unavailable
from sip.asterisk.generate import dialplan

T = TypeVar("T")

CALLER_HZ, AGENT_HZ = 440, 880
_HTTP_SECONDS = 10.0


class SelftestFailed(ParleyError):
    """A stage did not work; ``stage`` names it."""

    code: ClassVar[str] = "selftest_failed"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: ``seconds`` is how long it took, ``problem`` what went wrong."""

    name: str
    seconds: float
    problem: str = ""
    hint: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(slots=True)
class Result:
    """All stages up to the first that failed."""

    stages: list[Stage] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.stages) and all(stage.ok for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """JSON form; times in milliseconds."""
        return {
            "ok": self.ok,
            "stages": [
                {
                    "name": stage.name, "ok": stage.ok, "ms": round(stage.seconds * 1000, 1),
                    "problem": stage.problem, "hint": stage.hint,
                }
                for stage in self.stages
            ],
        }  # fmt: skip


class Selftest:
    """One run against the installation with these settings."""

    def __init__(
        self, settings: Settings, secrets: Secrets, *, told: Callable[[Stage], None]
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._told = told
        self._result = Result()

    async def run(self) -> Result:
        """Never raises for what is wrong with the system: that is in the result."""
        with suppress(SelftestFailed):
            await self._run()
        return self._result

    async def _run(self) -> None:
        access = await self._stage("find the running system", self._access())
        async with aiohttp.ClientSession(
            base_url=access.url,
            headers={"Authorization": f"Bearer {access.token}"},
            timeout=aiohttp.ClientTimeout(total=_HTTP_SECONDS),
        ) as http:
            await self._stage("health of every part", _healthy(http))
            caller = await self._stage("start the caller's phone", Phone.launch())
            try:
                agent = await self._stage("start the agent's phone", Phone.launch())
                try:
                    await self._call(http, caller, agent)
                finally:
                    await agent.close()
            finally:
                await caller.close()

    async def _call(self, http: aiohttp.ClientSession, caller: Phone, agent: Phone) -> None:
        await self._stage(
            "register the agent's phone",
            agent.register(
                dialplan.SELFTEST_AGENT, self._password(dialplan.SELFTEST_AGENT),
                port=self._settings.sip.port,
            ),
            hint=f"Does Asterisk run, and does it answer SIP on port {self._settings.sip.port}?",
        )  # fmt: skip
        await caller.account(
            dialplan.SELFTEST_CALLER, self._password(dialplan.SELFTEST_CALLER),
            port=self._settings.sip.port,
        )  # fmt: skip
        async with self._agent_ready(http):
            call = await self._stage("place the call", caller.call(dialplan.SELFTEST_NUMBER))
            incoming = await self._stage(
                "number, flow, queue, offer: the agent's phone rings", agent.next_incoming(15)
            )
            answered = time.time()
            await self._stage("answer", incoming.answer())
            await call.tone(CALLER_HZ)
            await incoming.tone(AGENT_HZ)
            await self._heard("the agent hears the caller", incoming.hear_tone(CALLER_HZ), answered)
            await self._heard("the caller hears the agent", call.hear_tone(AGENT_HZ), answered)
            await self._stage("hang up", call.hangup())
            await self._stage("the agent's phone is released", incoming.wait_state("disconnected"))

    async def _heard(self, name: str, hearing: Awaitable[float], answered: float) -> None:
        """Timed from the answer: what the people on the phone would notice."""
        try:
            at = await hearing
        except PhoneError as error:
            self._note(Stage(name, time.time() - answered, str(error), "One-way or no audio."))
            raise SelftestFailed(name) from error
        self._note(Stage(name, max(0.0, at - answered)))

    @asynccontextmanager
    async def _agent_ready(self, http: aiohttp.ClientSession) -> AsyncIterator[None]:
        await self._stage("make the self-test's agent ready", _ask(http, "POST"))
        try:
            yield
        finally:
            await self._stage("log the self-test's agent out", _ask(http, "DELETE"))

    async def _access(self) -> operator.OperatorAccess:
        return operator.read(self._settings.server.state_dir)

    def _password(self, name: str) -> str:
        return self._secrets.get(name).reveal()

    async def _stage(self, name: str, work: Awaitable[T], *, hint: str = "") -> T:
        began = time.perf_counter()
        try:
            done = await work
        except (ParleyError, PhoneError, aiohttp.ClientError, OSError, TimeoutError) as error:
            hint = (error.hint if isinstance(error, ParleyError) else "") or hint
            text = error.message if isinstance(error, ParleyError) else str(error)
            self._note(Stage(name, time.perf_counter() - began, text or type(error).__name__, hint))
            raise SelftestFailed(name) from error
        self._note(Stage(name, time.perf_counter() - began))
        return done

    def _note(self, stage: Stage) -> None:
        self._result.stages.append(stage)
        self._told(stage)


async def _healthy(http: aiohttp.ClientSession) -> None:
    async with http.get("/health") as answer:
        report = await answer.json()
    wrong = {name: part for name, part in report["parts"].items() if not part["ok"]}
    if wrong:
        name, part = next(iter(wrong.items()))
        raise Unavailable(f"{name}: {part.get('message', 'it fails')}", hint=part.get("hint", ""))


async def _ask(http: aiohttp.ClientSession, method: str) -> None:
    async with http.request(method, "/api/selftest/agent") as answer:
        if answer.status >= 400:
            error = await answer.json()
            raise Unavailable(str(error.get("message")), hint=str(error.get("hint", "")))
