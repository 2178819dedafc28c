"""Whether there is room for recordings, for ``app.http.health``."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import ClassVar

from app.http.health import Check
from core import metrics
from core.errors import Unavailable
from sip.voice.finishing import Finishing

_MB = 1_000_000


class RecordingDiskLow(Unavailable):
    """There is little room left for recordings."""

    code: ClassVar[str] = "recording_disk_low"


class RecordingsUnfinished(Unavailable):
    """Recordings could not be finished for want of room; nothing of them is lost."""

    code: ClassVar[str] = "recordings_unfinished"


def disk_check(folder: Path, finishing: Finishing, least_free_mb: int) -> Check:
    """There is room, and nothing waits for it."""

    async def check() -> None:
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        except OSError as error:
            raise RecordingDiskLow(
                f"The folder of recordings cannot be read: {error.strerror}.",
                hint="Calls go on, but are not recorded.",
            ) from None
        metrics.recordings_free_bytes.set(free)
        metrics.recordings_unfinished.set(finishing.unfinished)
        if finishing.unfinished:
            raise RecordingsUnfinished(
                f"{finishing.unfinished} recordings wait for room; {free // _MB} MB are free.",
                hint="Make room: they are finished by themselves then. Calls go on.",
                free_mb=free // _MB,
            )
        if free < least_free_mb * _MB:
            raise RecordingDiskLow(
                f"Only {free // _MB} MB are free for recordings.",
                hint="Make room, or set media.recording.keep_days. A minute takes 2 MB, and as "
                "much again while it is finished.",
                free_mb=free // _MB,
            )

    return check
