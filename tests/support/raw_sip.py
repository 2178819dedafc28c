"""A SIP peer made of a UDP socket, for requests that no decent phone would send."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Self, cast

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


@dataclass
class Answer:
    """One response: its status, reason and headers (last of each, lower-case names)."""

    status: int
    reason: str
    headers: dict[str, str]
    body: str = ""

    @property
    def shape(self) -> tuple[int, str, tuple[str, ...]]:
        """What tells one refusal from another; a nonce does not."""
        challenge = self.headers.get("www-authenticate", "")
        challenge = re.sub(r'(nonce|opaque)="[^"]*"', r"\1", challenge)
        return self.status, self.reason, (*sorted(self.headers), challenge)


class RawSip(asyncio.DatagramProtocol):
    """``async with RawSip.to(port) as peer: answer = await peer.request("INVITE", ...)``."""

    def __init__(self, port: int, address: str = "127.0.0.1", *, local_port: int = 0) -> None:
        self._server = ("127.0.0.1", port)
        self._address = address
        self._local_port = local_port
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._dialog = ("", "", "", "", "")
        self.requests: list[str] = []
        self.display = ""  # before the From address; may hold surrogates for any bytes
        self._uri = self._to = self._from = self._headers = ""

    @classmethod
    def to(cls, port: int) -> Self:
        return cls(port)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self._address, self._local_port)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.startswith(b"SIP/2.0 "):
            self._answers.put_nowait(data)
        else:
            self.requests.append(data.split(b" ", 1)[0].decode())

    @property
    def port(self) -> int:
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def send(self, data: bytes) -> None:
        """Any bytes at all."""
        assert self._transport is not None
        self._transport.sendto(data, self._server)

    def blind(self, method: str, to: str, headers: str) -> None:
        """Send one request from ``to`` to ``to`` and wait for no answer."""
        self._uri = self._to = self._from = self._headers = ""
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        self._send_line(method, to, to, call_id, tag, 1, headers)

    async def request(
        self,
        method: str,
        to: str = "4001",
        *,
        from_user: str = "someone",
        login: tuple[str, str] | None = None,
        seconds: float = 5.0,
        stay: bool = False,
        uri: str = "",
        to_header: str = "",
        from_header: str = "",
        headers: str = "",
    ) -> Answer:
        """Send one request and, with ``login`` (user, password), answer its challenge;
        the final answer. A refused INVITE is acknowledged, an accepted one ended, or with
        ``stay`` by :meth:`hang_up`.

        ``uri``, ``to_header`` and ``from_header`` (without tag) replace those made of ``to``
        and ``from_user``; ``headers`` are further lines, each ended by CR LF."""
        self._uri, self._to, self._from, self._headers = uri, to_header, from_header, headers
        call_id, tag = secrets.token_hex(8), secrets.token_hex(4)
        answer = await self._exchange(method, to, from_user, call_id, tag, 1, "", seconds)
        if answer.status in (401, 407) and login is not None:
            challenge = answer.headers["www-authenticate"]
            line = authorization(method, uri or f"sip:{to}@127.0.0.1", challenge, *login)
            answer = await self._exchange(method, to, from_user, call_id, tag, 2, line, seconds)
        if method == "INVITE" and answer.status < 300:
            self._dialog = (to, from_user, call_id, tag, answer.headers["to"])
            if not stay:
                self.hang_up()
        return answer

    def hang_up(self) -> None:
        """End the call that stayed."""
        to, from_user, call_id, tag, to_header = self._dialog
        self._send_line("BYE", to, from_user, call_id, tag, 3, "", to_header)

    async def _exchange(
        self, method: str, to: str, from_user: str, call_id: str, tag: str, cseq: int, extra: str,
        seconds: float,
    ) -> Answer:  # fmt: skip
        branch = self._send_line(method, to, from_user, call_id, tag, cseq, extra)
        async with asyncio.timeout(seconds):
            while True:
                answer = _parse(await self._answers.get())
                if answer.headers.get("cseq") == f"{cseq} {method}" and answer.status >= 200:
                    break
        if method == "INVITE":
            to_header = answer.headers["to"]
            self._send_line("ACK", to, from_user, call_id, tag, cseq, "", to_header, branch)
        return answer

    def _send_line(
        self, method: str, to: str, from_user: str, call_id: str, tag: str, cseq: int, extra: str,
        to_header: str = "", branch: str = "",
    ) -> str:  # fmt: skip
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        body = _SDP.format(port=self.port + 1) if method == "INVITE" else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send(
            (
                f"{method} {self._uri or f'sip:{to}@127.0.0.1'} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch={branch}\r\n"
                f"From: {self._from or f'{self.display}<sip:{from_user}@127.0.0.1>'};tag={tag}\r\n"
                f"To: {to_header or self._to or f'<sip:{to}@127.0.0.1>'}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:{from_user}@127.0.0.1:{self.port}>\r\n{extra}{self._headers}{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode(errors="surrogateescape")
        )
        return branch


def _parse(data: bytes) -> Answer:
    start, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    head = start.split("\r\n")
    _, status, reason = head[0].split(" ", 2)
    pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
    return Answer(int(status), reason, {k.strip().lower(): v.strip() for k, v in pairs}, body)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def authorization(method: str, uri: str, challenge: str, user: str, password: str) -> str:
    """The answer to a challenge: a header of RFC 2617 with qop=auth."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    nonce, realm, cnonce = fields["nonce"], fields["realm"], secrets.token_hex(4)
    secret = _md5(f"{user}:{realm}:{password}")
    response = _md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
    return (
        f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
        f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, '
        f'cnonce="{cnonce}", opaque="{fields.get("opaque", "")}"\r\n'
    )
