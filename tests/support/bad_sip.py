"""SIP that nobody should send, and how to send it."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress

from core.ids import new_id

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


def request(method: str, user: str, *, caller: str = "evil", more: str = "", body: str = "") -> str:
    """A well-formed request of a peer that nobody knows."""
    call_id = new_id("x")
    return (
        f"{method} sip:{user}@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{call_id};rport\r\n"
        f"From: <sip:{caller}@127.0.0.1>;tag={call_id}\r\nTo: <sip:{user}@127.0.0.1>\r\n"
        f"Call-ID: {call_id}\r\nCSeq: 1 {method}\r\nContact: <sip:{caller}@127.0.0.1:9>\r\n"
        f"Max-Forwards: 70\r\n{more}"
        + (f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
           if body else "Content-Length: 0\r\n\r\n")
    )  # fmt: skip


def invite(user: str, **more: str) -> str:
    """An INVITE with an offer."""
    return request("INVITE", user, body=_SDP, **more)


def digest(user: str) -> str:
    """A header with an answer to a challenge that was never made."""
    return (
        f'Authorization: Digest username="{user}", realm="parley", nonce="0123456789/abcdef", '
        f'uri="sip:4000@127.0.0.1", response="{"0" * 32}", algorithm=MD5\r\n'
    )


def garbage(count: int) -> Iterator[bytes]:
    """Datagrams of chance, the same in every run."""
    chance = random.Random(5060)
    for _ in range(count):
        yield chance.randbytes(chance.randint(1, 1400))


def truncated() -> Iterator[bytes]:
    """An INVITE cut off at many places."""
    whole = invite("4000").encode()
    for end in range(1, len(whole), 7):
        yield whole[:end]


def malformed() -> Iterator[bytes]:
    """Messages with one thing wrong each."""
    good = invite("4000")
    for old, new in (
        ("SIP/2.0\r\nVia", "SIP/9.9\r\nVia"),
        ("CSeq: 1 INVITE", "CSeq: 1 BYE"),
        ("CSeq: 1 INVITE", "CSeq: -99999999999999999999 INVITE"),
        ("Content-Length: ", "Content-Length: 99999999"),
        ("Content-Length: ", "Content-Length: -"),
        ("Max-Forwards: 70", "Max-Forwards: 0"),
        ("Max-Forwards: 70", "Max-Forwards: " + "7" * 300),
        ("Contact: ", "Contact: <sip:" + "a" * 3000 + "@x>\r\nX: "),
        ("Via: ", "Via: SIP/2.0/UDP x;branch=z9hG4bK1\r\n" * 60 + "Via: "),
        ("From: <", 'From: "%s%n\x00\x01" <'),
        ("sip:4000@127.0.0.1 SIP", "sip:;;;@@@[::]:99999 SIP"),
        ("sip:4000@127.0.0.1 SIP", "tel:+" + "9" * 500 + " SIP"),
        ("m=audio 9 RTP/AVP 0", "m=audio 99999999 RTP/AVP " + "0 " * 500),
        ("c=IN IP4 127.0.0.1", "c=IN IP4 999.999.999.999"),
        ("v=0", "v="),
    ):
        assert old in good
        yield good.replace(old, new, 1).encode("utf-8", "replace")
    yield b"\r\n" * 700
    yield b"SIP/2.0 200 OK\r\n\r\n"
    yield b"INVITE\r\n\r\n"


async def send(port: int, messages: Iterable[bytes | str]) -> None:
    """Send each as a UDP datagram, a few hundred a second at most faster than that
    the kernel drops them."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for number, message in enumerate(messages):
            data = message.encode() if isinstance(message, str) else message
            with suppress(OSError):
                out.sendto(data, ("127.0.0.1", port))
            if number % 20 == 0:
                await asyncio.sleep(0.002)
