"""Builds the private root ``.parley/root``: Asterisk and sipp with all they need.

It is built beside its place and renamed into it, so it is either whole or absent,
and stamped with a hash of what went into it, so that a second run does nothing.
Root rights are not needed and the system's packages stay as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from tools import apt_sources, loader
from tools.console import REPOSITORY, STATE, SetupFailed, main, say, step
from tools.private_apt import PrivateApt, remove

PACKAGES = [
    "asterisk", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-wav", "sip-tester",
]  # fmt: skip
LEAST_VERSION = 18
# These releases are known to carry no Asterisk; asking them would only take time.
_WITHOUT_ASTERISK = frozenset({"bookworm", "trixie"})
_FALLBACKS = {"debian": ("forky", "sid"), "ubuntu": ()}
_KEPT_PROGRAMS = ("usr/sbin/asterisk", "usr/bin/sipp")
_KEPT_LIBRARY_FOLDERS = ("asterisk", "ossl-modules", "nss")
_REQUIRED_MODULES = REPOSITORY / "sip/asterisk/required_modules.txt"
_STAMP = "parley-root.json"


def recipe() -> str:
    """A hash of everything that decides what the root holds."""
    digest = hashlib.sha256()
    tools = [Path(__file__).with_name(f"{name}.py") for name in ("private_apt", "loader")]
    for source in (Path(__file__), *tools, _REQUIRED_MODULES):
        digest.update(source.read_bytes())
    digest.update(platform.machine().encode())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Whether ``root`` is what this recipe builds."""
    try:
        stamp = json.loads((root / _STAMP).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get("recipe") == recipe())


def suites_to_try(machine: apt_sources.Machine) -> list[str]:
    """The machine's own suite first, if it may carry Asterisk; then newer ones."""
    own = [] if machine.codename in _WITHOUT_ASTERISK else [machine.codename]
    return own + [s for s in _FALLBACKS[machine.family] if s not in own]


def major(version: str) -> int:
    """``1:22.10.1+dfsg`` -> 22."""
    found = re.match(r"(?:\d+:)?(\d+)", version)
    return int(found[1]) if found else 0


def _find_suite(work: Path, machine: apt_sources.Machine) -> tuple[PrivateApt, str]:
    tried = []
    for suite in suites_to_try(machine):
        apt = PrivateApt(work / f"apt-{suite}", machine, suite)
        try:
            with step(f"reading the package index of {machine.family} {suite}"):
                apt.update()
        except SetupFailed as failure:
            tried.append(f"{suite}: {failure}")
            continue
        version = apt.candidate("asterisk")
        if version and major(version) >= LEAST_VERSION:
            return apt, version
        tried.append(f"{suite} carries Asterisk {version}" if version else f"{suite} carries none")
    raise SetupFailed(
        f"No Asterisk {LEAST_VERSION} or newer was found. " + "; ".join(tried) + ".",
        "Is the network up? A capable Asterisk installed by your own means is used as it is.",
    )


def _trim(root: Path) -> None:
    """Keep the programs, Asterisk's modules, every library (some are loaded by name
    only, so nothing tells which), sounds, the documentation that Asterisk reads at
    start, and the licences."""
    keep = [root / name for name in _KEPT_PROGRAMS]
    triplet = loader.find_loader(root).parent
    for folder in ("usr/bin", "usr/sbin", "usr/lib", "usr/libexec", "usr/games"):
        for path in (root / folder).glob("*"):
            if path not in keep and path != triplet:
                remove(path)
    for path in triplet.iterdir():
        if path.is_dir() and path.name not in _KEPT_LIBRARY_FOLDERS:
            remove(path)
    for name in ("etc", "var"):
        remove(root / name)
    sounds = root / "usr/share/asterisk/sounds"
    for path in sounds.iterdir():  # the links that point into /var are the system's business
        if path.is_symlink() and not path.exists():
            path.unlink()
    if not (sounds / "en").exists():
        (sounds / "en").symlink_to(next(sounds.glob("en_*")).name)
    for path in (root / "usr/share").iterdir():
        if path.name not in ("asterisk", "doc"):
            remove(path)
    for path in (root / "usr/share/doc").rglob("*"):
        if path.name != "copyright" and not path.is_dir():
            path.unlink()


def _check(root: Path) -> None:
    """The programs start and every module that Parley needs finds its libraries."""
    for name, option in (("usr/sbin/asterisk", "-V"), ("usr/bin/sipp", "-v")):
        done = subprocess.run(
            loader.command(root, root / name, option), capture_output=True, text=True, check=False,
            env={"LANG": "C.UTF-8", "TERM": "dumb"},
        )  # fmt: skip
        if Path(name).name not in (done.stdout + done.stderr).lower():
            raise SetupFailed(f"{name} of the private root does not start: {done.stderr}")
    folder = next(root.glob("usr/lib/*/asterisk/modules"))
    wanted = [folder / name for name in _REQUIRED_MODULES.read_text().split()]
    absent = [path.name for path in wanted if not path.is_file()]
    missing = loader.missing_libraries(root, [path for path in wanted if path.is_file()])
    if absent or missing:
        raise SetupFailed(
            f"The private root is not complete: modules {absent}, libraries {missing}.",
            "The archive may be in the middle of a change: try again in some hours.",
        )


def _replace(built: Path, root: Path) -> None:
    """Put ``built`` in the place of ``root``; who runs in the old one keeps its files."""
    old = root.with_name(f"{root.name}.old-{os.getpid()}")
    if root.is_symlink():
        root.unlink()
    elif root.exists():
        root.rename(old)
    built.rename(root)
    shutil.rmtree(old, ignore_errors=True)


def build(root: Path) -> None:
    """Build ``root`` anew. Raises :class:`SetupFailed`; then nothing is changed."""
    machine = apt_sources.read_machine()
    for stale in root.parent.glob(f"{root.name}.building-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = root.with_name(f"{root.name}.building-{os.getpid()}")
    work.mkdir(parents=True)
    try:
        apt, version = _find_suite(work, machine)
        with step(f"fetching Asterisk {version} of {machine.family} {apt.suite}"):
            files = apt.fetch(PACKAGES)
        new = work / "root"
        with step("unpacking"):
            apt.unpack(files, new)
            _trim(new)
            _check(new)
        stamp = {"recipe": recipe(), "asterisk": version, "suite": apt.suite}
        (new / _STAMP).write_text(json.dumps(stamp, indent=2) + "\n")
        _replace(new, root)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def work() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=Path, default=STATE / "root", help="where to build it")
    parser.add_argument("--force", action="store_true", help="build even if it is current")
    options = parser.parse_args()
    if is_current(options.target) and not options.force:
        return
    say("Asterisk goes into a private root; nothing of the system is changed.")
    build(options.target)


if __name__ == "__main__":
    main(work)
