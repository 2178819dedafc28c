"""A short proof with every run of the tests; ``make proof`` is the long one."""

from __future__ import annotations

import pytest

from tests.acd.proof.run import prove


@pytest.mark.timeout(300)
def test_random_days(redis_url: str) -> None:
    totals = prove(redis_url, days=6, steps=20)
    assert totals["contacts"] == totals["contacts ended"] > 0
