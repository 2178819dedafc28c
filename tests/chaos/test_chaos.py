"""The short form of every quick row; ``make chaos`` runs all of them, and longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.row import Row
from tests.chaos.rows import attack_rows, fault_rows
from tests.chaos.run import run_row

_ROWS = [row for row in [*fault_rows(), *attack_rows()] if row.quick]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
async def test_promise(row: Row, tmp_path: Path) -> None:
    line = await run_row(row, quick=True, folder=tmp_path)
    if line.seen is None:
        pytest.skip(line.skipped)
    assert line.seen.broken == [], row.promise
