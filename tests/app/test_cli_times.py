"""Times as people write and read them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.cli.times import duration, local, local_clock, parse_since, precise
from core.errors import BadInput

NOW = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # already the 2nd in Shanghai


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("45s", NOW - timedelta(seconds=45)),
        ("90m", NOW - timedelta(minutes=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("3d", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("today", datetime(2026, 7, 1, 16, tzinfo=UTC)),
        ("yesterday", datetime(2026, 6, 30, 16, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 16, tzinfo=UTC)),
        ("2026-07-01T09:30", datetime(2026, 7, 1, 1, 30, tzinfo=UTC)),
        ("2026-07-01T09:30:00+02:00", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        ("2026-07-01T09:30Z", datetime(2026, 7, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_reading(text: str, wanted: datetime) -> None:
    assert parse_since(text, NOW) == wanted


@pytest.mark.parametrize("text", ["", "h", "-2h", "2 h", "2y", "now", "2026-13-01", "9999999h"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(BadInput, match="no time"):
        parse_since(text, NOW)


def test_writing() -> None:
    at = NOW.replace(second=7, microsecond=89_000)
    assert local(at) == "2026-07-02 06:30:07"
    assert local(None) == "-"
    assert local_clock(at) == "06:30:07.089"


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(None, "-"), (0, "0:00"), (6.6, "0:07"), (754, "12:34"), (3600, "1:00:00")],
)
def test_durations(seconds: float | None, wanted: str) -> None:
    assert duration(seconds) == wanted


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(0, "0:00.000"), (7.25, "0:07.250"), (59.9996, "1:00.000"), (61.001, "1:01.001")],
)
def test_precise_durations(seconds: float, wanted: str) -> None:
    assert precise(seconds) == wanted
