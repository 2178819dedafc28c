"""Times as people at a terminal write and read them: in the local zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from core.errors import BadInput

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_since(text: str, now: datetime) -> datetime:
    """``90m``, ``2h``, ``3d``; ``today``, ``yesterday``; or a date or time by ISO 8601,
    local unless it names a zone. Raises :class:`BadInput`; the answer is UTC."""
    if found := re.fullmatch(r"(\d{1,6})([smhdw])", text.strip()):
        return now - timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    if text == "today":
        return midnight.astimezone(UTC)
    if text == "yesterday":
        return (midnight - timedelta(days=1)).astimezone(UTC)
    try:
        # A naive time is local: astimezone() takes it so.
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise BadInput(
            f"{text!r} is no time.",
            hint="Write 90m, 2h, 3d, today, yesterday, 2026-03-04 or 2026-03-04T09:30.",
        ) from None


def local(at: datetime | None) -> str:
    """Date and time in the terminal's zone."""
    return "-" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def local_clock(at: datetime) -> str:
    """The time of day with milliseconds, in the terminal's zone."""
    return f"{at.astimezone():%H:%M:%S.%f}"[:-3]


def duration(seconds: float | None) -> str:
    """``0:07``, ``12:34``, ``1:00:00``; ``-`` for none."""
    if seconds is None:
        return "-"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def precise(seconds: float) -> str:
    """The same with milliseconds: ``0:07.250``."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{duration(whole)}.{thousandths:03}"
