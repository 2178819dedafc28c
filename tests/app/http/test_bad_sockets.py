"""WebSocket frames that nobody should send: the socket ends, nothing else does."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.support.http_fuzz import UPGRADE
from tests.support.logs import LogLines
from tests.support.web import WebHouse

_PART = b"\x83\x00\x00\x00\x00abc"
_CLOSE = b"\x88\x80\x00\x00\x00\x00"
FRAMES = {
    "unmasked": b"\x81\x05hello",
    "reserved bits": b"\xf1\x85\x00\x00\x00\x00hello",
    "unknown opcode": b"\x8b\x80\x00\x00\x00\x00",
    "oversized": b"\x81\xff" + (1 << 20).to_bytes(8, "big") + b"\x00" * 4 + b"x" * 70_000,
    "absurd length": b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00x",
    "long ping": b"\x89\xfe\x01\x00\x00\x00\x00\x00" + b"x" * 256,
    "fragmented ping": b"\x09\x80\x00\x00\x00\x00",
    "continuation first": b"\x80\x85\x00\x00\x00\x00hello",
    "no UTF-8": b"\x81\x82\x00\x00\x00\x00\xff\xfe",
    "close with one byte": b"\x88\x81\x00\x00\x00\x00x",
    "close code 1": b"\x88\x82\x00\x00\x00\x00\x00\x01",
    "http again": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
    "never ending fragments": b"\x01" + _PART + (b"\x00" + _PART) * 3000,
}


async def test_bad_frames_end_the_socket_only(
    web_house: WebHouse, log_lines: LogLines, caplog: pytest.LogCaptureFixture
) -> None:
    house = web_house
    contact_id = await house.connect("cards", "wang.fang")
    client = await house.signed_in("wang.fang")
    good = await client.ws_connect("/api/live")
    assert (await good.receive_json())["type"] == "state"
    proof = str(client.headers["Authorization"]).encode()
    with caplog.at_level(logging.WARNING):
        for path in ("/api/live", f"/api/contacts/{contact_id}/listen"):
            for name, frame in FRAMES.items():
                await _ends(house, path.encode(), proof, frame, f"{name} at {path}")
    await client.post("/api/contacts/" + contact_id + "/hold", json={})
    async with asyncio.timeout(10):
        assert (await good.receive_json())["type"] == "change"
    await good.close()
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert [line for line in log_lines if line.get("exc_info")] == []


async def _ends(house: WebHouse, path: bytes, proof: bytes, frame: bytes, what: str) -> None:
    port = house.settings.server.web.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [b"GET %s HTTP/1.1" % path, b"Host: x", b"Authorization: " + proof, *UPGRADE]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n")
    async with asyncio.timeout(20):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101"), what
        try:
            # Some are taken as a message, or wait for their rest: then this is the end.
            writer.write(frame + _CLOSE)
            await writer.drain()
            writer.write_eof()
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
    writer.close()
