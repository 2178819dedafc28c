"""A carrier that takes calls out and answers with what no decent carrier would.

async with HostileCarrier(port) as carrier:
    carrier.plays(Part(value, "identity", refuses=False))
    ...                                    # somebody calls out through the trunk
    await carrier.settled.wait()           # acknowledged: answered or refused
    await carrier.in_mid_call("UPDATE")    # the status of its answer, 0 for none
    carrier.bye()
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from typing import Literal, Self, cast

from tests.support.hostile_sip import SDP, escaped

Where = Literal["identity", "words", "sdp"]
WHERES: tuple[Where, ...] = ("identity", "words", "sdp")


@dataclass(frozen=True)
class Part:
    """One call: ``value`` goes ``where``, in each response and request."""

    value: str
    where: Where
    refuses: bool

    def _shown(self) -> str:
        return "".join(c for c in self.value if c not in '\r\n\0"\\') or "x"

    @property
    def phrase(self) -> str:
        """The reason phrase of the status line."""
        return self._shown() if self.where == "words" else "Whatever"

    def headers(self, port: int) -> str:
        if self.where == "sdp":
            return f"Contact: <sip:carrier@127.0.0.1:{port}>\r\n"
        shown, user = self._shown(), escaped(self.value) or "x"
        if self.where == "words":
            return (
                f'Contact: "{shown}" <sip:carrier@127.0.0.1:{port}>\r\n'
                f'Reason: Q.850;cause=16;text="{shown}"\r\nReason: {shown};cause={user}\r\n'
                f"Server: {shown}\r\nSubject: {shown}\r\nX-Parley-Contact: {shown}\r\n"
            )
        return (
            f'Contact: "{shown}" <sip:{user}@127.0.0.1:{port};x={user}>\r\n'
            f'P-Asserted-Identity: "{shown}" <sip:{user}@127.0.0.1>\r\n'
            f'Remote-Party-ID: "{shown}" <sip:{user}@127.0.0.1>;party=called;privacy=off\r\n'
            f'Diversion: "{shown}" <sip:{user}@127.0.0.1>;reason="{shown}"\r\n'
        )

    def sdp(self, port: int, version: int) -> str:
        sdp = SDP.format(port=port).replace("o=- 1 1", f"o=- 1 {version}")
        if self.where != "sdp":
            return sdp
        text = "".join(c for c in self.value if c not in "\r\n\0") or "x"
        named = sdp.replace("s=-", f"s={text}").replace("o=-", f"o={escaped(text)}")
        return f"{named}a=fmtp:101 {text}\r\na={text}\r\na=label:{text}\r\n"


class HostileCarrier(asyncio.DatagramProtocol):
    """One call at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.DatagramTransport | None = None
        self.settled = asyncio.Event()
        self.over = asyncio.Event()
        self.answered = False
        self._part = Part("x", "words", refuses=True)
        self._invite = self._tag = ""
        self._peer = ("127.0.0.1", 0)
        self._cseq = 10
        self._answers: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self._port))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def plays(self, part: Part) -> None:
        """What the next call gets."""
        self._part, self._invite, self.answered = part, "", False
        self.settled, self.over = asyncio.Event(), asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode("utf-8", "surrogateescape")
        method = text.split(" ", 1)[0]
        if method == "SIP/2.0":
            self._response(text)
        elif method == "INVITE":
            if not self._invite:  # once: what is sent again is answered already
                self._invite, self._peer, self._tag = text, addr, secrets.token_hex(4)
                self._answer_call()
        elif method == "ACK":
            self.settled.set()
        else:
            self._respond(text, 200, plain=True, addr=addr)
            if method == "CANCEL":
                self._respond(self._invite, 487, plain=True)
            if method in ("BYE", "CANCEL"):
                self.over.set()

    def _answer_call(self) -> None:
        self._respond(self._invite, 100, plain=True)
        self._respond(self._invite, 180)
        self._respond(self._invite, 183, body=self._part.sdp(self._port + 1, 1))
        if self._part.refuses:
            self._respond(self._invite, 404)
        else:
            self.answered = True
            self._respond(self._invite, 200, body=self._part.sdp(self._port + 1, 1))

    def _respond(
        self, request: str, status: int, *, body: str = "", plain: bool = False,
        addr: tuple[str, int] | None = None,
    ) -> None:  # fmt: skip
        part = self._part
        to = _header(request, "To")
        to += "" if "tag=" in to or status == 100 else f";tag={self._tag}"
        vias = "".join(f"Via: {via}\r\n" for via in _headers(request, "Via"))
        extra = "" if plain else part.headers(self._port)
        head = (
            f"SIP/2.0 {status} {'Whatever' if plain else part.phrase}\r\n{vias}"
            f"From: {_header(request, 'From')}\r\nTo: {to}\r\n"
            f"Call-ID: {_header(request, 'Call-ID')}\r\nCSeq: {_header(request, 'CSeq')}\r\n{extra}"
        )
        self._send(head, body, addr or self._peer)

    async def in_mid_call(self, method: str, *, seconds: float = 5.0) -> int:
        """Send INVITE or UPDATE within the call; the final status, 0 without one."""
        self._cseq += 1
        cseq = self._cseq
        body = self._part.sdp(self._port + 1, cseq)
        self._request(method, cseq, self._part.headers(self._port), body)
        try:
            async with asyncio.timeout(seconds):
                while True:
                    line, status = await self._answers.get()
                    if line == f"{cseq} {method}" and status >= 200:
                        break
        except TimeoutError:
            return 0
        if method == "INVITE":
            self._request("ACK", cseq, "", "")
        return status

    def bye(self) -> None:
        """Hang up, for a hostile reason."""
        self._cseq += 1
        self._request("BYE", self._cseq, self._part.headers(self._port), "")

    def _request(self, method: str, cseq: int, headers: str, body: str) -> None:
        found = re.search(r"<([^>]+)>", _header(self._invite, "Contact"))
        assert found is not None
        contact = "" if "Contact:" in headers else f"Contact: <sip:c@127.0.0.1:{self._port}>\r\n"
        self._send(
            f"{method} {found[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"From: {_header(self._invite, 'To')};tag={self._tag}\r\n"
            f"To: {_header(self._invite, 'From')}\r\n"
            f"Call-ID: {_header(self._invite, 'Call-ID')}\r\n"
            f"CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{contact}{headers}",
            body, self._peer,
        )  # fmt: skip

    def _response(self, text: str) -> None:
        status = int(text.split(" ", 2)[1])
        self._answers.put_nowait((_header(text, "CSeq"), status))
        if _header(text, "CSeq").endswith("BYE"):
            self.over.set()

    def _send(self, head: str, body: str, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        data = body.encode("utf-8", "surrogateescape")
        kind = "Content-Type: application/sdp\r\n" if body else ""
        start = f"{head}{kind}Content-Length: {len(data)}\r\n\r\n"
        self._transport.sendto(start.encode("utf-8", "surrogateescape") + data, addr)


def _headers(text: str, name: str) -> list[str]:
    head = text.split("\r\n\r\n", 1)[0]
    return re.findall(rf"(?im)^{name}:[ \t]*(.*?)\r?$", head)


def _header(text: str, name: str) -> str:
    found = _headers(text, name)
    return found[0] if found else ""
