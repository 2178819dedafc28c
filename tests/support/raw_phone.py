"""An agent's phone made of UDP sockets, which does exactly what a test says.

    async with RawPhone.at(port, "6001", password) as phone:
        await phone.register()
        call = await phone.next_call()
        call.answer()              # and not a packet of sound
        call.send_rtp(count=1)

Real phones are in ``tests.support.phones``; this one is for what they would never do, and
for reading every header of what the phone is sent.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import struct
from dataclasses import dataclass, field
from typing import Self, cast

from tests.support.raw_sip import authorization

_SDP = (
    "v=0\r\no=- {version} {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 0 13 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:13 CN/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
)


@dataclass
class Message:
    """A request or response as it came: first line, headers (lower-case names), body."""

    line: str
    headers: dict[str, list[str]]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        line, *rest = head.split("\r\n")
        headers: dict[str, list[str]] = {}
        for text in rest:
            name, _, value = text.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return cls(line, headers, body)

    @property
    def method(self) -> str:
        return self.line.split(" ", 1)[0]

    @property
    def status(self) -> int:
        return int(self.line.split(" ")[1]) if self.line.startswith("SIP/2.0") else 0

    def get(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


@dataclass
class RawCall:
    """One INVITE and what followed. ``updates`` are the UPDATEs and re-INVITEs."""

    phone: RawPhone
    invite: Message
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    updates: list[Message] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)  # our 200 was acknowledged
    cseq: int = 100
    version: int = 1

    def __post_init__(self) -> None:
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind(("127.0.0.1", 0))

    def answer(self) -> None:
        self.phone.respond(self, self.invite, 200, "OK", self._sdp("sendrecv"))

    def reject(self, code: int) -> None:
        self.phone.respond(self, self.invite, code, "No")

    def bye(self) -> None:
        self.request("BYE")

    def hold(self) -> None:
        """Put the other side on hold as phones do: a re-INVITE, sendonly."""
        self.version += 1
        self.request("INVITE", self._sdp("sendonly"))

    def request(self, method: str, body: str = "", extra: str = "") -> None:
        """Send a request within the dialog."""
        self.cseq += 1
        match = re.search(r"<([^>]+)>", self.invite.get("contact"))
        uri = match[1] if match else "sip:asterisk@127.0.0.1"
        self.phone.send(
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.phone.port};rport;"
            f"branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"From: {self.invite.get('to')};tag={self.tag}\r\nTo: {self.invite.get('from')}\r\n"
            f"Call-ID: {self.invite.get('call-id')}\r\nCSeq: {self.cseq} {method}\r\n"
            f"Max-Forwards: 70\r\nContact: <sip:{self.phone.user}@127.0.0.1:{self.phone.port}>\r\n"
            f"{extra}",
            body,
        )

    def send_rtp(self, *, count: int = 1, payload: int = 0, rtcp: bool = False) -> None:
        """Send packets of sound (payload type 13: comfort noise), or receiver reports on
        what the other side sends."""
        match = re.search(r"m=audio (\d+)", self.invite.body)
        assert match is not None
        port = int(match[1])
        for number in range(count):
            if rtcp:
                heard = struct.pack("!IIIIII", 1, 0, 0, 0, 0, 0)
                packet = struct.pack("!BBHI", 0x81, 201, 7, 4711) + heard
                self.rtp.sendto(packet, ("127.0.0.1", port + 1))
            else:
                head = struct.pack("!BBHII", 0x80, payload, number, 160 * number, 4711)
                sound = b"\x40" if payload == 13 else b"\xff" * 160
                self.rtp.sendto(head + sound, ("127.0.0.1", port))

    def _sdp(self, direction: str) -> str:
        port = self.rtp.getsockname()[1]
        return _SDP.format(port=port, direction=direction, version=self.version)


class RawPhone(asyncio.DatagramProtocol):
    """``alive`` False: it gives no answer to anything any more."""

    def __init__(self, server: int, user: str, password: str) -> None:
        self.user, self._password = user, password
        self.server_port = server
        self._transport: asyncio.DatagramTransport | None = None
        self._answers: asyncio.Queue[Message] = asyncio.Queue()
        self._incoming: asyncio.Queue[RawCall] = asyncio.Queue()
        self.calls: dict[str, RawCall] = {}
        self.alive = True
        self.ring_code = 180
        self._call_id = secrets.token_hex(8)
        self._cseq = 0

    @classmethod
    def at(cls, server: int, user: str, password: str) -> Self:
        return cls(server, user, password)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        for call in self.calls.values():
            call.rtp.close()
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    @property
    def port(self) -> int:
        assert self._transport is not None
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def send(self, head: str, body: str = "") -> None:
        assert self._transport is not None
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = f"{head}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        self._transport.sendto(text.encode(), ("127.0.0.1", self.server_port))

    async def register(self, *, expires: int = 300) -> int:
        """Register (``expires`` 0: unregister); the final status."""
        login = ""
        for _ in range(2):
            self._cseq += 1
            answer = await self._register(expires, login)
            if answer.status != 401:
                return answer.status
            login = authorization(
                "REGISTER", "sip:127.0.0.1", answer.get("www-authenticate"), self.user,
                self._password,
            )  # fmt: skip
        return 401

    async def _register(self, expires: int, login: str) -> Message:
        aor = f"<sip:{self.user}@127.0.0.1>"
        self.send(
            "REGISTER sip:127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{secrets.token_hex(8)}\r\n"
            f"From: {aor};tag={secrets.token_hex(4)}\r\nTo: {aor}\r\n"
            f"Call-ID: {self._call_id}\r\nCSeq: {self._cseq} REGISTER\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\nExpires: {expires}\r\n"
            f"User-Agent: raw\r\n{login}"
        )
        async with asyncio.timeout(10):
            while True:
                answer = await self._answers.get()
                if answer.get("cseq") == f"{self._cseq} REGISTER" and answer.status >= 200:
                    return answer

    async def next_call(self, seconds: float = 15.0) -> RawCall:
        """The next INVITE that came; it rings already."""
        async with asyncio.timeout(seconds):
            return await self._incoming.get()

    def respond(
        self, call: RawCall | None, request: Message, code: int, reason: str, body: str = ""
    ) -> None:
        vias = "".join(f"Via: {via}\r\n" for via in request.headers.get("via", []))
        to = request.get("to")
        if call is not None and "tag=" not in to and code > 100:
            to += f";tag={call.tag}"
        self.send(
            f"SIP/2.0 {code} {reason}\r\n{vias}From: {request.get('from')}\r\nTo: {to}\r\n"
            f"Call-ID: {request.get('call-id')}\r\nCSeq: {request.get('cseq')}\r\n"
            f"Contact: <sip:{self.user}@127.0.0.1:{self.port}>\r\n"
            "Allow: INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS\r\n",
            body,
        )

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self.alive or not data.strip():
            return
        message = Message.parse(data)
        if message.status:
            self._answered(message)
        else:
            self._requested(message)

    def _answered(self, message: Message) -> None:
        if message.get("cseq").endswith(" INVITE") and message.status >= 200:
            call = self.calls.get(message.get("call-id"))
            if call is not None:
                call.cseq -= 1
                call.request("ACK")
        self._answers.put_nowait(message)

    def _requested(self, message: Message) -> None:
        call = self.calls.get(message.get("call-id"))
        method = message.method
        if method == "INVITE" and call is None:
            call = self.calls[message.get("call-id")] = RawCall(self, message)
            if self.ring_code:
                self.respond(call, message, self.ring_code, "Ringing")
            self._incoming.put_nowait(call)
        elif method in ("INVITE", "UPDATE") and call is not None:
            call.updates.append(message)
            body = call._sdp("sendrecv") if message.body else ""
            self.respond(call, message, 200, "OK", body)
        elif method == "CANCEL" and call is not None:
            self.respond(call, message, 200, "OK")
            self.respond(call, call.invite, 487, "Request Terminated")
            call.updates.append(message)
            call.ended.set()
        elif method == "BYE" and call is not None:
            self.respond(call, message, 200, "OK")
            call.ended.set()
        elif method == "ACK" and call is not None:
            call.confirmed.set()
        elif method != "ACK":
            self.respond(call, message, 200, "OK")
