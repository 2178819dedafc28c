"""What was said once is kept on the disk: one wav file a clause or text.

A file's name is a digest of everything that its sound depends on, so that nothing is
ever out of date. The files that were not used for the longest go when the folder is full.
Several processes may share a folder. Disk work: call through ``asyncio.to_thread``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from core.log import get_logger
from media import wav
from media.errors import BadAudio, NoAudio
from media.synthesis.contract import Samples

log = get_logger(__name__)

LIMIT_BYTES = 512 << 20  # nine hours at 8 kHz
_AFTERWARDS = 0.9  # of the limit, after room was made
_PART_SECONDS = 3600.0  # older ones have no writer any more


def digest(**what: Any) -> str:
    """The key of a sound that depends on ``what`` (JSON)."""
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:40]


class SpeechCache:
    """``folder`` need not exist; ``limit`` is bytes of all files together."""

    def __init__(self, folder: Path, *, limit: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._size: int | None = None
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def path(self, key: str) -> Path:
        """Where the sound of ``key`` is, or would be."""
        return self._folder / key[:2] / f"{key}.wav"

    def get(self, key: str, rate: int) -> Samples | None:
        """The sound, or None; a damaged file is removed."""
        path = self.path(key)
        try:
            samples, found = wav.read(path)
            if found != rate or samples.shape[1] != 1 or not len(samples):
                raise BadAudio(f"{path} has another format.")
        except NoAudio:
            self.misses += 1
            return None
        except BadAudio:
            self.misses += 1
            log.warning("synthesis.cache_file_damaged", key=key)
            self._remove(path)
            return None
        self.hits += 1
        with contextlib.suppress(OSError):
            os.utime(path)
        return samples[:, 0]

    def put(self, key: str, samples: Samples, rate: int) -> Path:
        """Keep a sound, whole or not at all; raises DiskFailed."""
        path = self.path(key)
        with self._lock:
            if self._size is None:
                self._size = sum(size for _, size, _ in self._files())
                self._remove_parts()
            before = _size(path)
            wav.write(path, samples, rate=rate)
            self._size += _size(path) - before
            if self._size > self._limit:
                self._make_room(path)
        return path

    def forget_unused(self, days: float) -> int:
        """Remove what was not used for ``days``; how many files."""
        oldest = time.time() - days * 86400
        with self._lock:
            unused = [(size, path) for used, size, path in self._files() if used < oldest]
            for size, path in unused:
                self._remove(path)
                if self._size is not None:
                    self._size -= size
        return len(unused)

    def _make_room(self, keep: Path) -> None:
        """Remove the files that were not used for the longest. Others may have written
        too: what is there is counted anew."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self._limit * _AFTERWARDS:
                break
            if path != keep:
                self._remove(path)
                total -= size
        self._size = total

    def _remove_parts(self) -> None:
        """What writers left that were killed."""
        for path in self._folder.glob(f"??/.*{wav.PART_SUFFIX}"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _PART_SECONDS:
                    path.unlink()

    def _files(self) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob("??/*.wav"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found

    @staticmethod
    def _remove(path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
