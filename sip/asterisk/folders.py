"""The folders of one Asterisk instance."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sip.asterisk.programs import Programs

# sun_path holds 108 bytes with the closing zero; Asterisk binds run/asterisk.ctl.
_LONGEST_SOCKET = 107
_SOCKET = "asterisk.ctl"


@dataclass(frozen=True, slots=True)
class InstanceFolders:
    """Everything one instance reads and writes, under one ``state`` folder.

    ``run`` holds the control socket. Where ``state`` is so deep that the socket's
    path would not fit into a Unix address, ``run`` is a short folder in the
    temporary directory that belongs to this ``state`` alone.
    """

    state: Path

    @property
    def etc(self) -> Path:
        return self.state / "etc"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def spool(self) -> Path:
        """Recordings are in ``spool/monitor``."""
        return self.state / "spool"

    @property
    def lib(self) -> Path:
        """Asterisk's own database and keys."""
        return self.state / "lib"

    @property
    def cache(self) -> Path:
        return self.state / "cache"

    @property
    def run(self) -> Path:
        near = self.state.absolute() / "run"
        if len(os.fsencode(near / _SOCKET)) <= _LONGEST_SOCKET:
            return near
        tag = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"parley-run-{os.getuid()}-{tag}"

    @property
    def config(self) -> Path:
        """``asterisk.conf``, absolute (Asterisk silently ignores a relative one)."""
        return self.etc.absolute() / "asterisk.conf"

    @property
    def socket(self) -> Path:
        return self.run / _SOCKET

    @property
    def pid_file(self) -> Path:
        return self.run / "asterisk.pid"

    def create(self) -> None:
        """Make them all, for this user only; existing ones stay as they are."""
        keys, agi = self.lib / "keys", self.lib / "agi-bin"
        for folder in (self.etc, self.log, self.spool, self.lib, keys, agi, self.cache, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.run.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.run} belongs to another user")

    def directories_section(self, programs: Programs) -> str:
        """The ``[directories]`` section of this instance's ``asterisk.conf``."""
        state = {
            "astetcdir": self.etc, "astmoddir": programs.module_dir,
            "astvarlibdir": self.lib, "astdbdir": self.lib, "astkeydir": self.lib,
            "astdatadir": programs.data_dir, "astagidir": self.lib / "agi-bin",
            "astspooldir": self.spool, "astrundir": self.run, "astlogdir": self.log,
            "astcachedir": self.cache,
        }  # fmt: skip
        lines = [f"{name} => {Path(folder).absolute()}" for name, folder in state.items()]
        return "\n".join(["[directories]", *lines, ""])
