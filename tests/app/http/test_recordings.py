"""Recordings over HTTP: ranges, sealed or not, and never a file outside the folder."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from acd.model import EndReason
from app.recordings.files import RecordingFiles
from core import ids
from core.clock import to_epoch
from media.recording.finish import Recording, finalise
from media.recording.keys import KeyRing
from media.recording.silencing import Reason, Side, Silenced
from tests.media.recording.sounds import noise, stereo
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
        assert response.headers["Accept-Ranges"] == "bytes"
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
    files: RecordingFiles = web_house.kept.files
    await files.remove(path)
    assert outside.read_bytes() == SOUND


async def test_unknown_recordings(web_house: WebHouse) -> None:
    client = await web_house.signed_in("grace.hill")
    for path in ("", "/peaks", "/details", "/check"):
        async with client.get(f"/api/recordings/rec_x{path}") as response:
            assert (await response.json())["code"] == "recording_not_found"


class Kept:
    """A recording of 12 s in the ledger, and the wav file it should be."""

    def __init__(self, house: WebHouse, *, sealed: bool) -> None:
        self.house = house
        self.contact_id = ids.new_id(ids.CONTACT)
        self.id = ids.new_id(ids.RECORDING)
        folder = house.recordings / self.contact_id
        folder.mkdir()
        raw = house.recordings / "raw" / f"{self.contact_id}.{self.id}.raw"
        raw.write_bytes(stereo(noise(12, -20), noise(12, -60)).tobytes())
        ring = KeyRing.new("2026-11-22") if sealed else None
        if ring is not None:
            house.kept.keys._secrets.put("recording-keys", ring.text())
        spans = [Silenced(3, 4, Side.CALLER, Reason.SPOKEN)]
        self.made: Recording = finalise(
            raw, folder / f"{self.id}.wav", recording_id=self.id, ring=ring, silenced=spans
        )
        plain = finalise(raw, house.recordings.parent / "plain" / "x.wav", silenced=spans)
        self.wav = plain.path.read_bytes()
        self.url = f"/api/recordings/{self.id}"

    async def write_down(self, **more: Any) -> None:
        now = to_epoch(self.house.kept._clock.now())
        await self.house.kept.ledger.keep(
            self.contact_id,
            {
                **self.made.facts(), "id": self.id, "state": "finished", "agent_id": "wang.fang",
                "queue": "cards", "started_at": now - 60, "ended_at": now - 48,
                "path": str(self.made.path.relative_to(self.house.recordings)), **more,
            },
        )  # fmt: skip


@pytest_asyncio.fixture(params=[False, True], ids=["plain", "sealed"])
async def kept(request: pytest.FixtureRequest, web_house: WebHouse) -> Kept:
    """One as it is finished, plain or sealed."""
    made = Kept(web_house, sealed=request.param)
    await made.write_down()
    return made


async def test_played_in_parts(kept: Kept) -> None:
    client = await kept.house.signed_in("grace.hill")
    size, chance = len(kept.wav), random.Random(3)
    async with client.get(kept.url) as response:
        assert (response.status, await response.read()) == (200, kept.wav)
        etag = response.headers["ETag"]
    for _ in range(30):
        start = chance.randrange(size)
        end = start + chance.randrange(200_000)
        headers = {"Range": f"bytes={start}-{end}", "If-Range": etag}
        async with client.get(kept.url, headers=headers) as response:
            assert response.status == 206
            assert await response.read() == kept.wav[start : end + 1]
    async with client.head(kept.url) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) == size
    async with client.get(kept.url, headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")
    async with client.get(kept.url, headers={"If-Match": '"x"'}) as response:
        assert (response.status, await response.read()) == (412, b"")
    async with client.get(kept.url, headers={"Range": f"bytes={size}-"}) as response:
        assert (response.status, await response.read()) == (416, b"")
        assert response.headers["Content-Range"] == f"bytes */{size}"
    async with client.get(kept.url, headers={"Range": "bytes=0-1,4-5"}) as response:
        assert (response.status, await response.read()) == (200, kept.wav)


async def test_who_leaves_in_the_middle_keeps_nothing_open(kept: Kept) -> None:
    client = await kept.house.signed_in("grace.hill")
    async with client.get(kept.url) as response:
        await response.content.readexactly(100)
        response.close()
    path = str(kept.made.path)

    async def closed() -> bool:
        links = [p for p in Path("/proc/self/fd").iterdir() if p.exists()]
        return path not in {str(p.readlink()) for p in links}

    await eventually(closed, "the file is closed")


async def test_drawn_and_described(kept: Kept) -> None:
    client = await kept.house.signed_in("grace.hill")
    async with client.get(f"{kept.url}/peaks?points=12") as response:
        peaks = await response.json()
    caller, agent = peaks["channels"]
    assert (peaks["seconds"], peaks["points"]) == (12.0, 12)
    assert [bool(a and b) for a, b in zip(caller["least"], caller["greatest"], strict=True)] == [
        n != 3 for n in range(12)
    ]
    assert max(agent["greatest"]) <= 2
    async with client.get(f"{kept.url}/peaks?points=0") as response:
        assert response.status == 400
    async with client.get(f"{kept.url}/details") as response:
        details = await response.json()
    assert details["marks"] == ["agent_silent"]
    assert details["silenced"] == [{"from": 3, "to": 4, "side": "caller", "reason": "spoken"}]
    assert details["levels"]["caller"]["rms_dbfs"] == pytest.approx(-20.4, abs=0.3)
    assert details["sealed"] == (kept.made.key_id is not None)
    assert details["keep_until"] is None
    async with client.get(f"/api/recordings?contact={kept.contact_id}") as response:
        assert await response.json() == {"recordings": [details], "next": None}
    async with client.get("/api/recordings?agent=li.wei") as response:
        assert (await response.json())["recordings"] == []
    async with client.get(f"{kept.url}/check") as response:
        assert await response.json() == {"id": kept.id, "bytes": len(kept.wav), "seconds": 12.0}


async def test_only_supervisors(kept: Kept) -> None:
    agent = await kept.house.signed_in("wang.fang")
    paths = [kept.url, *(f"{kept.url}/{p}" for p in ("peaks", "details", "check"))]
    for path in [*paths, "/api/recordings", "/api/recording-keys"]:
        async with agent.get(path) as response:
            assert response.status == 403, path


async def test_damage_is_said(web_house: WebHouse) -> None:
    kept = Kept(web_house, sealed=True)
    await kept.write_down()
    client = await web_house.signed_in("grace.hill")
    whole = kept.made.path.read_bytes()

    async def code(path: str) -> str:
        async with client.get(path) as response:
            assert response.status == 500, path
            found: str = (await response.json())["code"]
            return found

    middle = bytearray(whole)
    middle[len(whole) // 2] ^= 1
    kept.made.path.write_bytes(middle)
    assert await code(f"{kept.url}/check") == "recording_tampered"
    async with client.get(kept.url, headers={"Range": "bytes=0-9999"}) as response:
        assert await response.read() == kept.wav[:10_000]  # another chunk
    # Found on the way it ends the connection: nobody takes a part for the whole.
    async with client.get(kept.url) as response:
        assert response.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    kept.made.path.write_bytes(whole[:-1])
    assert await code(kept.url) == "recording_truncated"
    kept.made.path.write_bytes(b"\0" + whole[1:])
    assert await code(kept.url) == "recording_damaged"
    kept.made.path.write_bytes(whole)
    secrets = web_house.kept.keys._secrets
    ring = secrets.get("recording-keys").reveal()
    other = KeyRing.new("2026-11-22").text()
    secrets.put("recording-keys", other, instead_of=ring)
    assert await code(kept.url) == "recording_key_wrong"
    secrets.put("recording-keys", KeyRing.new("x").text(), instead_of=other)
    assert await code(f"{kept.url}/peaks") == "recording_key_missing"


async def test_silenced_later_a_player_begins_anew(kept: Kept) -> None:
    client = await kept.house.signed_in("grace.hill")
    async with client.get(kept.url, headers={"Range": "bytes=0-9"}) as response:
        etag = response.headers["ETag"]
    name = str(kept.made.path.relative_to(kept.house.recordings))
    spans = [Silenced(3, 4, Side.CALLER, Reason.SPOKEN), Silenced(6, 7, Side.BOTH, Reason.SPOKEN)]
    await kept.house.kept.files.silence(kept.id, name, spans, [])
    async with client.get(kept.url, headers={"Range": "bytes=0-9", "If-Range": etag}) as response:
        assert response.status == 200
        samples = np.frombuffer((await response.read())[44:], dtype="<i2").reshape(-1, 2)
    assert not samples[48_000:56_000].any()
    assert samples[56_000:].any()
