"""A trunk that says what no decent trunk would, in any field that a stranger can set.

async with HostileTrunk.of(centre) as trunk:
    answer = await trunk.call(user="1%0d%0aX%3a%20y", headers='Diversion: <sip:1@x>')
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from tests.support.installation import TRUNK, Centre
from tests.support.raw_sip import Answer, RawSip, _parse, authorization

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


def escaped(text: str) -> str:
    """``text`` as the user part of a SIP URI: everything %-escaped but letters and
    digits (RFC 3261, 25.1)."""
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


@dataclass
class Hostile:
    """The fields of one INVITE; each is put into the message as it is."""

    user: str = "13800000009"  # of From
    display: str = ""
    from_params: str = ""
    to: str = "4000"  # of the request's URI
    to_header: str = ""
    contact: str = ""
    headers: tuple[str, ...] = ()
    call_id: str = ""
    sdp: str = SDP
    body_type: str = "application/sdp"
    method: str = "INVITE"


class HostileTrunk:
    """Logs in as the trunk does, then says anything."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._peer = RawSip.to(port)
        self._login = (user, password)
        self.calls: list[tuple[Hostile, str, str, Answer]] = []

    @classmethod
    def of(cls, centre: Centre) -> Self:
        return cls(centre.asterisk.sip_port, TRUNK, centre.asterisk.trunk_password(TRUNK))

    async def __aenter__(self) -> Self:
        await self._peer.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._peer.__aexit__(*error)

    async def say(self, what: Hostile, *, seconds: float = 10.0) -> Answer:
        """Send it, answer the challenge, acknowledge; the final answer. A call that was
        answered stays until :meth:`hang_up`."""
        call_id, tag = what.call_id or secrets.token_hex(8), secrets.token_hex(4)
        answer = await self._ask(what, call_id, tag, 1, "", seconds)
        if answer.status in (401, 407):
            line = authorization(
                what.method,
                f"sip:{what.to}@127.0.0.1",
                answer.headers["www-authenticate"],
                *self._login,
            )
            answer = await self._ask(what, call_id, tag, 2, line, seconds)
        if what.method == "INVITE" and answer.status < 300:
            self.calls.append((what, call_id, tag, answer))
        return answer

    def hang_up(self) -> None:
        """End every call of this trunk."""
        for what, call_id, tag, answer in self.calls:
            self._send(what, "BYE", call_id, tag, 9, to_header=answer.headers["to"])
        self.calls.clear()

    def inside(self, method: str, body: str, body_type: str, *, cseq: int = 5) -> None:
        """Send a request within the last call."""
        what, call_id, tag, answer = self.calls[-1]
        self._send(
            what, method, call_id, tag, cseq, to_header=answer.headers["to"], body=body,
            body_type=body_type,
        )  # fmt: skip

    async def _ask(
        self, what: Hostile, call_id: str, tag: str, cseq: int, extra: str, seconds: float
    ) -> Answer:
        body = what.sdp.format(port=self._peer.port + 1) if what.sdp is SDP else what.sdp
        body = body if what.method in ("INVITE", "MESSAGE", "INFO") else ""
        branch = self._send(
            what, what.method, call_id, tag, cseq, extra=extra, body=body,
            body_type=what.body_type, to_header=what.to_header,
        )  # fmt: skip
        async with asyncio.timeout(seconds):
            while True:
                answer = _parse(await self._peer._answers.get())
                self._end_if_late(answer, call_id)
                if answer.headers.get("cseq") == f"{cseq} {what.method}" and answer.status >= 200:
                    break
        if what.method == "INVITE":
            to_header = answer.headers["to"]
            self._send(what, "ACK", call_id, tag, cseq, to_header=to_header, branch=branch)
        return answer

    def _end_if_late(self, answer: Answer, call_id: str) -> None:
        """End a call that is answered after we stopped waiting for it."""
        late = answer.headers.get("call-id") != call_id and answer.status == 200
        if late and answer.headers.get("cseq", "").endswith("INVITE"):
            for method in ("ACK", "BYE"):
                self._peer.send(
                    (
                        f"{method} sip:x@127.0.0.1 SIP/2.0\r\n"
                        f"Via: SIP/2.0/UDP 127.0.0.1:{self._peer.port};rport;"
                        f"branch=z9hG4bK{secrets.token_hex(8)}\r\n"
                        f"From: {answer.headers['from']}\r\nTo: {answer.headers['to']}\r\n"
                        f"Call-ID: {answer.headers['call-id']}\r\n"
                        f"CSeq: {2 if method == 'ACK' else 9} {method}\r\n"
                        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                    ).encode("utf-8", "surrogateescape")
                )

    def _send(
        self, what: Hostile, method: str, call_id: str, tag: str, cseq: int, *, extra: str = "",
        to_header: str = "", branch: str = "", body: str = "", body_type: str = "",
    ) -> str:  # fmt: skip
        branch = branch or f"z9hG4bK{secrets.token_hex(8)}"
        first = method == what.method
        headers = "".join(f"{line}\r\n" for line in what.headers) if first else ""
        kind = f"Content-Type: {body_type}\r\n" if body else ""
        data = body.encode("utf-8", "surrogateescape")
        contact = what.contact or f"<sip:x@127.0.0.1:{self._peer.port}>"
        head = (
            f"{method} sip:{what.to}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._peer.port};rport;branch={branch}\r\n"
            f"From: {what.display}<sip:{what.user}@127.0.0.1>{what.from_params};tag={tag}\r\n"
            f"To: {to_header or f'<sip:{what.to}@127.0.0.1>'}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: {contact}\r\n{extra}{headers}{kind}Content-Length: {len(data)}\r\n\r\n"
        )
        self._peer.send(head.encode("utf-8", "surrogateescape") + data)
        return branch


@dataclass
class Said:
    """What became of many hostile requests."""

    asked: int = 0
    answered: int = 0  # calls
    refused: int = 0
    dropped: int = 0  # Asterisk did not answer what it could not read


async def say_all(
    port: int, login: tuple[str, str], whats: Iterator[Hostile], *, peers: int = 4,
    patience: float = 2.0,
) -> Said:  # fmt: skip
    """Send each of ``whats``, ``peers`` at a time. What is answered gets an INFO with a key
    and a hang-up that says why."""
    said = Said()
    await asyncio.gather(*(_peer(port, login, whats, said, patience) for _ in range(peers)))
    return said


async def _peer(
    port: int, login: tuple[str, str], whats: Iterator[Hostile], said: Said, patience: float
) -> None:
    async with HostileTrunk(port, *login) as trunk:
        for what in whats:
            said.asked += 1
            try:
                answer = await trunk.say(what, seconds=patience)
            except TimeoutError:
                said.dropped += 1
                continue
            if answer.status >= 300:
                said.refused += 1
            elif what.method == "INVITE":
                said.answered += 1
                keys = f"Signal={what.user}\r\nDuration=160\r\n"
                trunk.inside("INFO", keys, "application/dtmf-relay")
                trunk.hang_up()
