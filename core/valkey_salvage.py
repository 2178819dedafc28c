"""What can still be read of a damaged append-only file of Valkey's.

The damaged folder is kept aside whole (``damaged-<time>``). From it a new one is made of
every transaction that is whole, before the damage and after it: our writes name whole
things under absolute keys, so a later one is right without those that are lost. What is
missing then is made up for from the database and Asterisk when the app starts.

The format: https://valkey.io/topics/persistence/#log-rewriting and
https://valkey.io/topics/protocol/ (each command is an array of bulk strings).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final

FOLDER: Final = "appendonlydir"
_NEW: Final = "appendonlydir.new"
_NAME: Final = "appendonly.aof"
_KEPT: Final = 3  # damaged folders
_SELECT: Final = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
_MULTI: Final = b"*1\r\n$5\r\nMULTI\r\n"
_EXEC: Final = b"*1\r\n$4\r\nEXEC\r\n"
_MOST_WORDS: Final = 1 << 20
_SEQUENCE: Final = re.compile(r"\.(\d+)\.(base|incr)\.(aof|rdb)$")


class Keep(Enum):
    """How much of it is trusted, from the first try to the last."""

    ALL = "all"
    CHANGES = "changes"  # without the snapshot, which is damaged itself
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """``aside`` holds the damaged files; of the changes ``kept`` bytes could be read, and
    ``lost`` could not."""

    aside: Path
    kept: int
    lost: int


def finish(folder: Path) -> None:
    """Complete a salvage that was cut short between its last two steps."""
    new = folder / _NEW
    if new.is_dir() and not (folder / FOLDER).exists():
        if (new / f"{_NAME}.manifest").is_file():
            new.rename(folder / FOLDER)
        else:
            shutil.rmtree(new)


def has_no_manifest(folder: Path) -> bool:
    """Whether there are changes that Valkey would not look at: without the file that names
    them it begins anew."""
    there = folder / FOLDER
    if not there.is_dir() or any(there.glob("*.manifest")):
        return False
    return any(_SEQUENCE.search(file.name) for file in there.iterdir())


def salvage(folder: Path, keep: Keep) -> Salvaged:
    """Replace the append-only folder in ``folder`` by what is readable of it. Blocking, some
    seconds for hundreds of megabytes. Raises OSError, and the old one is still there then."""
    old, new = folder / FOLDER, folder / _NEW
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    snapshot, changes = _files(old)
    manifest = ""
    if keep is Keep.ALL and snapshot is not None:
        name = f"{_NAME}.1.base.rdb"
        shutil.copyfile(snapshot, new / name)
        manifest += f"file {name} seq 1 type b\n"
    kept = lost = 0
    name = f"{_NAME}.1.incr.aof"
    with (new / name).open("wb") as out:
        for file in changes if keep is not Keep.NOTHING else []:
            data = file.read_bytes()
            out.write(_SELECT)
            whole = sum(out.write(data[start:end]) for start, end in _whole(data))
            kept, lost = kept + whole, lost + len(data) - whole
        out.flush()
        os.fsync(out.fileno())
    manifest += f"file {name} seq 1 type i\n"
    (new / f"{_NAME}.manifest").write_text(manifest)
    aside = folder / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"
    old.rename(aside)
    new.rename(old)
    for earlier in damaged(folder)[:-_KEPT]:
        shutil.rmtree(earlier, ignore_errors=True)
    return Salvaged(aside, kept, lost)


def damaged(folder: Path) -> list[Path]:
    """The folders that were set aside, oldest first."""
    return sorted(folder.glob("damaged-*"))


def _files(folder: Path) -> tuple[Path | None, list[Path]]:
    """The latest snapshot, and the files of changes since, in their order. The manifest may
    be damaged too, so the names tell."""
    found = []
    for file in folder.iterdir():
        if match := _SEQUENCE.search(file.name):
            found.append((int(match[1]), match[2] == "incr", match[3], file))
    found.sort(key=lambda one: (one[1], one[0]))
    snapshots = [file for _, incremental, kind, file in found if kind == "rdb" and not incremental]
    changes = [file for _, _, kind, file in found if kind == "aof"]
    return (snapshots[-1] if snapshots else None), changes


def _whole(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the whole transactions, and commands outside of any, begin and end."""
    position, begun = 0, -1
    while position < len(data):
        end = _command(data, position)
        if end < 0:  # damage: go on at the next transaction
            begun = -1
            position = data.find(_MULTI, position + 1)
            if position < 0:
                return
            continue
        if data.startswith(_MULTI, position):
            begun = position
        elif data.startswith(_EXEC, position):
            if begun >= 0:
                yield begun, end
            begun = -1
        elif begun < 0:
            yield position, end
        position = end


def _command(data: bytes, position: int) -> int:
    """Where the command at ``position`` ends; -1 if there is none that is whole."""
    try:
        if data[position] == ord("#"):  # a remark
            return data.index(b"\r\n", position) + 2
        count, position = _number(data, position, b"*")
        if not 0 < count < _MOST_WORDS:
            return -1
        for word in range(count):
            length, position = _number(data, position, b"$")
            end = position + length
            if data[end : end + 2] != b"\r\n":
                return -1
            if word == 0 and not data[position:end].isalpha():
                return -1
            position = end + 2
    except (ValueError, IndexError):
        return -1
    return position


def _number(data: bytes, position: int, mark: bytes) -> tuple[int, int]:
    if data[position : position + 1] != mark:
        raise ValueError("no such mark")
    end = data.index(b"\r\n", position, position + 24)
    digits = data[position + 1 : end]
    if not digits.isdigit():
        raise ValueError("no number")
    return int(digits), end + 2
