"""The board and a scan of everything choose alike, whoever becomes free in what order."""

from __future__ import annotations

import pytest

from bench.cycles import scan


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_board_chooses_as_a_scan_of_everything_does(seed: int) -> None:
    scene = scan.scene(400, agents=150, seed=seed)
    freed = scan.freed(scene, seed, 60)
    ours, _ = scan.by_board(scene, freed)
    theirs, _ = scan.by_scan(scene, freed)
    assert ours == theirs
    assert sum(pair is not None for pair in ours) > 30
