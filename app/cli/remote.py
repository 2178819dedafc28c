"""Asking the running Parley of this machine, as its local operator."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from app.http import operator
from app.http.audited import ACCOUNT, CLIENT
from app.http.operator import NotRunning, OperatorAccess
from config.load import load
from config.model import Settings
from core.errors import BadInput, NotFound, ParleyError, TimedOut

_SECONDS: Final = 30.0
_KINDS: Final[dict[int, type[ParleyError]]] = {400: BadInput, 404: NotFound}


class Remote:
    """The API of the Parley that runs on ``settings``' state folder."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.server.state_dir

    @classmethod
    def of(cls, config_path: Path | None) -> Remote:
        """As the configuration says; raises :class:`~config.problems.ConfigError`."""
        return cls(load(config_path).settings)

    def get(self, path: str) -> Any:
        """What ``path`` answers, also when health answers 503."""
        return asyncio.run(self._ask("GET", path, None))

    def post(self, path: str, body: Any = None) -> Any:
        """The same for a change; raises what the API refused with."""
        return asyncio.run(self._ask("POST", path, body))

    def save(self, path: str, file: Path) -> None:
        """Write what ``path`` answers into ``file``, readable for its owner only: the whole
        of it, or nothing. Raises what the API refused with."""
        asyncio.run(self._save(path, file))

    async def _save(self, path: str, file: Path) -> None:
        access = operator.read(self._folder)
        part = file.with_name(f".{file.name}.part")
        try:
            async with (
                aiohttp.ClientSession(access.url, headers=_headers(access)) as client,
                client.get(path) as response,
            ):
                if response.status >= 400:
                    _answer(response.status, await response.text())
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    async for block in response.content.iter_chunked(1 << 18):
                        await asyncio.to_thread(out.write, block)
            part.replace(file)
        except aiohttp.ClientPayloadError as error:
            raise ParleyError(
                "The answer was cut off: what was asked for is damaged.",
                hint="'parley recordings verify' says which recordings are.",
            ) from error
        except aiohttp.ClientError as error:
            raise _not_running(access) from error
        finally:
            part.unlink(missing_ok=True)

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket of the API. Raises what the API refused with, and
        :class:`~app.http.operator.NotRunning` if it cannot be reached."""
        access = operator.read(self._folder)
        try:
            async with (
                aiohttp.ClientSession(access.url, headers=_headers(access)) as client,
                client.ws_connect(path, heartbeat=_SECONDS, max_msg_size=0) as socket,
            ):
                yield socket
        except aiohttp.WSServerHandshakeError:
            await self._ask("GET", path, None)  # the same question says why
            raise
        except aiohttp.ClientError as error:
            raise _not_running(access) from error

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        access = operator.read(self._folder)
        headers = _headers(access)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(access.url, headers=headers, timeout=timeout) as client,
                client.request(method, path, json=body) as response,
            ):
                text = await response.text()
                status = response.status
        except TimeoutError:
            raise TimedOut(
                f"Parley did not answer within {_SECONDS:g} s.", hint="Its log says what it does."
            ) from None
        except aiohttp.ClientError as error:
            raise _not_running(access) from error
        return _answer(status, text)


def _headers(access: OperatorAccess) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.token}", CLIENT: "cli", ACCOUNT: _account()}


def _not_running(access: OperatorAccess) -> NotRunning:
    return NotRunning(f"Parley does not answer at {access.url}.", hint="Is it still running?")


def _account() -> str:
    """Who sits at the terminal, for the audit."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        return ""
    return name if name.isascii() and name.isprintable() else ""


def _answer(status: int, text: str) -> Any:
    try:
        answer = json.loads(text) if text else None
    except ValueError:
        answer = None
    if status < 400 or (isinstance(answer, dict) and "parts" in answer):
        return answer
    said = answer if isinstance(answer, dict) else {}
    error = _KINDS.get(status, ParleyError)(
        str(said.get("message") or f"Parley answered with status {status}."),
        hint=str(said.get("hint") or ""),
        **(said.get("data") or {}),
    )
    error.code = str(said.get("code") or "internal")  # type: ignore[misc]
    raise error
