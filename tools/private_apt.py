"""Fetches Debian packages into a folder, without root rights and without touching
the system: apt with a configuration, a state and a cache of its own.

The state says that nothing is installed, so apt fetches a package's whole closure,
down to the C library, and what is unpacked runs with its own loader on any machine.
Signatures are checked against the keyring that the machine itself trusts.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.apt_sources import Machine
from tools.console import SetupFailed, go_on, run, say

_KEPT_SETTINGS = re.compile(
    r"Acquire::(https?::|ftp::|Retries|ForceIPv|Queue-Mode|Source-Symlinks)"
)
_NETWORK_HINT = "Is the network up, and does 'apt-get update' work on this machine?"


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder; no error if it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class PrivateApt:
    """apt on one suite of the machine's own archive, working in ``folder``."""

    def __init__(self, folder: Path, machine: Machine, suite: str) -> None:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise SetupFailed(
                "apt-get and dpkg-deb are not on this machine.",
                "Parley's set-up fetches Asterisk by apt. Elsewhere install Asterisk 18 or "
                "newer and sipp by your own means; a capable one is used as it is.",
            )
        self.suite = suite
        self._folder = folder
        self._archives = folder / "cache/archives"
        for name in (
            "etc/parts",
            "etc/preferences",
            "state/lists/partial",
            "cache/archives/partial",
        ):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        (folder / "etc/parley.sources").write_text(self._sources(machine, suite))
        (folder / "apt.conf").write_text(self._settings())
        self._env = {
            **os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
        }  # fmt: skip

    @staticmethod
    def _sources(machine: Machine, suite: str) -> str:
        source = machine.source
        lines = [
            "Types: deb", f"URIs: {source.uri}", f"Suites: {suite}",
            f"Components: {machine.components}",
        ]  # fmt: skip
        if source.signed_by:
            lines.append(f"Signed-By: {source.signed_by}")
        return "\n".join(lines) + "\n"

    def _settings(self) -> str:
        folder = self._folder
        own = {
            "Dir::Etc": folder / "etc",
            "Dir::Etc::main": "none",
            "Dir::Etc::parts": folder / "etc/parts",
            "Dir::Etc::preferences": "none",
            "Dir::Etc::preferencesparts": folder / "etc/preferences",
            "Dir::Etc::sourcelist": folder / "etc/parley.sources",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::trusted": "/etc/apt/trusted.gpg",
            "Dir::Etc::trustedparts": "/etc/apt/trusted.gpg.d",
            "Dir::Etc::netrc": "/etc/apt/auth.conf",
            "Dir::Etc::netrcparts": "/etc/apt/auth.conf.d",
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            # Mirrors lag behind; what they hold is signed all the same.
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Retries": "3",
        }
        lines = [f'{name} "{value}";' for name, value in own.items()]
        # How the machine reaches the network (proxies and the like) is kept.
        done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
        lines += [line for line in done.stdout.splitlines() if _KEPT_SETTINGS.match(line)]
        return "\n".join(lines) + "\n"

    def update(self) -> None:
        """Fetch the suite's index. Raises :class:`SetupFailed`."""
        run(["apt-get", "-q", "update", "--error-on=any"], env=self._env, hint=_NETWORK_HINT)

    def candidate(self, package: str) -> str | None:
        """The version that the suite carries, or None."""
        out = run(["apt-cache", "policy", package], env=self._env)
        found = re.search(r"Candidate: (\S+)", out)
        return found[1] if found and found[1] != "(none)" else None

    def fetch(self, packages: Sequence[str]) -> list[Path]:
        """Download ``packages`` and all that they depend on; the files."""
        run(
            ["apt-get", "-q", "-y", "install", "--download-only", *packages],
            env=self._env, hint=_NETWORK_HINT,
        )  # fmt: skip
        files = sorted(self._archives.glob("*.deb"))
        size = sum(file.stat().st_size for file in files)
        say(f"fetched {len(files)} packages, {size / 1e6:.0f} MB")
        return files

    @staticmethod
    def unpack(files: Sequence[Path], root: Path) -> None:
        """Lay the files of the packages into ``root``; their scripts do not run."""
        root.mkdir(parents=True, exist_ok=True)
        for folder in ("bin", "sbin", "lib", "lib64"):  # merged, as on the systems themselves
            (root / "usr" / folder).mkdir(parents=True, exist_ok=True)
            if not (root / folder).is_symlink():
                (root / folder).symlink_to(f"usr/{folder}")

        def one(file: Path) -> None:
            go_on()
            pipe = subprocess.Popen(
                ["dpkg-deb", "--fsys-tarfile", str(file)], stdout=subprocess.PIPE
            )
            run_tar = subprocess.run(
                ["tar", "-x", "-C", str(root), "--keep-directory-symlink", "--no-same-owner",
                 "--exclude=./usr/share/doc/*/*.gz", "--exclude=./usr/share/man",
                 "--exclude=./usr/share/locale", "--exclude=./usr/share/perl*",
                 "--exclude=./usr/share/info"],
                stdin=pipe.stdout, capture_output=True, check=False,
            )  # fmt: skip
            if pipe.wait() != 0 or run_tar.returncode != 0:
                raise SetupFailed(
                    f"{file.name} cannot be unpacked: {run_tar.stderr.decode(errors='replace')}",
                    "Is the disk full? Run 'make setup' again.",
                )

        with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 2)) as pool:
            list(pool.map(one, files))
