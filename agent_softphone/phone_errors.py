"""What can go wrong with a phone, seen from the program that controls it.

Shaped like the server's errors (``code``, ``message``, ``hint``, ``retryable``),
which this room does not import.
"""

from __future__ import annotations

from typing import ClassVar


class PhoneError(Exception):
    """Base of the phone's errors."""

    code: ClassVar[str] = "phone_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class PhoneDied(PhoneError):
    """The phone's process ended, or could not start."""

    code = "phone_died"


class PhoneTimeout(PhoneError):
    """What was awaited did not happen in time."""

    code = "phone_timeout"
    retryable = True


class PhoneRefused(PhoneError):
    """The phone did not carry out a command; ``reason`` is its own code for why."""

    code = "phone_refused"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class RegistrationFailed(PhoneError):
    """The registrar said no; ``sip_code`` is its answer."""

    code = "registration_failed"

    def __init__(self, message: str, *, sip_code: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.sip_code = sip_code


class CallEnded(PhoneError):
    """The call ended while something else was awaited; ``sip_code`` says how."""

    code = "call_ended"

    def __init__(self, message: str, *, sip_code: int) -> None:
        super().__init__(message)
        self.sip_code = sip_code
