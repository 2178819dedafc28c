"""Time that tests own, and the way to and from epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock, SystemClock, from_epoch, to_epoch


def test_system_clock() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.monotonic() <= clock.monotonic()


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock()
    start, ticks = clock.now(), clock.monotonic()
    assert (clock.now(), clock.monotonic()) == (start, ticks)
    clock.advance(1.5)
    assert clock.now() - start == timedelta(seconds=1.5)
    assert clock.monotonic() - ticks == 1.5
    with pytest.raises(ValueError, match="back"):
        clock.advance(-0.1)


@given(
    st.datetimes(
        min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
    )
)
def test_epoch_and_back_keeps_every_microsecond(at: datetime) -> None:
    assert from_epoch(to_epoch(at)) == at


def test_epoch_of_another_zone() -> None:
    beijing = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert from_epoch(to_epoch(beijing)) == beijing
    assert from_epoch(to_epoch(beijing)).tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_epoch(datetime(2026, 1, 1))
