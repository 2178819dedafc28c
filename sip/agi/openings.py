"""Connections that have not yet proven that they come from our own dialplan.

Anybody on the machine can connect. Whoever has not shown the installation's secret has
no session: it waits here, for a second or two, in a place of its own. When the place is
full the oldest one is dropped, so that however many say nothing, the next one from
Asterisk, which says everything at once, is heard.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from config.secrets import Secret
from sip.agi.errors import AgiBadRequest
from sip.agi.request import AgiRequest, read_request

PROOF = "arg_1"
"""Where the dialplan puts the secret: ``AGI(url,secret)``. Not in the URL, which
Asterisk writes into its log when it cannot connect."""


class Openings:
    """At most ``most`` connections, each for at most ``seconds``."""

    def __init__(self, secret: Secret, *, most: int, seconds: float) -> None:
        self._secret = secret.reveal().encode()
        self._most = most
        self._seconds = seconds
        self._open: dict[asyncio.StreamWriter, str] = {}  # why it was dropped

    def __len__(self) -> int:
        return len(self._open)

    async def request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AgiRequest:
        """The opening of one connection, once it has proven itself.

        Raises :class:`AgiBadRequest`, also for who was dropped meanwhile.
        """
        with self._held(writer):
            try:
                request = await read_request(reader)
            except AgiBadRequest:
                if why := self._open[writer]:
                    raise AgiBadRequest(why) from None
                raise
        given = request.env.pop(PROOF, "")
        if not hmac.compare_digest(given.encode(), self._secret):
            raise AgiBadRequest(
                "The connection did not show this installation's secret.",
                hint="Only the dialplan that Parley generated may connect; if it did, reload "
                "it with 'dialplan reload'.",
            )
        return request

    @contextmanager
    def _held(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        if len(self._open) >= self._most:
            oldest = next((w for w, why in self._open.items() if not why), None)
            if oldest is not None:
                self._drop(oldest, f"More than {self._most} connections had proven nothing.")
        self._open[writer] = ""
        loop = asyncio.get_running_loop()
        # One turn later: what arrived while the loop was busy is read first.
        timer = loop.call_later(self._seconds, loop.call_soon, self._late, writer)
        try:
            yield
        finally:
            timer.cancel()
            del self._open[writer]

    def _late(self, writer: asyncio.StreamWriter) -> None:
        if writer in self._open:
            self._drop(writer, f"The opening was not complete within {self._seconds:g} s.")

    def _drop(self, writer: asyncio.StreamWriter, why: str) -> None:
        self._open[writer] = why
        writer.transport.abort()
