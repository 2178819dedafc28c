"""Run as many days as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.acd.proof.acts import KINDS
from tests.acd.proof.machine import Day


def steps_of(totals: Counter[str]) -> int:
    """How many acts there were."""
    return sum(totals[kind] for kind in (*KINDS, "time passes", "kills", "stops", "starts"))


def prove(
    url: str, *, days: int, steps: int, derandomize: bool,
    after_each: Callable[[Counter[str]], None] = lambda _: None,
) -> Counter[str]:  # fmt: skip
    """Live ``days`` of ``steps`` bursts each on the server at ``url``, which is emptied;
    the counts. Raises what did not hold."""
    counted: Counter[str] = Counter()

    class ThisDay(Day):
        totals = counted

        def teardown(self) -> None:
            super().teardown()
            after_each(counted)

    ThisDay.url = url
    run_state_machine_as_test(
        ThisDay,
        settings=settings(
            max_examples=days, stateful_step_count=steps, deadline=None, database=None,
            phases=[Phase.generate], derandomize=derandomize, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return counted
