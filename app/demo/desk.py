"""What a simulated agent does at the HTTP API."""

from __future__ import annotations

from typing import Any, Final

import aiohttp

from config.agents import AgentSettings
from core.log import get_logger

log = get_logger(__name__)

ME: Final = "/api/agents/me"


class Desk:
    """One agent and their session. Every method raises aiohttp.ClientError and
    TimeoutError; what the API refuses (the other side was quicker) is left alone."""

    def __init__(self, agent: AgentSettings, password: str, http: aiohttp.ClientSession) -> None:
        self.agent = agent
        self._password = password
        self._http = http
        self._token = ""

    async def begin(self) -> None:
        """Sign in and take contacts."""
        await self._sign_in()
        await self.ask(f"{ME}/log-in", ready=True)

    async def come_back(self) -> None:
        """Take contacts again."""
        await self.ask(f"{ME}/ready")

    async def leave(self) -> None:
        """End the shift; nothing for one who never began it."""
        if self._token:
            await self.ask(f"{ME}/log-out")

    async def me(self) -> dict[str, Any]:
        """``state`` and ``contact_id`` among others; both None when it is not known."""
        return await self.ask(ME, method="GET")

    async def ask(self, path: str, *, method: str = "POST", **body: object) -> dict[str, Any]:
        """The answer; signs in again when the session is not known any more."""
        status, answer = await self._send(path, method, body)
        if status == 401:
            await self._sign_in()
            status, answer = await self._send(path, method, body)
        if status < 400:
            return answer
        log.info("demo.refused", path=path.rpartition("/")[2], code=answer.get("code"))
        return {**dict.fromkeys(("contact_id", "state")), "refused": answer.get("code")}

    async def _sign_in(self) -> None:
        self._token = ""
        who = {"agent_id": self.agent.id, "password": self._password}
        _, answer = await self._send("/api/session", "POST", who)
        self._token = str(answer.get("token") or "")

    async def _send(
        self, path: str, method: str, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._http.request(method, path, json=body or None, headers=headers) as answer:
            return answer.status, dict(await answer.json()) if answer.status != 204 else {}
