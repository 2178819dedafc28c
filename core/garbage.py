"""The garbage collector, for processes that hold much and make much.

Almost everything here is freed by reference counts; the collector only looks for
circles. Left alone it walks over all that was made lately, again and again: with
thousands of contacts under way that takes half of the time, in pauses of up to 0.2 s
(``bench.routing``). So it looks at what is young in small portions, and hardly ever at
what has stayed.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 5_000, 1_000, 20


def tune() -> None:
    """Look seldom, and never again at what exists now. Call it when all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
