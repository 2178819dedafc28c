"""Recordings over HTTP: ranges, and never a file outside the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd.model import EndReason
from tests.support.wait import eventually
from tests.support.web import WebHouse

SOUND = b"RIFF" + bytes(range(256)) * 40


async def stored_recording(house: WebHouse, path: str) -> None:
    """A contact of the history whose recording is the file ``path``."""
    contact_id = await house.customer()
    await house.router.contacts.add_recording(
        contact_id, {"id": "rec_01JTESTTESTTESTTESTTESTTE", "path": path, "channels": 2}
    )
    await house.router.finish(contact_id, EndReason.NO_INPUT)

    async def gone() -> bool:
        return contact_id not in await house.redis.smembers("test:contacts")

    await eventually(gone, "the contact is stored")


URL = "/api/recordings/rec_01JTESTTESTTESTTESTTESTTE"


async def test_whole_and_in_ranges(web_house: WebHouse) -> None:
    (web_house.recordings / "2026").mkdir()
    (web_house.recordings / "2026" / "a.wav").write_bytes(SOUND)
    await stored_recording(web_house, "2026/a.wav")
    client = await web_house.signed_in("grace.hill")
    async with client.get(URL) as response:
        assert response.status == 200
        assert response.content_type == "audio/wav"
        assert response.headers["Cache-Control"] == "private, no-store"
        assert await response.read() == SOUND
    async with client.get(URL, headers={"Range": "bytes=10-19"}) as response:
        assert response.status == 206
        assert response.headers["Content-Range"] == f"bytes 10-19/{len(SOUND)}"
        assert await response.read() == SOUND[10:20]
    async with client.get(URL, headers={"Range": f"bytes={len(SOUND)}-"}) as response:
        assert response.status == 416
    async with client.head(URL) as response:
        assert int(response.headers["Content-Length"]) == len(SOUND)
    agent = await web_house.signed_in("wang.fang")
    async with agent.get(URL) as response:
        assert response.status == 403


@pytest.mark.parametrize("path", ["../outside.wav", "/etc/hostname", "link.wav", "gone.wav", "."])
async def test_nothing_outside_the_folder(web_house: WebHouse, path: str) -> None:
    outside = web_house.recordings.parent / "outside.wav"
    outside.write_bytes(SOUND)
    Path(web_house.recordings / "link.wav").symlink_to(outside)
    await stored_recording(web_house, path)
    client = await web_house.signed_in("grace.hill")
    async with client.get(URL) as response:
        assert response.status == 404
        assert (await response.json())["code"] == "recording_gone"


async def test_unknown_recordings(web_house: WebHouse) -> None:
    client = await web_house.signed_in("grace.hill")
    async with client.get("/api/recordings/rec_x") as response:
        assert (await response.json())["code"] == "recording_not_found"
