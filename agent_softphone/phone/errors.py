"""Why a command was refused, and a fence around callbacks."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Refused(Exception):
    """A command that cannot be carried out: ``code`` for machines, a message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def guarded(callback: F) -> F:
    """Keep exceptions of a callback from reaching the C library, which would abort."""

    @functools.wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except Exception:  # the fence itself: reported, never swallowed
            traceback.print_exc(file=sys.stderr)
            return None

    return run  # type: ignore[return-value]
