"""``make proof``: random days until at least 100,000 steps were made, and the counts.

python -m tests.acd.proof [--steps 100000] [--days 1000000] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from core import metrics
from core.log import configure_logging
from core.ports import PortBlock
from core.valkey import ValkeyInstance
from tests.acd.proof.acts import KINDS
from tests.acd.proof.run import Enough, prove, steps_of

_BURSTS = 40  # a day
_COUNTS = (
    "days", "bursts", "contacts", "contacts ended", "offers", "conversations",
    "decisions compared", "kills", "starts", "stops", "answers lost",
)  # fmt: skip


def main() -> None:
    """Exit status 1 if something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.acd.proof", description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    arguments = parser.parse_args()
    configure_logging("critical")
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="parley-proof-") as folder:
        block = PortBlock.reserve()
        server = ValkeyInstance(Path(folder), block.take())
        with asyncio.Runner() as runner:
            runner.run(server.start())
            try:
                _prove(server.url, arguments.steps, arguments.seed)
            finally:
                runner.run(server.stop())
                block.release()


def _prove(url: str, steps: int, seed: int) -> None:
    begun = shown = time.monotonic()

    def after_each(totals: Counter[str]) -> None:
        nonlocal shown
        done = steps_of(totals)
        if time.monotonic() - shown > 5:
            shown = time.monotonic()
            rate = done / (shown - begun)
            print(f"{done:>8} steps, {totals['days']} days, {rate:.0f} steps/s", flush=True)
        if done >= steps:
            raise Enough

    totals: Counter[str] = Counter()
    try:
        prove(url, days=1_000_000, steps=_BURSTS, seed=seed, after_each=after_each, totals=totals)
    except BaseException:
        _tell(totals, time.monotonic() - begun)
        print(f"It does not hold. Again with: --seed {seed}", file=sys.stderr)
        raise
    _tell(totals, time.monotonic() - begun)
    print("It holds.")


def _tell(totals: Counter[str], seconds: float) -> None:
    print(f"\n{steps_of(totals)} steps in {seconds:.0f} s")
    for kind in (*KINDS, "time passes"):
        print(f"  {kind:<24}{totals[kind]:>10}")
    print()
    for name in _COUNTS:
        print(f"{name:<26}{totals[name]:>10}")
    for name, counter in (
        ("leaders", metrics.leaderships_total),
        ("decided anew", metrics.write_retries_total),
    ):
        print(f"{name:<26}{counter._value.get():>10.0f}")
    for outcome in ("ok", "conflict", "fenced", "failed"):
        value = metrics.claims_total.labels(outcome)._value.get()
        print(f"{'claims ' + outcome:<26}{value:>10.0f}")


if __name__ == "__main__":
    main()
