"""Time that tests own, and the way to and from epoch seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock, SteadyClock, SystemClock, from_epoch, to_epoch


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


class _Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.set_by = 0.0

    def wall(self) -> float:
        return 1_700_000_000.0 + self.passed + self.set_by

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 0.5, -0.5])
def test_a_clock_that_is_set_does_not_jump(jump: float) -> None:
    machine = _Machine()
    clock = SteadyClock(machine.wall, lambda: machine.passed)
    before = to_epoch(clock.now())
    machine.set_by = jump
    assert clock.behind == pytest.approx(jump, abs=0.001)
    machine.sleep(10)
    after = to_epoch(clock.now())
    assert 9 - 0.001 <= after - before <= 11 + 0.001
    for _ in range(1000):
        machine.sleep(40)
        now = to_epoch(clock.now())
        assert now >= after, "it never goes back"
        after = now
    assert now == pytest.approx(machine.wall(), abs=0.001), "in the end they agree"


def test_what_was_written_is_not_to_come() -> None:
    machine = _Machine()
    clock = SteadyClock(machine.wall, lambda: machine.passed)
    written = clock.now() + timedelta(hours=1)
    clock.not_before(written)
    assert clock.now() == written
    clock.not_before(written - timedelta(hours=2))
    machine.sleep(10)
    assert clock.now() == written + timedelta(seconds=9), "a tenth slower, to agree again"


def test_small_corrections_are_followed_at_once() -> None:
    machine = _Machine()
    clock = SteadyClock(machine.wall, lambda: machine.passed)
    machine.set_by = 0.005
    assert to_epoch(clock.now()) == pytest.approx(machine.wall(), abs=0.0001)


def test_the_steady_clock_is_the_machines() -> None:
    assert abs(SteadyClock().now() - datetime.now(UTC)) < timedelta(seconds=5)
