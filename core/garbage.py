"""The garbage collector, for processes that hold much and make much.

Almost everything here is freed by reference counts; the collector only looks for
circles. Left alone it looks after every 700 new objects, and under load, when thousands
of contacts are under way, it takes half of the time (``bench.routing``).
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50


def tune() -> None:
    """Look seldom, and never again at what exists now. Call it when all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
