"""Run as many days as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.acd.proof.acts import KINDS
from tests.acd.proof.machine import Day


class Enough(BaseException):
    """There were as many steps as wanted."""


def steps_of(totals: Counter[str]) -> int:
    """How many acts there were."""
    return sum(totals[kind] for kind in (*KINDS, "time passes", "kills", "stops", "starts"))


def prove(
    url: str, *, days: int, steps: int, seed: int | None = None,
    after_each: Callable[[Counter[str]], None] = lambda _: None,
    totals: Counter[str] | None = None,
) -> Counter[str]:  # fmt: skip
    """Live ``days`` of ``steps`` bursts each on the server at ``url``, which is emptied,
    or fewer if ``after_each`` raises :class:`Enough`; the counts. Without ``seed`` the
    days are the same each time. Raises what did not hold."""
    counted = Counter[str]() if totals is None else totals

    found: list[str] = []

    class ThisDay(Day):
        totals = counted
        failures = found

        def teardown(self) -> None:
            super().teardown()
            after_each(counted)

    ThisDay.url = url
    if seed is not None:
        hypothesis.seed(seed)(ThisDay)
    try:
        run_state_machine_as_test(
            ThisDay,
            settings=settings(
                max_examples=days, stateful_step_count=steps, deadline=None, database=None,
                phases=[Phase.generate], derandomize=seed is None, print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    except Enough:
        pass
    except BaseException as error:
        raise AssertionError(found[0] if found else str(error)) from error
    return counted
