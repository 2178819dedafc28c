"""What can go wrong in a FastAGI session."""

from __future__ import annotations

from typing import ClassVar

from core.errors import BadInput, ParleyError, TimedOut


class AgiHangup(ParleyError):
    """The channel is gone: the session has nothing more to do."""

    code: ClassVar[str] = "agi_hangup"

    def __init__(self, why: str) -> None:
        super().__init__(f"The channel is gone: {why}.")


class AgiError(ParleyError):
    """Asterisk could not carry out a command on a channel that is alive. ``status`` is
    its answer's code: 510 unknown, 520 wrong syntax, 200 tried and failed."""

    code: ClassVar[str] = "agi_error"

    def __init__(self, command: str, status: int, text: str) -> None:
        super().__init__(f"{command} failed ({status}): {text}.", command=command, status=status)
        self.command = command
        self.status = status


class AgiTimeout(TimedOut):
    """A command had no answer in time; the session ends."""

    code: ClassVar[str] = "agi_timeout"


class AgiBadValue(BadInput):
    """An argument cannot be put into a command without changing its meaning."""

    code: ClassVar[str] = "agi_bad_value"


class AgiBadRequest(BadInput):
    """What connected did not speak FastAGI, or spoke too much or too slowly."""

    code: ClassVar[str] = "agi_bad_request"
