"""Which Asterisk to run: the system's own, or the private root - and why.

The system's is taken when it has everything that Parley uses; its configuration is
never touched, only its programs and modules are used. Standard library only, because
the set-up asks this before anything is installed.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from core.errors import NotFound
from sip.asterisk.programs import ProgramMissing, Programs

LEAST_VERSION = 18
_REQUIRED = Path(__file__).with_name("required_modules.txt")

Wanted = Literal["auto", "system", "private"]


class NoCapableAsterisk(NotFound):
    """There is no Asterisk on this machine that Parley can run on."""

    code: ClassVar[str] = "no_capable_asterisk"


@dataclass(frozen=True, slots=True)
class Examination:
    """What one installation of Asterisk has; ``lacks`` says in words what it has not."""

    version: str
    lacks: tuple[str, ...]

    @property
    def capable(self) -> bool:
        return not self.lacks


@dataclass(frozen=True, slots=True)
class Choice:
    """The programs to run, and a sentence for the operator that says why these."""

    programs: Programs
    version: str
    reason: str


def required_modules() -> list[str]:
    """File names of the loadable modules without which Parley does not work."""
    return _REQUIRED.read_text(encoding="utf-8").split()


def examine(programs: Programs) -> Examination:
    """Look at one installation without starting it (about 20 ms, blocking)."""
    try:
        command = programs.command("asterisk", "-V")
        modules, data = programs.module_dir, programs.data_dir
    except ProgramMissing as missing:
        return Examination("", (missing.message.rstrip("."),))
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=10,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Examination("", (f"it does not start: {error}",))
    version = done.stdout.strip().removeprefix("Asterisk ")
    found = re.search(r"(\d+)\.", version)
    if done.returncode != 0 or found is None:
        return Examination(version, (f"it does not start: {done.stderr.strip()[-200:]}",))
    lacks = []
    if int(found[1]) < LEAST_VERSION:
        lacks.append(f"it is version {version}, {LEAST_VERSION} is the least")
    absent = [name for name in required_modules() if not (modules / name).is_file()]
    if absent:
        lacks.append(f"it has no {', '.join(absent)} in {modules}")
    if not any((data / "documentation").glob("core-*.xml")):
        lacks.append(f"its documentation, which modules read at start, is not in {data}")
    return Examination(version, tuple(lacks))


def choose(private_root: Path, *, wanted: Wanted = "auto") -> Choice:
    """Decide. ``auto`` prefers the system's own; ``wanted`` can force either.

    Raises :class:`NoCapableAsterisk`, which says what each one lacks.
    """
    considered = []
    if wanted != "private":
        system = examine(Programs())
        if system.capable:
            return Choice(
                Programs(), system.version,
                f"the system's own Asterisk {system.version} has all that is needed",
            )  # fmt: skip
        considered.append(f"the system's own: {'; '.join(system.lacks)}")
    if wanted != "system":
        programs = Programs(private_root.resolve())
        private = examine(programs)
        if private.capable:
            why = considered[0] if considered else "the private root was asked for"
            return Choice(
                programs, private.version, f"Asterisk {private.version} in {private_root} ({why})"
            )
        considered.append(f"the private root: {'; '.join(private.lacks)}")
    raise NoCapableAsterisk(
        "No Asterisk here has all that Parley needs. " + ". ".join(considered) + ".",
        hint="Run 'make setup', which builds a private one.",
    )
