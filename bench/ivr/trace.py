"""What flows did, from the app's log: read while it is written."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Traced:
    """A line; ``at`` is on the monotonic clock."""

    event: str
    contact: str
    at: float
    data: dict[str, Any]


class Trace:
    """The lines of ``ivr.*`` so far; :meth:`follow` reads on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place = 0
        self._apart = time.monotonic() - time.time()
        self.lines: list[Traced] = []

    async def until(
        self, look: Callable[[list[Traced]], Traced | None], seconds: float
    ) -> Traced | None:
        """The first that ``look`` finds; None after ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            self.read()
            if (found := look(self.lines)) is not None:
                return found
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(0.02)

    def read(self) -> None:
        """Take in what was written since."""
        with self._file.open("rb") as file:
            file.seek(self._place)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._place += len(whole)
        for line in whole.splitlines():
            try:
                raw: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            if str(raw.get("event", "")).startswith("ivr."):
                at = datetime.fromisoformat(raw["timestamp"]).timestamp() + self._apart
                self.lines.append(Traced(raw["event"], raw.get("contact", ""), at, raw))
