"""When something is open."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.hours import Hours

OFFICE = {
    "time_zone": "Asia/Shanghai",
    "weekly": {"mon-fri": ["09:00-12:00", "13:30-18:00"], "sat": ["22:00-06:00"]},
    "holidays": [
        {"first": "2026-10-01", "last": "2026-10-07"},
        {"first": "2026-10-09", "open": ["10:00-11:00"]},
    ],
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-09-30T09:00+08:00", True),
        ("2026-09-30T08:59:59+08:00", False),
        ("2026-09-30T12:00+08:00", False),  # the end is closed
        ("2026-09-30T11:59:59+08:00", True),
        ("2026-09-30T13:30+08:00", True),
        ("2026-10-01T10:00+08:00", False),  # holiday, first day
        ("2026-10-07T10:00+08:00", False),  # holiday, last day
        ("2026-10-08T10:00+08:00", True),
        ("2026-10-09T10:30+08:00", True),  # holiday with hours of its own
        ("2026-10-09T14:00+08:00", False),
        ("2026-10-10T21:59+08:00", False),  # Saturday
        ("2026-10-10T23:00+08:00", True),
        ("2026-10-11T05:59+08:00", True),  # Sunday, still Saturday's night
        ("2026-10-11T06:00+08:00", False),
        ("2026-09-30T01:30+00:00", True),  # the same moment in another zone
    ],
)
def test_office(moment: str, is_open: bool) -> None:
    assert Hours.model_validate(OFFICE).is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("weekly", "moment", "is_open"),
    [
        ({"mon-sun": ["00:00-24:00"]}, "2026-03-01T00:00+00:00", True),
        ({"mon-sun": ["00:00-24:00"]}, "2026-03-01T23:59:59+00:00", True),
        ({"fri-mon": ["10:00-11:00"]}, "2026-11-22T10:00+00:00", True),  # a Sunday
        ({"fri-mon": ["10:00-11:00"]}, "2026-11-24T10:00+00:00", False),  # a Tuesday
        ({"sun": ["22:00-02:00"]}, "2026-11-23T01:00+00:00", True),  # into Monday
        ({}, "2026-11-23T01:00+00:00", False),
    ],
)
def test_weeks(weekly: dict[str, Any], moment: str, is_open: bool) -> None:
    hours = Hours.model_validate({"time_zone": "UTC", "weekly": weekly})
    assert hours.is_open(at(moment)) is is_open


def test_summer_time() -> None:
    """09:00 in Berlin is 08:00 UTC in winter and 07:00 UTC in summer."""
    hours = Hours.model_validate(
        {"time_zone": "Europe/Berlin", "weekly": {"mon-sun": ["9:00-10:00"]}}
    )
    assert hours.is_open(at("2026-01-15T08:00+00:00"))
    assert not hours.is_open(at("2026-01-15T07:30+00:00"))
    assert hours.is_open(at("2026-07-15T07:30+00:00"))


def test_a_holiday_says_its_name() -> None:
    hours = Hours.model_validate({**OFFICE, "holidays": [{"first": "2026-10-01", "label": "X"}]})
    holiday = hours.holiday_on(at("2026-10-01T10:00+08:00"))
    assert holiday is not None
    assert holiday.label.text("en") == "X"
    assert hours.holiday_on(at("2026-09-30T10:00+08:00")) is None


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Hours.model_validate(OFFICE).is_open(datetime(2026, 1, 1))
