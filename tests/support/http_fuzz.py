"""Requests that nobody should send, made from the API's own document, and what is wrong
with an answer.

Everything is drawn from a seeded ``random.Random``, so that what was found is found again.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO")
PARTS: Final = (
    "x", "%00", "%ff%fe", "%2e%2e", "..", ".", "%20", "a%0d%0aX:%20y", "%F0%9F%98%80", "a" * 300,
    "%C0%AF", "*", "'", "%22", "me", "con_01K0000000000000000000000", "0", "-1", "%", "%zz", ":",
    "%ED%A0%80", "con_%00", "../../secrets.json", ";", "@", "%E2%80%AE", "{contact_id}",
)  # fmt: skip
TEXTS: Final = (
    "", " ", "x", "\x00", "a\x00b", "é", "王芳", "\U0001f600", "'; DROP TABLE contacts; --", "%s%n",
    "a" * 5000, "\r\nX: y", "../../etc/passwd", "\u202e", "-1", "1e999", "null", "$(id)", "\ufffe",
    "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "NaN", "\ud83d",
    "2026-01-01T00:00:00+23:59", "lunch", "cards", "wang.fang", "__class__", "\u0130",
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 1.5, 10**30, -(10**18), 2**63, 1e308, "", [], {}, [[]], {"": None},
    {"a": {"b": {"c": []}}}, ["x"] * 200, {str(n): n for n in range(100)},
)  # fmt: skip
BODIES: Final = (
    b"", b"{", b"null", b"[]", b"\xff\xfe", b"{}" * 50, b'{"a":NaN}', b"[" * 20_000, b"1" * 6_000,
    b'{"a":' * 5_000, b'{"\\ud800":1}', b"\x00", b'"' + b"x" * 70_000 + b'"', b'{"a":1,"a":2}',
    b'{"values":{"a":1e999}}', b'{"values":{"a":' + b"9" * 5000 + b"}}",
)  # fmt: skip
HEADERS: Final = (
    b"Authorization: Bearer \xc3\xa9", b"Authorization: Bearer \xff", b"Authorization: Bearer",
    b"Authorization: Basic eDp5", b"Authorization: " + b"x" * 4000, b"Authorization: Bearer a.b",
    b"Cookie: parley_session=\xff", b"Cookie: parley_session=\"a;b", b"Cookie: =;;;=,\x7f",
    b"Cookie: parley_session=" + b"a" * 3000, b"Cookie: parley_device=\xc3\xa9",
    b"Content-Encoding: gzip", b"Content-Encoding: br, gzip", b"Content-Encoding: \xff",
    b"Content-Encoding: nonsense", b"Content-Type: text/plain", b"Content-Type: \xff/\xff",
    b"Content-Type: application/json; charset=nonsense", b"Content-Type: multipart/form-data",
    b"Content-Type: multipart/form-data; boundary=\xff", b"Expect: 100-continue", b"Expect: more",
    b"Range: bytes=0-", b"Range: bytes=9-1", b"Range: bytes=-0", b"Range: bytes=" + b"9" * 4000,
    b"Range: bytes=0-0,2-3,5-9", b"Range: lines=1-2", b"Range: bytes=\xff", b"If-Range: \xff",
    b"If-Modified-Since: yesterday", b"If-Modified-Since: \xff", b"If-None-Match: \xff",
    b"If-Unmodified-Since: Thu, 99 Foo 2026 99:99:99 GMT", b"If-Match: *", b"If-None-Match: \"",
    b"If-Modified-Since: Mon, 01 Jan 0001 00:00:00 GMT", b"Origin: http://[", b"Origin: \xff",
    b"Origin: null", b"Upgrade: websocket", b"Upgrade: h2c", b"Connection: Upgrade",
    b"Sec-WebSocket-Key: x", b"Sec-WebSocket-Version: 99", b"Sec-WebSocket-Key: \xff",
    b"X-Forwarded-For: \xff", b"X-Forwarded-For: 1, 2", b"X-Forwarded-Proto: \xff",
    b"X-Parley-Account: \xff", b"X-Parley-Client: cli", b"X-Parley-Passed-On: \xff",
    b"Accept: \xff", b"Accept-Encoding: \xff", b"Host: \xff", b"Host: a:b:c", b"Host: [::1",
    b"X-HTTP-Method-Override: DELETE", b"TE: trailers", b"Max-Forwards: 0", b"A\xff: b",
)  # fmt: skip
UPGRADE: Final = (
    b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)  # fmt: skip
RAW: Final = (
    b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET //[ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /?\xff=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 9000 + b"\r\n\r\n",
    b"GET /" + b"b" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n{}",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n{}   ",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"FFFFFFFFFFFFFFFFF\r\n{}",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\xff\r\n{}\r\n"
    b"0\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /api/session HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n"
    b"Content-Type: application/json\r\n\r\nhello",
    b"GET /live/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/contacts/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """A request as bytes."""

    raw: bytes

    def __str__(self) -> str:
        return repr(self.raw[:600])


@dataclass(slots=True)
class Maker:
    """Makes requests for the operations of ``document``. ``tokens`` are credentials, of
    which '' is none; ``ids`` are some that exist; ``spared`` (method, path) are left out."""

    document: dict[str, Any]
    random: random.Random
    tokens: tuple[str, ...] = ("",)
    ids: tuple[str, ...] = ()
    spared: frozenset[tuple[str, str]] = frozenset()
    _operations: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._operations = [
            (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]

    @property
    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of each."""
        return self._operations

    def sample(self, operation: tuple[str, str, dict[str, Any]]) -> Sample:
        """A request for ``operation`` that is wrong in something, or nearly right."""
        pick = self.random
        method, path, what = operation
        if pick.random() < 0.05:
            method = pick.choice(METHODS)
        token = pick.choice(self.tokens)
        if token and (method, path) in self.spared:
            token = ""
        lines = [b"Host: x", b"Connection: close"]
        if token:
            lines.append(f"Authorization: Bearer {token}".encode())
        if "(WebSocket)" in what.get("summary", "") and pick.random() < 0.5:
            lines = [line for line in lines if not line.startswith(b"Connection")]
            lines += UPGRADE
        body = b""
        if "requestBody" in what or pick.random() < 0.1:
            body = self._body(what)
            if pick.random() < 0.95:
                lines.append(b"Content-Type: application/json")
        lines += pick.sample(HEADERS, pick.choice((0, 0, 0, 1, 1, 2)))
        if body or method in ("POST", "PUT"):
            lines.append(b"Content-Length: %d" % len(body))
        target = f"{self._path(path)}{self._query(what)}".encode("utf-8", "surrogatepass")
        head = b"%s %s HTTP/1.1\r\n" % (method.encode(), target[:8000])
        return Sample(head + b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def _path(self, path: str) -> str:
        parts = []
        for part in path.split("/"):
            if part.startswith("{"):
                known = self.ids and self.random.random() < 0.5
                part = self.random.choice(self.ids if known else PARTS)
            parts.append(part)
        return "/".join(parts)

    def _query(self, what: dict[str, Any]) -> str:
        pick = self.random
        names = [one["name"] for one in what.get("parameters", ()) if one["in"] == "query"]
        chosen = [name for name in names if pick.random() < 0.4]
        if pick.random() < 0.1:
            chosen.append(pick.choice(("x", "%ff", "a" * 3000, "", "limit", "__proto__", "after")))
        if not chosen:
            return ""
        return "?" + "&".join(f"{name}={self._value()}" for name in chosen)

    def _value(self) -> str:
        if self.random.random() < 0.3:
            return self.random.choice(PARTS)
        return quote(self.random.choice(TEXTS), safe="", errors="surrogatepass")

    def _body(self, what: dict[str, Any]) -> bytes:
        pick = self.random
        if pick.random() < 0.2:
            return pick.choice(BODIES)
        content = what.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        return json.dumps(self._of(schema, 0)).encode("utf-8", "surrogatepass")

    def _of(self, schema: dict[str, Any], depth: int) -> Any:
        """Something like ``schema``, or nothing like it."""
        pick = self.random
        if depth > 6 or pick.random() < 0.12:
            return pick.choice((*VALUES, *TEXTS))
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._of(self.document["components"]["schemas"].get(name, {}), depth + 1)
        if "anyOf" in schema:
            return self._of(pick.choice(schema["anyOf"]), depth + 1)
        if "enum" in schema:
            return pick.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            made = {
                name: self._of(inner, depth + 1)
                for name, inner in schema.get("properties", {}).items()
                if pick.random() < 0.8
            }
            if isinstance(more := schema.get("additionalProperties"), dict):
                for _ in range(pick.randint(0, 3)):
                    made[pick.choice(("a", "topic", *TEXTS))] = self._of(more, depth + 1)
            return made
        if kind == "array":
            return [self._of(schema.get("items", {}), depth + 1) for _ in range(pick.randint(0, 3))]
        if kind in ("integer", "number"):
            return pick.choice((0, 1, -1, 100, 10**6, 10**30, 1.5, -0.0))
        if kind == "boolean":
            return pick.random() < 0.5
        if kind == "string":
            return pick.choice((*TEXTS, *self.ids))
        return pick.choice((*VALUES, *TEXTS))


async def answer_to(port: int, raw: bytes, *, seconds: float = 15, quiet: float = 0.3) -> bytes:
    """What the server sends for ``raw``, until it closes, says nothing for ``quiet`` seconds
    after it began, or ``seconds`` are over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = bytearray()
    try:
        writer.write(raw)
        async with asyncio.timeout(seconds):
            while True:
                try:
                    async with asyncio.timeout(quiet if found else seconds):
                        piece = await reader.read(65536)
                except TimeoutError:
                    break
                if not piece:
                    break
                found += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return bytes(found)


def wrong_with(answer: bytes) -> str:
    """What is not as it should be in an answer; '' if nothing is."""
    if answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
        answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    if not answer:
        return ""  # the connection was closed: nobody is owed an answer to nonsense
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) < 2 or not words[1].isdigit():
        return f"no status line: {first!r}"
    status = int(words[1])
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    if status >= 500:
        return f"status {status}: {body[:300]!r}"
    if headers.get("server") != "parley":
        return f"Server: {headers.get('server')!r}"
    for name in ("content-security-policy", "x-content-type-options", "x-frame-options"):
        if name not in headers:
            return f"status {status} without {name}"
    length = headers.get("content-length", "0")
    if status >= 400 and body and length != "0":
        try:
            said = json.loads(body[: int(length)])
        except ValueError:
            return f"status {status} with {body[:200]!r}"
        if set(said) != {"code", "message", "hint", "retryable", "data"}:
            return f"status {status} with {said!r}"
    return ""
