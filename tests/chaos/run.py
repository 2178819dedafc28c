"""Runs one row, whatever becomes of it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos.report import Line
from tests.chaos.row import CannotRun, Row, Seen
from tests.chaos.scene import Scene


async def run_row(row: Row, *, quick: bool, folder: Path) -> Line:
    """Run ``row`` in ``folder``. An error of the row itself is a broken promise."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(row.seconds):
            seen = await row.run(Scene(folder, quick=quick))
    except CannotRun as error:
        return Line(row, None, str(error), time.monotonic() - began)
    except TimeoutError:
        seen = Seen("?", "?", broken=[f"the row did not end within {row.seconds:g} s"])
    except Exception as error:
        seen = Seen("?", "?", broken=["".join(traceback.format_exception(error))])
    return Line(row, seen, took=time.monotonic() - began)


async def run_alone(row: Row, *, quick: bool) -> Line:
    """Run ``row`` in a folder of its own, which is kept if its promise did not hold."""
    folder = Path(tempfile.mkdtemp(prefix=f"parley-chaos-{row.name}-"))
    line = await run_row(row, quick=quick, folder=folder)
    if line.holds:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    elif line.seen is not None:
        line.seen.broken.append(f"logs are kept in {folder}")
    return line
