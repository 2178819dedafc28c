"""Where a row runs: a folder of its own, and installations that end with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.house import House, open_house


@dataclass
class Scene:
    """``folder`` is empty at first; ``quick`` asks for the short form of the row."""

    folder: Path
    quick: bool = False
    _houses: int = 0

    def seconds(self, long: float, short: float) -> float:
        """How long something lasts in the long and in the short form."""
        return short if self.quick else long

    @asynccontextmanager
    async def house(
        self,
        overrides: Mapping[str, str] | None = None,
        *,
        state: Path | None = None,
        environ: Mapping[str, str] | None = None,
        prefix: tuple[str, ...] = (),
        start: bool = True,
    ) -> AsyncIterator[House]:
        """A running installation, started by ``parley up`` as a process.

        ``overrides``: settings by dotted key. ``state``: the state folder (default: in
        the row's folder). ``environ``: further environment of the supervisor and all
        below it. ``prefix``: a command in front of ``parley up`` (``prlimit ...``).
        ``start=False`` does not wait until it runs.
        """
        number, self._houses = self._houses, self._houses + 1
        folder = self.folder / f"house-{number}"
        folder.mkdir()
        async with open_house(
            folder, state or folder / "state", overrides or {}, environ or {}, prefix
        ) as house:
            if start:
                await house.wait_started()
            yield house
