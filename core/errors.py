"""The one error hierarchy.

Each failure has a stable ``code`` (for machines, dashboards and translations),
a message that says what happened, a ``hint`` that says what to do, and whether
trying the same thing again can help. Rooms above subclass :class:`ParleyError`
once per failure and never raise bare exceptions at callers.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ParleyError(Exception):
    """Base of every error that Parley raises on purpose."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The shape in which the HTTP API and ``--json`` report an error."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "retryable": self.retryable,
            "data": self.data,
        }


class BadInput(ParleyError):
    """What was asked cannot be understood or is not allowed by its format."""

    code = "bad_input"
    http_status = 400


class NotFound(ParleyError):
    """The named thing does not exist."""

    code = "not_found"
    http_status = 404


class Conflict(ParleyError):
    """The thing exists but is not in a state that allows this."""

    code = "conflict"
    http_status = 409


class NotAllowed(ParleyError):
    """The asker is known but may not do this."""

    code = "not_allowed"
    http_status = 403


class NotAuthenticated(ParleyError):
    """The asker is not known."""

    code = "not_authenticated"
    http_status = 401


class Unavailable(ParleyError):
    """A part that is needed (Asterisk, Redis, the database) does not answer."""

    code = "unavailable"
    retryable = True
    http_status = 503


class TimedOut(Unavailable):
    """A part that is needed did not answer in time."""

    code = "timed_out"


class Full(ParleyError):
    """A bounded queue or pool is full; the asker should slow down."""

    code = "full"
    retryable = True
    http_status = 429
