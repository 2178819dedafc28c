"""Running and checking the programs of an unpacked root by its own loader."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.console import SetupFailed


def find_loader(root: Path) -> Path:
    """The root's dynamic loader, beside its libraries (amd64: ld-linux-x86-64.so.2,
    arm64: ld-linux-aarch64.so.1)."""
    for found in sorted(root.glob("usr/lib/*/ld-linux-*.so.*")):
        return found
    raise SetupFailed(f"{root} has no loader.", "Run 'make clean', then 'make setup'.")


def command(root: Path, program: Path, *arguments: str) -> list[str]:
    """The argument list that runs a program of the root."""
    loader = find_loader(root)
    return [str(loader), "--library-path", str(loader.parent), str(program), *arguments]


def missing_libraries(root: Path, files: Iterable[Path]) -> dict[str, list[str]]:
    """Per file of ``files`` the libraries that it needs and the root has not.

    One that is found in the system's folders counts as missing: it belongs to
    another C library.
    """
    root = root.resolve()
    loader = find_loader(root)

    def one(file: Path) -> tuple[str, str]:
        done = subprocess.run(
            [str(loader), "--library-path", str(loader.parent), "--list", str(file)],
            capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"},
        )  # fmt: skip
        return file.name, done.stdout + done.stderr

    missing: dict[str, list[str]] = {}
    with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 2)) as pool:
        for name, out in pool.map(one, files):
            for line in out.splitlines():
                wanted, arrow, rest = line.strip().partition(" => ")
                found = Path(rest.split(" (")[0])
                inside = root in found.parents or root in found.resolve().parents
                if arrow and not inside:
                    missing.setdefault(name, []).append(wanted)
                elif "cannot open shared object" in line:
                    missing.setdefault(name, []).append(line.strip())
    return missing
