"""Log files that stay small: what has grown is cut, and a few older parts are kept.

Who writes a log keeps it open, so it is copied and then cut to nothing instead of
being renamed; all of them write in append mode and go on at the new beginning. A line
that is written in the instant between the two is lost, which a log can bear.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.log import get_logger
from sip.voice.ended_calls import set_aside

log = get_logger(__name__)

LARGEST: Final = 16 << 20  # bytes of a log before it is cut
KEPT: Final = 3  # older parts of it: x.log.1 is the newest
EVERY: Final = 10.0  # seconds between two looks


def cut(file: Path, *, largest: int = LARGEST, kept: int = KEPT) -> bool:
    """Move what is in ``file`` to ``file.1`` when it is larger than ``largest`` bytes,
    and older parts on by one; whether it was. Blocking. Raises OSError, and leaves
    ``file`` whole then."""
    try:
        if file.stat().st_size <= largest:
            return False
    except FileNotFoundError:
        return False
    for number in range(kept - 1, 0, -1):
        if (older := part(file, number)).exists():
            older.replace(part(file, number + 1))
    newest = part(file, 1)
    try:
        with file.open("rb") as source, newest.open("wb") as target:
            os.fchmod(target.fileno(), os.fstat(source.fileno()).st_mode & 0o777)
            shutil.copyfileobj(source, target, 1 << 20)
            os.truncate(file, 0)
    except OSError:
        newest.unlink(missing_ok=True)
        raise
    return True


def part(file: Path, number: int) -> Path:
    """Where the older part of that number is kept."""
    return file.with_name(f"{file.name}.{number}")


async def keep_small(logs: Sequence[Path], ends: Path) -> None:
    """For ever: cut ``logs``, and set Asterisk's file of ended calls aside."""
    while True:
        for file in logs:
            try:
                if await asyncio.to_thread(cut, file):
                    log.info("log.cut", file=file.name)
            except OSError as error:
                log.warning("log.not_cut", file=file.name, error=error.strerror)
        try:
            await asyncio.to_thread(set_aside, ends)
        except OSError as error:
            log.warning("log.not_cut", file=ends.name, error=error.strerror)
        await asyncio.sleep(EVERY)
