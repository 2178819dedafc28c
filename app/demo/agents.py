"""Simulated agents: a phone, a session at the HTTP API, and habits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from agent_softphone.phone_errors import PhoneError, PhoneTimeout
from agent_softphone.remote import Phone
from agent_softphone.remote_call import Call
from app.demo.meeting import Meeting
from config.agents import AgentSettings
from config.model import Settings
from config.secrets import Secrets, login_secret, phone_secret
from core.log import get_logger
from core.tasks import TaskOwner
from media.demo.utterances import Utterance

log = get_logger(__name__)

AGENTS_A_PHONE = 4
_DOES_NOT_ANSWER, _HOLDS = 0.06, 0.25
_SPEECH = ("greeting", "identify", "one-moment", "done")


@dataclass(slots=True)
class _Desk:
    agent: AgentSettings
    token: str = ""


class Agents:
    """``count`` agents who work from :meth:`start` to :meth:`close`."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        sayings: Sequence[Utterance],
        meeting: Meeting,
        *,
        count: int,
        seed: int,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._sayings = {(s.language, s.id): s for s in sayings if s.role == "agent"}
        self._meeting = meeting
        self._random = random.Random(seed)  # noqa: S311
        people = [a for a in settings.agents.values() if a.is_agent and not a.is_supervisor]
        self._desks = [_Desk(agent) for agent in people[:count]]
        self._by_account: dict[str, _Desk] = {}
        self._phones: list[Phone] = []
        self._tasks = TaskOwner("demo.agents")
        self._http: aiohttp.ClientSession | None = None

    async def start(self, url: str) -> None:
        """Register the phones and sign in at ``url``. Raises PhoneError and
        aiohttp.ClientError."""
        self._http = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=15))
        for first in range(0, len(self._desks), AGENTS_A_PHONE):
            phone = await Phone.launch()
            self._phones.append(phone)
            for desk in self._desks[first : first + AGENTS_A_PHONE]:
                extension = desk.agent.extension
                account = await phone.register(
                    extension,
                    self._secrets.get_or_create(phone_secret(extension)).reveal(),
                    port=self._settings.sip.port,
                )
                self._by_account[f"{id(phone)}/{account.id}"] = desk
                await self._sign_in(desk)
            self._tasks.start(self._take_calls(phone), name=f"phone-{first}")

    async def close(self) -> None:
        """Sign out; nobody shall be offered to a phone that is gone."""
        await self._tasks.close()
        if self._http is not None:
            await asyncio.gather(
                *(self._ask("/api/agents/me/log-out", desk) for desk in self._desks if desk.token),
                return_exceptions=True,
            )
            await self._http.close()
        await asyncio.gather(*(phone.close() for phone in self._phones))

    async def _sign_in(self, desk: _Desk) -> None:
        password = self._secrets.get_or_create(login_secret(desk.agent.id)).reveal()
        answer = await self._ask("/api/session", None, agent_id=desk.agent.id, password=password)
        desk.token = str(answer["token"])
        await self._ask("/api/agents/me/log-in", desk, ready=True)

    async def _take_calls(self, phone: Phone) -> None:
        while phone.died is None:
            try:
                call = await phone.next_incoming(3600)
            except PhoneTimeout:
                continue
            desk = self._by_account[f"{id(phone)}/{call.account}"]
            self._tasks.start(self._serve(call, desk), name=f"{desk.agent.id}")

    async def _serve(self, call: Call, desk: _Desk) -> None:
        try:
            if self._random.random() < _DOES_NOT_ANSWER:
                await self._miss(call, desk)
                return
            await asyncio.sleep(self._random.uniform(0.8, 3))
            await call.answer()
            self._meeting.answered(call.from_user)
            await self._converse(call, desk)
        except PhoneError:
            pass  # the caller was quicker
        except aiohttp.ClientError as error:
            log.warning("demo.agent_failed", agent=desk.agent.id, error=str(error))

    async def _miss(self, call: Call, desk: _Desk) -> None:
        """Away from the desk: the offer goes to the next, and this one comes back."""
        await call.wait_state("disconnected", 120)
        await asyncio.sleep(self._random.uniform(6, 12))
        await self._ask("/api/agents/me/ready", desk)

    async def _converse(self, call: Call, desk: _Desk) -> None:
        language = "zh-CN" if "language.zh-CN" in desk.agent.skills else "en"
        holds = self._random.random() < _HOLDS
        for topic in _SPEECH:
            saying = self._sayings.get((language, topic))
            if saying is not None:
                await call.play(saying.path)
                await call.wait_played()
            await asyncio.sleep(self._random.uniform(3, 7))
            if holds and topic == "one-moment":
                await self._hold_a_while(desk)
        await asyncio.sleep(self._random.uniform(1, 8))
        goodbye = self._sayings.get((language, "goodbye"))
        if goodbye is not None:
            await call.play(goodbye.path)
            await call.wait_played()
        await call.hangup()
        await self._after_call(desk)

    async def _hold_a_while(self, desk: _Desk) -> None:
        me = await self._ask("/api/agents/me", desk, method="GET")
        contact = me["contact_id"]
        if contact is not None:
            await self._ask(f"/api/contacts/{contact}/hold", desk)
            await asyncio.sleep(self._random.uniform(3, 6))
            await self._ask(f"/api/contacts/{contact}/resume", desk)

    async def _after_call(self, desk: _Desk) -> None:
        """Sometimes done with the wrap-up before its time is over."""
        me = await self._ask("/api/agents/me", desk, method="GET")
        if me["state"] != "wrap_up":
            return
        codes = [c for c, d in self._settings.dispositions.items() if not d.queues]
        if codes:
            path = f"/api/contacts/{me['contact_id']}/disposition"
            await self._ask(path, desk, code=self._random.choice(codes))
        if self._random.random() < 0.6:
            await asyncio.sleep(self._random.uniform(2, 6))
            await self._ask("/api/agents/me/wrap-up/done", desk)

    async def _ask(
        self, path: str, desk: _Desk | None, *, method: str = "POST", **body: object
    ) -> dict[str, object] | dict[str, str]:
        """What cannot be done now (the other side was quicker) is left alone."""
        assert self._http is not None
        headers = {"Authorization": f"Bearer {desk.token}"} if desk else {}
        async with self._http.request(method, path, json=body or None, headers=headers) as answer:
            found = await answer.json() if answer.status != 204 else {}
            if answer.status >= 400:
                log.info("demo.refused", path=path.rpartition("/")[2], code=found.get("code"))
                return {**dict.fromkeys(("contact_id", "state")), "refused": found.get("code")}
            return dict(found)
