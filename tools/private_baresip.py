"""Builds ``.parley/baresip``: the SIP phone baresip, which only tests use.

Tests call with it because it is a phone that is not ours. It is fetched like the private
root (:mod:`tools.private_root`) from the machine's own archive, without root rights, and
kept apart from it, so that a change here does not fetch Asterisk again. A machine that
cannot have it does without: the tests that need it are skipped and say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

from tools import apt_sources, loader
from tools.console import STATE, SetupFailed, say, step
from tools.private_apt import PrivateApt, remove
from tools.private_root import suites_to_try

PACKAGE = "baresip-core"
TARGET = STATE / "baresip"
_STAMP = "parley-baresip.json"
_MODULES = [
    "account.so", "aufile.so", "contact.so", "ctrl_tcp.so", "debug_cmd.so", "g711.so", "g722.so",
    "menu.so", "mwi.so", "presence.so", "sndfile.so", "srtp.so",
]  # fmt: skip


def _recipe() -> str:
    """A hash of everything that decides what the folder holds."""
    digest = hashlib.sha256(platform.machine().encode())
    for name in ("private_baresip", "private_apt", "loader"):
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def is_current(target: Path) -> bool:
    """Whether ``target`` is what this recipe builds."""
    try:
        stamp = json.loads((target / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get("recipe") == _recipe())


def _fetch(work: Path) -> tuple[list[Path], str]:
    """The packages' files and the version, from the first suite that has it."""
    machine = apt_sources.read_machine()
    tried = []
    for suite in suites_to_try(machine):
        apt = PrivateApt(work / f"apt-{suite}", machine, suite)
        try:
            apt.update()
        except SetupFailed as failure:
            tried.append(f"{suite}: {failure}")
            continue
        if version := apt.candidate(PACKAGE):
            return apt.fetch([PACKAGE]), version
        tried.append(f"{suite} carries none")
    raise SetupFailed(f"No {PACKAGE} was found: {'; '.join(tried)}.")


def _trim(root: Path) -> None:
    """Keep the program, the modules that tests load, libraries and licences."""
    triplet = loader.find_loader(root).parent
    modules = root / "usr/lib/baresip"
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "usr/libexec", "usr/games", "usr/include"):
        for path in (root / folder).glob("*"):
            if path not in (root / "usr/bin/baresip", triplet, modules):
                remove(path)
    for path in triplet.iterdir():
        if path.is_dir():
            remove(path)
    for path in (modules / "modules").iterdir():
        if path.name not in _MODULES:
            remove(path)
    for path in [root / "etc", root / "var", *(root / "usr/share").iterdir()]:
        if path.name != "doc":
            remove(path)


def _check(root: Path) -> None:
    program = root / "usr/bin/baresip"
    done = subprocess.run(
        loader.command(root, program, "-h"), capture_output=True, text=True, check=False,
        env={"LANG": "C.UTF-8", "HOME": str(root)},
    )  # fmt: skip
    modules = [root / "usr/lib/baresip/modules" / name for name in _MODULES]
    lacking = [path.name for path in modules if not path.is_file()]
    missing = loader.missing_libraries(root, [path for path in modules if path.is_file()])
    if "baresip" not in (done.stdout + done.stderr).lower() or lacking or missing:
        raise SetupFailed(f"baresip is not complete: {done.stderr} {lacking} {missing}")


def build(target: Path) -> None:
    """Build ``target`` anew. Raises :class:`SetupFailed`; then nothing is changed."""
    work = target.with_name(f"{target.name}.building-{os.getpid()}")
    work.mkdir(parents=True)
    try:
        with step("fetching baresip, a SIP phone for the tests"):
            files, version = _fetch(work)
            new = work / "root"
            PrivateApt.unpack(files, new)
            _trim(new)
            _check(new)
        stamp = {"recipe": _recipe(), "baresip": version}
        (new / _STAMP).write_text(json.dumps(stamp, indent=2) + "\n")
        shutil.rmtree(target, ignore_errors=True)
        new.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def provide() -> None:
    """Build it unless it is current. What goes wrong is said, and ends nothing: tests that
    need it are skipped."""
    if is_current(TARGET):
        return
    try:
        build(TARGET)
    except (SetupFailed, OSError) as failure:
        say(f"baresip is not here ({failure}): the tests that need it will be skipped.")
