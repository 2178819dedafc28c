"""Opening hours: weekly intervals in a time zone, and holidays that override them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.base import Label, Section, refused

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_INTERVAL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")
_MINUTES_A_DAY = 24 * 60


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise refused("a time zone of the IANA database, e.g. Asia/Shanghai") from None
    return value


def _days(value: str) -> str:
    parts = value.split("-")
    if len(parts) > 2 or any(part not in _DAYS for part in parts):
        raise refused("a day (mon tue wed thu fri sat sun) or a span such as mon-fri")
    return value


def _interval(value: str) -> str:
    if not _INTERVAL.fullmatch(value):
        raise refused("'HH:MM-HH:MM' in 24 hours, e.g. '09:00-17:30' or '22:00-06:00'")
    return value


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refused("a date as YYYY-MM-DD, e.g. 2026-10-01") from None
    return value


TimeZone = Annotated[str, AfterValidator(_zone)]
Days = Annotated[str, AfterValidator(_days)]
Interval = Annotated[str, AfterValidator(_interval)]
Date = Annotated[date, BeforeValidator(_date)]


class Holiday(Section):
    """A day, or ``first`` to ``last`` inclusive, with hours of its own (none: closed)."""

    first: Date
    last: Date | None = None
    label: Label = Label({})
    open: tuple[Interval, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Holiday:
        if self.last is not None and self.last < self.first:
            raise refused("'last' on or after 'first'")
        return self


class Hours(Section):
    """When something is open. An interval that ends at or before its start runs
    into the next day and belongs to the day on which it begins."""

    name: str = ""
    time_zone: TimeZone | None = None  # None: the company's; filled in when loaded
    weekly: dict[Days, tuple[Interval, ...]] = Field(default_factory=dict)
    holidays: tuple[Holiday, ...] = ()

    @cached_property
    def _week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        days: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
        for span, intervals in self.weekly.items():
            ends = [_DAYS.index(part) for part in span.split("-")]
            length = (ends[-1] - ends[0]) % 7 + 1
            for offset in range(length):
                days[(ends[0] + offset) % 7] += [_minutes(text) for text in intervals]
        return tuple(tuple(day) for day in days)

    def _on(self, day: date) -> tuple[tuple[int, int], ...]:
        for holiday in self.holidays:
            if holiday.first <= day <= (holiday.last or holiday.first):
                return tuple(_minutes(text) for text in holiday.open)
        return self._week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at ``at`` (aware, any zone); the end minute is closed."""
        if at.tzinfo is None:
            raise ValueError("is_open wants an aware time")
        local = at.astimezone(ZoneInfo(self.time_zone or "UTC"))
        now = local.hour * 60 + local.minute
        today = self._on(local.date())
        yesterday = self._on(local.date() - timedelta(days=1))
        return any(start <= now < end for start, end in today) or any(
            now + _MINUTES_A_DAY < end for _, end in yesterday
        )

    def holiday_on(self, at: datetime) -> Holiday | None:
        """The holiday in force at ``at``, so that a caller can be told its name."""
        day = at.astimezone(ZoneInfo(self.time_zone or "UTC")).date()
        for holiday in self.holidays:
            if holiday.first <= day <= (holiday.last or holiday.first):
                return holiday
        return None


def _minutes(interval: str) -> tuple[int, int]:
    """Minutes since midnight of start and end; an end past midnight is over 1440."""
    start_text, end_text = (part.strip() for part in interval.split("-"))
    start, end = (int(t.split(":")[0]) * 60 + int(t.split(":")[1]) for t in (start_text, end_text))
    return start, end if end > start else end + _MINUTES_A_DAY
