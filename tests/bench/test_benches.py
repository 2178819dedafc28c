"""That the benches can be started and count rightly. Their figures are not tested."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHES
from bench.support.report import milliseconds, percentile, publish

ROOT = Path(__file__).parents[2]
_NO_BENCH = {"__init__.py", "__main__.py"}


def test_all_benches_are_run() -> None:
    found = {path.stem for path in (ROOT / "bench").glob("*.py") if path.name not in _NO_BENCH}
    assert found == set(BENCHES)


@pytest.mark.parametrize("name", ["", *BENCHES])
def test_help_says_how_it_is_started(name: str) -> None:
    module = f"bench.{name}" if name else "bench"
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"python -m {module} [--quick] [--json]" in done.stdout
    assert "end within 50 s" in done.stdout


def test_percentile_is_the_nearest_rank() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([7.0], 1) == percentile([7.0], 100) == 7.0
    assert math.isnan(percentile([], 50))


def test_milliseconds_are_of_seconds() -> None:
    assert milliseconds([0.001, 0.002, 0.003, 0.004]) == {
        "n": 4, "p50": 2.0, "p95": 4.0, "p99": 4.0, "max": 4.0
    }  # fmt: skip


def test_json_has_rows_notes_and_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    publish("some (ms)", {"a": {"p50": 1.5}}, as_json=True, notes=["a note"])
    said = json.loads(capsys.readouterr().out)
    assert said["rows"] == {"a": {"p50": 1.5}}
    assert said["notes"] == ["a note"]
    assert said["machine"]["cores"] >= 1
