"""The local operator: a token in a file that only Parley's user can read.

Made new at each start, so a copy of it is of no use after the next one. The CLI
reads it; whoever can read this file could read the state folder anyway.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from core.errors import Unavailable

FILE: Final = "operator.json"


class NotRunning(Unavailable):
    """No Parley runs on this state folder."""

    code: ClassVar[str] = "not_running"
    retryable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """Where the API is, and the token for it."""

    url: str
    token: str


def new_token() -> str:
    """A fresh token (256 bits)."""
    return secrets.token_urlsafe(32)


def write(state_dir: Path, access: OperatorAccess) -> None:
    """Put ``access`` into the state folder, whole or not at all, mode 0600."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=state_dir, prefix=".operator-")  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump({"url": access.url, "token": access.token}, out)
        Path(name).replace(state_dir / FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove(state_dir: Path, access: OperatorAccess) -> None:
    """Take it away again, unless a later start has written its own."""
    with contextlib.suppress(NotRunning):
        if read(state_dir) == access:
            (state_dir / FILE).unlink(missing_ok=True)


def read(state_dir: Path) -> OperatorAccess:
    """Raises :class:`NotRunning` if there is none."""
    try:
        found = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        return OperatorAccess(str(found["url"]), str(found["token"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRunning(
            f"No running Parley was found in {state_dir}.",
            hint="Start it ('parley up'), or name its folder in PARLEY_STATE_DIR.",
        ) from error
