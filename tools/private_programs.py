"""Builds ``.parley/test-programs``: the programs that only tests use.

baresip is a phone and Kamailio a proxy that are not ours; libfaketime sets the clock of one
process. They are fetched like the private root (:mod:`tools.private_root`) from the
machine's own archive, without root rights, and kept apart from it, so that a change here
does not fetch Asterisk again. A machine that cannot have one does without: the tests that
need it are skipped and say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools import apt_sources, loader
from tools.console import STATE, SetupFailed, say, step
from tools.private_apt import PrivateApt, remove
from tools.private_root import suites_to_try

TARGET = STATE / "test-programs"
CLOCK = Path("usr/lib/faketime/libfaketime.so.1")
_STAMP = "parley-test-programs.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A program and what of its package is kept. ``modules`` lie in ``folder``; both paths
    are under ``/usr``, ``{triplet}`` is where the machine's libraries lie."""

    name: str
    package: str
    folder: str
    modules: tuple[str, ...]
    program: str
    version_option: str

    def modules_in(self, root: Path) -> Path:
        """The folder of the modules in the unpacked ``root``."""
        return root / "usr" / self.folder.format(triplet=loader.find_loader(root).parent.name)


WANTED = (
    Wanted(
        "baresip", "baresip-core", "lib/baresip/modules",
        (
            "account.so", "aufile.so", "contact.so", "ctrl_tcp.so", "debug_cmd.so", "g711.so",
            "g722.so", "menu.so", "mwi.so", "presence.so", "sndfile.so", "srtp.so",
        ),
        "bin/baresip", "-h",
    ),
    Wanted(
        "kamailio", "kamailio", "lib/{triplet}/kamailio/modules",
        (
            "kex.so", "maxfwd.so", "pv.so", "rr.so", "siputils.so", "sl.so", "textops.so", "tm.so",
        ),
        "sbin/kamailio", "-v",
    ),
)  # fmt: skip


def _recipe() -> str:
    """A hash of everything that decides what the folder holds."""
    digest = hashlib.sha256(platform.machine().encode())
    for name in ("private_programs", "private_apt", "loader"):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def _is_current() -> bool:
    try:
        stamp = json.loads((TARGET / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get("recipe") == _recipe())


def _fetch(work: Path) -> tuple[list[Path], dict[Wanted, str]]:
    """The packages' files and the versions, from the first suite that has all of them, else
    from that which has most."""
    machine = apt_sources.read_machine()
    found: list[tuple[PrivateApt, dict[Wanted, str]]] = []
    tried = []
    for suite in suites_to_try(machine):
        apt = PrivateApt(work / f"apt-{suite}", machine, suite)
        try:
            apt.update()
        except SetupFailed as failure:
            tried.append(f"{suite}: {failure}")
            continue
        carried = {one: v for one in WANTED if (v := apt.candidate(one.package))}
        found.append((apt, carried))
        if len(carried) == len(WANTED):
            break
    if not any(carried for _, carried in found):
        raise SetupFailed(f"no archive carries them: {'; '.join(tried)}")
    apt, versions = max(found, key=lambda one: len(one[1]))
    return apt.fetch([one.package for one in versions]), versions


def _trim(root: Path) -> None:
    """Keep the programs, the modules that tests load, libraries and licences."""
    usr, triplet = root / "usr", loader.find_loader(root).parent
    kept = {usr / one.program for one in WANTED} | {usr / "share/doc"}
    for one in WANTED:
        modules = one.modules_in(root)
        kept.add(modules)
        for path in modules.glob("*"):
            if path.name not in one.modules:
                remove(path)
    inside = [path for path in triplet.iterdir() if path.is_dir()]
    for path in [root / "etc", root / "var", *usr.glob("*/*"), *inside]:
        if path != triplet and not any(one == path or path in one.parents for one in kept):
            remove(path)


def _check(one: Wanted, root: Path) -> None:
    modules = [one.modules_in(root) / name for name in one.modules]
    lacking = [path.name for path in modules if not path.is_file()]
    missing = loader.missing_libraries(root, [path for path in modules if path.is_file()])
    done = subprocess.run(
        loader.command(root, root / "usr" / one.program, one.version_option),
        capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8", "HOME": str(root)},
    )  # fmt: skip
    said = done.stdout + done.stderr
    if one.name not in said.lower() or lacking or missing:
        raise SetupFailed(f"{one.name} is not complete: {said[-200:]} {lacking} {missing}")


def _add_clock(work: Path, root: Path) -> None:
    """libfaketime is loaded into a Python of the machine: it comes from the machine's own
    suite, and nothing that it depends on does."""
    machine = apt_sources.read_machine()
    apt = PrivateApt(work / "apt-own", machine, machine.codename)
    apt.update()
    files = [file for file in apt.fetch(["libfaketime"]) if file.name.startswith("libfaketime_")]
    PrivateApt.unpack(files, work / "clock")
    (found,) = (work / "clock").glob(f"usr/lib/*/faketime/{CLOCK.name}")
    target = root / CLOCK
    target.parent.mkdir()
    found.rename(target)
    done = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time() < 86_400)"],
        capture_output=True, text=True, check=False,
        env={"LD_PRELOAD": str(target), "FAKETIME": "1970-01-01 12:00:00", "TZ": "UTC"},
    )  # fmt: skip
    if done.stdout.strip() != "True":
        target.unlink()
        raise SetupFailed(f"libfaketime does not work here: {done.stderr[-200:]}")


def _build() -> None:
    """Build the folder anew. Raises :class:`SetupFailed`; then nothing is changed."""
    work = TARGET.with_name(f"{TARGET.name}.building-{os.getpid()}")
    work.mkdir(parents=True)
    try:
        with step("fetching a SIP phone and a SIP proxy for the tests"):
            files, versions = _fetch(work)
            new = work / "root"
            PrivateApt.unpack(files, new)
            _trim(new)
            for one in tuple(versions):
                try:
                    _check(one, new)
                except SetupFailed as failure:
                    say(str(failure))
                    remove(new / "usr" / one.program)
                    del versions[one]
        try:
            with step("fetching libfaketime, which sets the clock for a test"):
                _add_clock(work, new)
        except (SetupFailed, ValueError) as failure:
            say(f"The clock cannot be set ({failure}): the test that does will be skipped.")
        for one in WANTED:
            if one not in versions:
                say(f"{one.name} is not to be had here: the tests that need it will be skipped.")
        stamp = {"recipe": _recipe(), **{one.name: v for one, v in versions.items()}}
        (new / _STAMP).write_text(json.dumps(stamp, indent=2) + "\n")
        shutil.rmtree(TARGET, ignore_errors=True)
        new.rename(TARGET)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def provide() -> None:
    """Build them unless they are current. What goes wrong is said, and ends nothing: tests
    that need them are skipped."""
    if _is_current():
        return
    try:
        _build()
    except (SetupFailed, OSError) as failure:
        names = ", ".join(one.name for one in WANTED)
        say(f"{names} are not here ({failure}): the tests that need them will be skipped.")
