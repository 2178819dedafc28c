"""A folder that only one process may run something in at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import ClassVar

from core.errors import Conflict


class FolderInUse(Conflict):
    """Another live process holds the folder."""

    code: ClassVar[str] = "folder_in_use"


class FolderLock:
    """An advisory lock on ``folder/lock``; the kernel releases it when we die."""

    def __init__(self, folder: Path, purpose: str) -> None:
        self._path = folder / "lock"
        self._purpose = purpose
        self._handle: int | None = None

    def acquire(self) -> None:
        """Take the lock (again is fine); raises :class:`FolderInUse`.

        The folder must exist.
        """
        if self._handle is not None:
            return
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
            os.close(handle)
            raise FolderInUse(
                f"{self._purpose} in {self._path.parent} belongs to process {holder or '?'}.",
                hint="Stop that one first, or use another folder.",
                holder=holder,
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give it back; no error if it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
