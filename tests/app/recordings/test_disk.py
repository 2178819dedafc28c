"""The room for recordings in /health (a disk that is really full: tests/e2e)."""

from __future__ import annotations

import pytest

from app.recordings.disk import RecordingDiskLow, disk_check
from core import metrics
from tests.support.web import WebHouse


async def test_too_little_room_is_said(web_house: WebHouse) -> None:
    kept = web_house.kept
    await disk_check(kept.folder, kept.finishing, 1)()
    with pytest.raises(RecordingDiskLow) as caught:
        await disk_check(kept.folder, kept.finishing, 10**9)()
    assert caught.value.data["free_mb"] > 0
    (sample,) = next(iter(metrics.recordings_free_bytes.collect())).samples
    assert sample.value > 1_000_000


async def test_a_folder_that_is_gone_is_said(web_house: WebHouse) -> None:
    kept = web_house.kept
    kept.raw.rmdir()
    kept.folder.rmdir()
    with pytest.raises(RecordingDiskLow, match="cannot be read"):
        await disk_check(kept.folder, kept.finishing, 1)()
