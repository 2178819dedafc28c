"""Bytes that are no HTTP, and requests without end: refused, and nothing else suffers."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.web import WebHouse


async def say(house: WebHouse, raw: bytes) -> bytes:
    """Send raw bytes and read until the server is done with us."""
    port = house.settings.server.web.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        async with asyncio.timeout(10):
            await writer.drain()
            return await reader.read(65536)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,  # TLS
        b"INVITE sip:6001@127.0.0.1 SIP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_refused(web_house: WebHouse, raw: bytes) -> None:
    answer = await say(web_house, raw)
    assert answer == b"" or answer.split(b" ")[1].startswith(b"4"), answer[:200]
    async with web_house.client().get("/health") as response:
        assert response.status == 200


async def test_paths_do_not_leave_the_pages_folder(web_house: WebHouse) -> None:
    for path in ("/live/../static.py", "/live/..%2f..%2fpyproject.toml", "/live//etc/passwd",
                 "/live/%2e%2e/%2e%2e/pyproject.toml", "/live/js/../../__init__.py"):  # fmt: skip
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = await say(web_house, request.encode())
        assert b" 404 " in answer.split(b"\r\n")[0], path


async def test_files_of_the_page_are_kept_by_browsers_until_they_change(
    web_house: WebHouse,
) -> None:
    client = web_house.client()
    async with client.get("/live/js/main.js") as response:
        assert response.content_type == "text/javascript"
        tag = response.headers["ETag"]
    async with client.get("/live/js/main.js", headers={"If-None-Match": tag}) as response:
        assert response.status == 304
