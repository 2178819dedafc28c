"""In simulated centres the estimator is nearer to the truth than averages of the past."""

from __future__ import annotations

import pytest

from bench.routing_wait import figures, simulate
from bench.wait.loads import loads

LOADS = {load.name: load for load in loads()}


@pytest.mark.parametrize("name", ["lunch dip in staff", "two queues share agents"])
def test_nearer_than_averages_and_as_sure_as_it_says(name: str) -> None:
    rows = figures(simulate(LOADS[name], seeds=1))
    ours, holdtime, last = rows["parley"], rows["app_queue"], rows["last to enter service"]
    assert ours["MAE s"] < 0.8 * holdtime["MAE s"]
    assert ours["MAE s"] < 0.8 * last["MAE s"]
    assert ours["median error %"] < 0.9 * holdtime["median error %"]
    assert 70 < ours["in bounds %"] < 90
