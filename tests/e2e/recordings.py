"""What tests of recordings look at: the finished sound, side by side, in steps."""

from __future__ import annotations

import asyncio
import io
import wave

import numpy as np

from acd.records.tables import RecordingRow
from app.recordings.tables import RecordingFileRow
from media.tones import RATE, Samples, has_tone
from tests.support.installation import Centre
from tests.support.talk import Talk
from tests.support.wait import until

STEP = RATE // 50


async def finished(centre: Centre, contact_id: str, count: int = 1) -> list[RecordingRow]:
    """The contact's recordings once they are closed, in order."""

    async def look() -> list[RecordingRow] | None:
        rows = (await centre.record(contact_id)).recordings
        open_ = [r for r in rows if r.details.get("state") == "recording"]
        return list(rows) if len(rows) == count and not open_ else None

    rows = await until(look, 30, f"{count} finished recordings")
    return sorted(rows, key=lambda row: row.id)


async def in_ledger(centre: Centre, contact_id: str) -> RecordingFileRow:
    """The only recording of the contact, as the ledger has it."""

    async def look() -> RecordingFileRow | None:
        rows = await centre.server.recordings.ledger.of(contact_id)
        return rows[0] if rows else None

    return await until(look, 30, "a recording in the ledger")


async def sides(centre: Centre, row: RecordingFileRow | RecordingRow) -> tuple[Samples, Samples]:
    """Caller and agent, as whoever plays it hears them."""
    async with centre.server.recordings.files.opened(row.id, row.path) as sound:
        data = await asyncio.to_thread(sound.read, 0, sound.size)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def times_of(side: Samples, hz: int) -> list[float]:
    """The seconds, in steps of 20 ms, at which the tone is there."""
    windows = range(0, len(side) - STEP, STEP)
    return [at / RATE for at in windows if has_tone(side[at : at + STEP], hz)]


def silent_times(side: Samples) -> list[float]:
    """The seconds, in steps of 20 ms, at which there is nothing at all."""
    windows = range(0, len(side) - STEP, STEP)
    return [at / RATE for at in windows if not np.abs(side[at : at + STEP]).max() > 50]


async def more_sound(centre: Centre, seconds: float = 0.5) -> None:
    """Wait until so much more is on disk: what is said just before the end is not."""
    folder = centre.server.recordings.raw

    def newest() -> tuple[str, float]:
        files = sorted(folder.glob("*.raw"))
        return (files[-1].name, files[-1].stat().st_size / (4 * RATE)) if files else ("", 0.0)

    name, before = newest()

    def more() -> bool:
        now, recorded = newest()
        return recorded - (before if now == name else 0.0) >= seconds

    await until(lambda: more() or None, 15, "more of the recording")


async def end(talk: Talk) -> None:
    """The caller hangs up."""
    await talk.caller.hangup()
    await talk.over()
