"""The state of one trunk, as Asterisk tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Registration(StrEnum):
    """How our registration with the carrier is."""

    NONE = "none"  # we do not register
    UNKNOWN = "unknown"  # not asked yet, or Asterisk is away
    TRYING = "trying"  # sent for the first time, no answer yet
    REGISTERED = "registered"
    REJECTED = "rejected"  # by the carrier: a wrong password, say; tried again all the time
    UNANSWERED = "unanswered"


class Reach(StrEnum):
    """Whether the carrier answers OPTIONS."""

    NONE = "none"  # we do not ask: no address to send calls to, or qualifying is off
    UNKNOWN = "unknown"  # not asked yet, or Asterisk is away
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


_BAD_REGISTRATION: Final = (Registration.REJECTED, Registration.UNANSWERED)


@dataclass(frozen=True, slots=True)
class TrunkState:
    """``since``: when it became as it is."""

    name: str
    since: datetime
    registration: Registration = Registration.UNKNOWN
    reach: Reach = Reach.UNKNOWN

    @property
    def usable(self) -> bool:
        """Whether a call out is worth trying: nothing is known against it."""
        return self.registration not in _BAD_REGISTRATION and self.reach is not Reach.UNREACHABLE

    @property
    def known(self) -> bool:
        """Whether Asterisk was asked and has answered."""
        return self.registration is not Registration.UNKNOWN and self.reach is not Reach.UNKNOWN
