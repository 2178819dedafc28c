"""SIP messages (RFC 3261) as far as two phones on loopback need them."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

_SHORT = {"f": "from", "t": "to", "i": "call-id", "v": "via", "m": "contact"}


@dataclass(frozen=True)
class Message:
    """A request or a response. ``headers`` has all values of each, lower-case names."""

    start: str
    headers: dict[str, list[str]]
    body: str

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        """Of a request, or of what a response answers."""
        return self.start.split(" ", 1)[0] if not self.status else self["cseq"].split()[-1]

    def __getitem__(self, name: str) -> str:
        return self.headers[name][0]

    def user(self, header: str) -> str:
        """The user part of the address in ``header``; empty if it has none."""
        found = re.search(r"sips?:([^@;>]+)@", self[header])
        return found.group(1) if found else ""

    def uri(self, header: str) -> str:
        """The address in ``header`` without its name and brackets."""
        found = re.search(r"<([^>]+)>", self[header])
        return found.group(1) if found else self[header].split(";")[0]

    def sound_address(self) -> tuple[str, int]:
        """Where the peer wants its sound (from the SDP)."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        if host is None or port is None:
            raise ValueError("no address for sound in the SDP")
        return host.group(1), int(port.group(1))


def parse(data: bytes) -> Message:
    """Read a datagram; raises ValueError for what is no SIP message."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if "SIP/2.0" not in start:
        raise ValueError("no SIP message")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            headers.setdefault(_SHORT.get(name, name), []).append(value.strip())
    return Message(start, headers, body)


def compose(start: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A message; the body, if any, is an SDP."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    lines += [f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def answer_to(
    request: Message, status: str, *, tag: str = "", contact: str = "", body: str = ""
) -> bytes:
    """A response to ``request``."""
    to = request["to"]
    if tag and ";tag=" not in to:
        to = f"{to};tag={tag}"
    headers = [("Via", via) for via in request.headers["via"]]
    headers += [
        ("From", request["from"]), ("To", to), ("Call-ID", request["call-id"]),
        ("CSeq", request["cseq"]),
    ]  # fmt: skip
    if contact:
        headers.append(("Contact", contact))
    return compose(f"SIP/2.0 {status}", headers, body)


def sdp(port: int) -> str:
    """Mu-law on ``port`` of loopback, both ways."""
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def authorization(
    challenge: str, method: str, uri: str, user: str, password: str, *, own: str = ""
) -> str:
    """The value of an Authorization header that answers ``challenge`` (RFC 2617, qop=auth);
    ``own`` is the client's nonce, by default a new one."""
    given = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    nonce, realm, own = given["nonce"], given["realm"], own or secrets.token_hex(4)
    secret = _md5(f"{user}:{realm}:{password}")
    response = _md5(f"{secret}:{nonce}:00000001:{own}:auth:{_md5(f'{method}:{uri}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{own}", '
        f'opaque="{given.get("opaque", "")}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
