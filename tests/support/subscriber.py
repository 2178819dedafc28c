"""A phone that subscribes to something, made of a UDP socket: the state of an extension
(RFC 4235), presence (RFC 3856), waiting messages (RFC 3842).

    async with Subscriber.to(port) as phone:
        await phone.subscribe("6002", "dialog", "application/dialog-info+xml", login)
        await phone.wait_body("confirmed")
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Self

from tests.support.raw_sip import Answer, RawSip, _parse, authorization
from tests.support.wait import until


class Subscriber(RawSip):
    """``bodies`` are those of every NOTIFY, newest last."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.bodies: list[str] = []

    @classmethod
    def to(cls, port: int) -> Self:
        return cls(port)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        super().datagram_received(data, addr)
        if data.startswith(b"NOTIFY "):
            head, _, body = data.decode().partition("\r\n\r\n")
            self.bodies.append(body)
            own = ("via", "from", "to", "call-id", "cseq")
            kept = [one for one in head.split("\r\n")[1:] if one.lower().startswith(own)]
            answer = ["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]
            self.send("\r\n".join(answer).encode())

    async def subscribe(
        self, to: str, event: str, accept: str, login: tuple[str, str], *, expires: int = 300
    ) -> int:
        """Send the SUBSCRIBE with its digest; the final status."""
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        extra = f"Event: {event}\r\nAccept: {accept}\r\nExpires: {expires}\r\n"
        self._send_line("SUBSCRIBE", to, login[0], call_id, tag, 1, extra)
        answer = await self._final(1)
        if answer.status == 401:
            challenge = answer.headers["www-authenticate"]
            line = authorization("SUBSCRIBE", f"sip:{to}@127.0.0.1", challenge, *login)
            self._send_line("SUBSCRIBE", to, login[0], call_id, tag, 2, line + extra)
            answer = await self._final(2)
        return answer.status

    async def _final(self, cseq: int) -> Answer:
        async with asyncio.timeout(10):
            while True:
                answer = _parse(await self._answers.get())
                if answer.headers.get("cseq", "").startswith(f"{cseq} ") and answer.status >= 200:
                    return answer

    async def wait_body(self, *words: str, seconds: float = 15) -> None:
        """Until the newest news has all ``words`` in it."""

        def look() -> bool:
            return bool(self.bodies) and all(word in self.bodies[-1] for word in words)

        try:
            await until(look, seconds, f"{words}")
        except AssertionError as error:
            raise AssertionError(f"{error}; last: {self.bodies[-1:]}") from None
