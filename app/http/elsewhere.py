"""Requests about contacts that another node carries are passed on to it.

The asker is who they are there too, since sessions are in Redis; whether they may is asked
there once more. A request is passed on once: who gets it answers it or refuses it.
"""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp import web

from acd.errors import OtherNode
from core.errors import TimedOut, Unavailable
from core.log import get_logger

log = get_logger(__name__)

PASSED_ON: Final = "X-Parley-Passed-On"  # by which node
_CARRIED: Final = (
    "Accept", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Host", "Origin",
    "X-Parley-Account", "X-Parley-Client",
)  # fmt: skip
_SECONDS: Final = 25.0  # longer than the other node takes for anything
_LARGEST: Final = 4 * 1024 * 1024


class Elsewhere:
    """Of the node ``node``."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._session: aiohttp.ClientSession | None = None

    async def answer(
        self, request: web.Request, refusal: OtherNode, asker: str = ""
    ) -> web.Response | None:
        """What the other node answers; None if it cannot be asked: its address is not known,
        or it does not know the asker (an operator's token is of one machine). Raises
        :class:`~core.errors.Unavailable` if it does not answer."""
        node, address = refusal.data.get("node"), refusal.data.get("address")
        if not address or PASSED_ON in request.headers:
            return None
        found = {name: request.headers[name] for name in _CARRIED if name in request.headers}
        headers = {name: value for name, value in found.items() if value.isascii()}
        headers |= {PASSED_ON: self._node, "X-Forwarded-For": asker or "unknown"}
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_SECONDS, connect=3.0)
            self._session = aiohttp.ClientSession(
                timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.request(
                request.method, f"{address}{request.path_qs}", data=await request.read(),
                headers=headers, allow_redirects=False,
            ) as response:  # fmt: skip
                if response.status == web.HTTPUnauthorized.status_code:
                    return None
                body = await _read(response)
                log.info("http.passed_on", node=node, status=response.status)
                return web.Response(
                    status=response.status, body=body, content_type=response.content_type
                )
        except TimeoutError as error:
            raise TimedOut(
                f"Node {node} did not answer in time.",
                hint="It may still happen: look at the state before trying again.",
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(
                f"Node {node}, which carries the contact, cannot be reached at {address}.",
                hint="Is server.web.node_address of that node right?",
            ) from error

    async def close(self) -> None:
        """Ask nobody any more."""
        if self._session is not None:
            await self._session.close()


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """All of the body. Raises aiohttp.ClientPayloadError if it is larger than what a node
    ever answers."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _LARGEST:
            raise aiohttp.ClientPayloadError("the answer is too large")
    return bytes(body)
