"""Where the telephony programs are: the system's own, or a private root.

A private root is a folder with unpacked Debian packages (``tools/private_root.py``).
Its programs are linked against their own C library, so they are started through
that library's loader; neither chroot nor root rights are needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from core.errors import NotFound


class ProgramMissing(NotFound):
    """A program that is needed is neither on the system nor in the private root."""

    code: ClassVar[str] = "program_missing"


_BIN = ("usr/sbin", "usr/bin")
_SYSTEM_BIN = ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")


@dataclass(frozen=True, slots=True)
class Programs:
    """Knows how to start ``asterisk`` and ``sipp`` and where their data is.

    ``root`` is the private root, or None for the system's own programs.
    """

    root: Path | None = None

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The argument list that runs ``name``; raises :class:`ProgramMissing`."""
        tail = [str(argument) for argument in arguments]
        if self.root is None:
            found = shutil.which(name) or shutil.which(name, path=":".join(_SYSTEM_BIN))
            if found is None:
                raise ProgramMissing(f"{name} is not on this machine.", hint="Run 'make setup'.")
            return [found, *tail]
        program = self._first(self.root / folder / name for folder in _BIN)
        if program is None:
            raise ProgramMissing(
                f"{name} is not in the private root {self.root}.", hint="Run 'make setup'."
            )
        libraries, loader = self._loader(self.root)
        return [
            str(loader), "--library-path", str(libraries), "--argv0", name, str(program), *tail,
        ]  # fmt: skip

    @property
    def module_dir(self) -> Path:
        """Asterisk's loadable modules (``astmoddir``)."""
        base = self.root or Path("/")
        return self._required(
            [*base.glob("usr/lib/*/asterisk/modules"), base / "usr/lib/asterisk/modules"],
            "Asterisk's modules",
        )

    @property
    def data_dir(self) -> Path:
        """Asterisk's sounds and documentation (``astdatadir``)."""
        base = self.root or Path("/")
        return self._required(
            [base / "usr/share/asterisk", base / "var/lib/asterisk"], "Asterisk's data"
        )

    def _required(self, places: Iterable[Path], what: str) -> Path:
        found = self._first(places)
        if found is None:
            raise ProgramMissing(
                f"{what} are not in {self.root or 'the system'}.", hint="Run 'make setup'."
            )
        return found

    @staticmethod
    def _first(places: Iterable[Path]) -> Path | None:
        return next((place for place in places if place.exists()), None)

    @classmethod
    def _loader(cls, root: Path) -> tuple[Path, Path]:
        """The folder of the root's libraries and the loader in it."""
        loader = cls._first(root.glob("usr/lib/*/ld-linux-*.so.*"))
        if loader is None:
            raise ProgramMissing(f"{root} has no loader.", hint="Remove it and run 'make setup'.")
        return loader.parent, loader
