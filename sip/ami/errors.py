"""What can go wrong between us and the manager interface."""

from __future__ import annotations

from typing import Any, ClassVar

from core.errors import BadInput, Full, ParleyError, TimedOut, Unavailable


class AmiDown(Unavailable):
    """There is no live connection to Asterisk.

    ``sent`` tells whether the action had left before the connection was lost: then
    nobody knows whether Asterisk carried it out, and only a look at Asterisk's state
    after the next connection can tell.
    """

    code: ClassVar[str] = "ami_down"

    def __init__(self, message: str, *, sent: bool = False, hint: str = "", **data: Any) -> None:
        super().__init__(message, hint=hint, sent=sent, **data)
        self.sent = sent


class AmiTimeout(TimedOut):
    """Asterisk did not answer an action in time; it may still carry it out."""

    code: ClassVar[str] = "ami_timeout"


class AmiRefused(ParleyError):
    """Asterisk answered an action with an error. ``action`` is its name and
    ``reason`` Asterisk's own words."""

    code: ClassVar[str] = "ami_refused"
    http_status: ClassVar[int] = 502

    def __init__(self, action: str, reason: str, *, hint: str = "") -> None:
        super().__init__(
            f"Asterisk refused {action}: {reason}", hint=hint, action=action, reason=reason
        )
        self.action = action
        self.reason = reason


class AmiBadValue(BadInput):
    """A value cannot be put into an action without changing the action's meaning."""

    code: ClassVar[str] = "ami_bad_value"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"The AMI field {name!r} {problem}.", field=name)
        self.field = name


class AmiFull(Full):
    """Too many actions wait for their answers."""

    code: ClassVar[str] = "ami_full"
