"""Fills the virtual environment and builds the private programs, side by side.

Started by ``setup.sh`` with the Python of ``.venv``. Each part is skipped when the
hash of what it is made from has not changed.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sip.asterisk import capability
from sip.asterisk.programs import Programs
from tools import phone_python, private_programs, private_root
from tools.console import REPOSITORY, STATE, main, run, say, step

_NAMES = ("base.txt", "phone.txt", "speech.txt", "dev.txt")
_LOCKS = [REPOSITORY / "requirements" / name for name in _NAMES]
_STAMP = Path(sys.prefix) / "parley-setup"
_NETWORK_HINT = "Is the network up, and can pip reach its package index?"


def _digest(*files: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def install_packages() -> None:
    """The locked dependencies, then the project itself in place."""
    current = _digest(Path(__file__), REPOSITORY / "pyproject.toml", *_LOCKS)
    if _STAMP.is_file() and _STAMP.read_text() == current:
        return
    _STAMP.unlink(missing_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    locks = [part for lock in _LOCKS for part in ("--requirement", str(lock))]
    with step("installing the Python packages of requirements/*.txt"):
        run([*pip, "--require-hashes", "--no-deps", *locks], hint=_NETWORK_HINT)
    with step("installing Parley itself"):
        run(
            [*pip, "--no-deps", "--no-build-isolation", "--editable", "."], cwd=REPOSITORY,
            hint="Does pyproject.toml have an error?",
        )  # fmt: skip
    _STAMP.write_text(current)


def choose_asterisk() -> None:
    """Use the system's Asterisk if it has all that is needed; else build the root."""
    root = STATE / "root"
    if private_root.is_current(root):
        return
    system = capability.examine(Programs())
    if not system.capable:
        say(f"Asterisk: a private one, because {'; '.join(system.lacks)}.")
    elif shutil.which("sipp") is None:
        say(f"Asterisk: the system's own {system.version}; sipp, for tests, is not on it.")
    else:
        return
    private_root.build(root)


def work() -> None:
    STATE.mkdir(exist_ok=True)
    with ThreadPoolExecutor() as pool:  # waiting for the network, mostly
        wanted = [install_packages, choose_asterisk]
        if "--tests" in sys.argv[1:]:
            wanted.append(private_programs.provide)
        parts = [pool.submit(part) for part in wanted]
        for part in parts:
            part.result()
    phone_python.make(STATE / "phone-python")


if __name__ == "__main__":
    main(work)
