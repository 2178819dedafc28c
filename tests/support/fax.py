"""A fax machine behind a trunk, made of a UDP socket: it calls, then wants T.38 (ITU-T T.38,
Annex D) instead of sound.

    async with FaxMachine.to(port) as machine:
        assert await machine.call("4000", login) == 200
        answer = await machine.offer_t38()
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Self

from tests.support.raw_sip import Answer, RawSip, _parse, authorization

_HEAD = "v=0\r\no=- 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
_AUDIO = "m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
_T38 = (
    "m=image {port} udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n"
    "a=T38FaxRateManagement:transferredTCF\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"
)


class FaxMachine(RawSip):
    """One call at a time."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._call_id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._number, self._to, self._cseq = "", "", 0

    @classmethod
    def to(cls, port: int) -> Self:
        return cls(port)

    async def call(self, number: str, login: tuple[str, str], *, t38: bool = False) -> int:
        """Dial; the final status."""
        self._number, self._to = number, f"<sip:{number}@127.0.0.1>"
        media = _T38 if t38 else _AUDIO
        answer = await self._invite(media)
        if answer.status == 401:
            line = authorization(
                "INVITE", f"sip:{number}@127.0.0.1", answer.headers["www-authenticate"], *login
            )
            answer = await self._invite(media, line)
        if answer.status == 200:
            self._to = answer.headers["to"]
        return answer.status

    async def offer_t38(self) -> Answer:
        """Send a re-INVITE with T.38 alone; its final answer."""
        return await self._invite(_T38)

    async def bye(self) -> int:
        self._cseq += 1
        self._write("BYE", self._cseq)
        return (await self._final("BYE")).status

    async def _invite(self, media: str, extra: str = "") -> Answer:
        self._cseq += 1
        body = _HEAD.format(version=self._cseq) + media.format(port=self.port + 1)
        self._write("INVITE", self._cseq, extra, body)
        answer = await self._final("INVITE")
        to, self._to = self._to, answer.headers["to"]
        self._write("ACK", self._cseq)
        self._to = to
        return answer

    async def _final(self, method: str) -> Answer:
        async with asyncio.timeout(20):
            while True:
                answer = _parse(await self._answers.get())
                if answer.headers.get("cseq") == f"{self._cseq} {method}" and answer.status >= 200:
                    return answer

    def _write(self, method: str, cseq: int, extra: str = "", body: str = "") -> None:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send(
            (
                f"{method} sip:{self._number}@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{secrets.token_hex(8)}"
                f"\r\nFrom: <sip:13800000001@127.0.0.1>;tag={self._tag}\r\nTo: {self._to}\r\n"
                f"Call-ID: {self._call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:fax@127.0.0.1:{self.port}>\r\n{extra}{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()
        )
